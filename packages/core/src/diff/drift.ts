/** What mending costs, from nothing to most. */
export type Remedy = "none" | "host" | "update" | "restart" | "replace" | "create" | "remove";

/** How a field came to differ. */
export type DriftCause =
  /** Declared now, and not by the last apply. */
  | "added"
  /** Declared by the last apply, and no longer. */
  | "removed"
  /** Declared by both: the spec or somebody's hand changed it. */
  | "changed"
  /** The image's tag points to another image. */
  | "tagMoved"
  /** Never declared by us, and not the default. */
  | "byHand"
  /** On the filesystem: a bind source, or who owns it. */
  | "host"
  /** A bind source is not what the running container has mounted. */
  | "sourceReplaced";

/** One field where desired and observed differ. */
export interface Drift {
  /** As the spec writes it: `resources.memory`, `env.REV`, `mounts./state`, `mounts./work.inode`, `ownership./srv/projects`. */
  readonly path: string;
  /** For people; `null` is absent; a secret shows as `‹secret›`. */
  readonly desired: string | null;
  readonly observed: string | null;
  readonly cause: DriftCause;
  readonly remedy: Remedy;
}
