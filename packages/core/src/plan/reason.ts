/** Why an action is in a plan: a closed union, so that people can grep and programs can switch. */
export type Reason =
  /** No container of ours stands for the instance. */
  | "ContainerMissing"
  /** It was created and never started. */
  | "ContainerNeverStarted"
  /** It should run and has exited. */
  | "ContainerExited"
  | "ContainerPaused"
  /** A lazy one: somebody wants to use it, or nobody has for a while. */
  | "Wanted"
  | "Idle"
  | "ContainerDead"
  /** Its health check says that it does not do its work. */
  | "ContainerUnhealthy"
  /** Fields differ: see the causes. */
  | "FieldsDiffer"
  /** The image's tag points to another image than the container runs. */
  | "ImageMoved"
  /** A container without our labels has the name, and the policy allows to replace it. */
  | "Adopted"
  /** Left over from a replacement that did not finish. */
  | "ReplacementUnfinished"
  /** The instance is no longer in the spec. */
  | "Orphaned"
  /** Somebody asked for the fleet to be removed. */
  | "Destroyed"
  | "ImageMissing"
  | "VolumeMissing"
  | "NetworkMissing"
  | "SourceMissing"
  | "OwnershipWrong"
  /** A source was replaced under the running container, which still sees the old one. */
  | "StaleMount";

/** Why nothing may be done now. The first group waits for something; the second needs a person or a new spec. */
export type BlockReason =
  | "DependencyNotReady"
  | "RemovalInProgress"
  | "NameTaken"
  | "ImageUnavailable"
  /** A file that nobody but its owner can write, with no ownership declared under which it may be made empty. */
  | "SourceMissing"
  | "SourceWrongType"
  | "SourceUnreadable"
  | "OwnershipNotRepairable"
  | "DuplicateContainers";
