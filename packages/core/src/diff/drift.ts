/** What mending costs, from nothing to most. */
export type Remedy = "none" | "host" | "update" | "restart" | "replace" | "create" | "remove";

/**
 * How a field came to differ: `added` declared now and not by the last apply · `removed` the last apply declared it and
 * the spec no longer does · `changed` both declare it, so the spec or somebody's hand changed it · `tagMoved` the
 * image's tag points elsewhere · `byHand` never declared by us and not the default · `host` on the filesystem ·
 * `sourceReplaced` a bind source is not what the running container has mounted.
 */
export type DriftCause = "added" | "removed" | "changed" | "tagMoved" | "byHand" | "host" | "sourceReplaced";

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
