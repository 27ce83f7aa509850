/** Why an action is in a plan: a closed union, so that people can grep and programs can switch. */
export type Reason =
  /** No container has this fleet's and this instance's labels. */
  | "ContainerMissing"
  /** It should run, was created and never started. */
  | "ContainerNeverStarted"
  /** It should run and has exited. A one-shot that ended with 0 is done, and a lazy one is idle: they stay so. */
  | "ContainerExited"
  /** It is paused. */
  | "ContainerPaused"
  /** It is lazy, and somebody wants to use it. */
  | "Wanted"
  /** It is lazy, and nobody has used it for `idleStop`. */
  | "Idle"
  /** The engine calls it dead: it can only be made anew. */
  | "ContainerDead"
  /** Its health check says that it does not do its work: the loop restarts it. */
  | "ContainerUnhealthy"
  /** Fields differ: see the causes. */
  | "FieldsDiffer"
  /** The image's tag points to another image than the container runs. */
  | "ImageMoved"
  /** A container without our labels has the name, and `policy.adopt` is `byName`. */
  | "Adopted"
  /** A replacement was cut off half-way: it is finished, or taken back. */
  | "ReplacementUnfinished"
  /** The instance is no longer in the spec, and `policy.orphans` is `remove`. */
  | "Orphaned"
  /** Somebody asked for the fleet to be removed: `fleet destroy`. */
  | "Destroyed"
  /** The engine does not hold the image: it is pulled first. */
  | "ImageMissing"
  /** It is made first. */
  | "VolumeMissing"
  /** It is made first. */
  | "NetworkMissing"
  /** A bind source is made first. */
  | "SourceMissing"
  /** A bind source has another owner, group or mode. */
  | "OwnershipWrong"
  /** A source was replaced under the running container, which still sees the old one, and `heal.staleMount` is `restart`. */
  | "StaleMount";

/** Why nothing may be done now. Waiting may be enough where that is said; all others need a person or a new spec. */
export type BlockReason =
  /** The engine is removing the container. Waiting is enough. */
  | "RemovalInProgress"
  /** A container that is not this fleet's has the name. */
  | "NameTaken"
  /** The image is not there and may not be pulled. */
  | "ImageUnavailable"
  /** A bind source that may not be invented: a file without an ownership under which to make it. Waiting may be enough. */
  | "SourceMissing"
  /** A file where a directory is declared, or the other way round. */
  | "SourceWrongType"
  /** The path cannot be looked at from here, or is on a dead mount. Waiting may be enough, unless it is a symlink. */
  | "SourceUnreadable"
  /** Who owns it is wrong, and fleet may not or cannot change it. */
  | "OwnershipNotRepairable"
  /** More than one container carries the instance's labels. */
  | "DuplicateContainers";
