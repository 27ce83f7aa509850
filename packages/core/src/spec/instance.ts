import type { ContainerConfig } from "./config.ts";
import type { HealPolicy } from "./policy.ts";

/** Desired state of one container: templates merged, replicas expanded, placeholders and variables filled in. */
export interface InstanceSpec {
  readonly fleet: string;
  /** Unique in the fleet; a replica carries its number: `reviewer-2`. */
  readonly name: string;
  /** Container name on the engine, from `naming`. */
  readonly container: string;
  readonly image: ImagePolicy;
  readonly config: ContainerConfig;
  /** One for each bind mount, sorted by path; two mounts of one path share an entry. */
  readonly sources: readonly SourceSpec[];
  /** Sorted by instance name. */
  readonly dependsOn: readonly Dependency[];
  readonly lifecycle: Lifecycle;
  /** The fleet's `policy.heal`, with what the instance says of its own. */
  readonly heal: HealPolicy;
}

/** The image, and when it is looked for. */
export interface ImagePolicy {
  readonly ref: string;
  /** When to pull before a create: `missing` only if the engine lacks it, `always` before every create, `never`. */
  readonly pull: "missing" | "always" | "never";
  /** `id`: a tag that moved to another image is drift; `ref`: only the text counts. */
  readonly track: "id" | "ref";
}

/** A bind source: what must be at `path` on the engine's host before the container starts. */
export interface SourceSpec {
  /** Absolute and normalised. */
  readonly path: string;
  readonly type: "directory" | "file";
  /** Where it is mounted, for messages. */
  readonly target: string;
  /** Undeclared: the path must exist, or is made with the engine's ids when a directory; nothing more is compared. */
  readonly ownership?: Ownership;
  /**
   * Mountpoints of other mounts that lie inside this source (`/w` here, a volume on `/w/node_modules`): relative
   * paths that are made with the same owner, since the engine would make them as root.
   */
  readonly nested: readonly string[];
}

/** Who a bind source belongs to. Ids are those inside the container. */
export interface Ownership {
  readonly uid: number;
  readonly gid: number;
  /** Permission bits, 0 to 0o7777. Absent: not compared, 0755 for directories and 0644 for files that are made. */
  readonly mode?: number;
  /** `never`: reported only · `plan`: shown, mended only by an explicit apply · `auto`: also by the loop. */
  readonly repair: "never" | "plan" | "auto";
  /** Whether everything below is compared and mended too. */
  readonly recursive: boolean;
}

/** Another instance that comes first, and how far it must be. */
export interface Dependency {
  readonly instance: string;
  readonly condition: "started" | "healthy" | "completed";
}

/**
 * `hot` is always on · `lazy` is there, and runs only while somebody uses it · `oneshot` runs to exit code 0 once and
 * again only when its spec changes.
 */
export type Lifecycle =
  | { readonly kind: "hot" }
  | {
      readonly kind: "lazy";
      /** Milliseconds without use after which it is stopped. */
      readonly idleStop: number;
    }
  | { readonly kind: "oneshot" };
