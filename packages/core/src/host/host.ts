import type { StaleMount } from "../observe/mount.ts";
import type { SourceObservation } from "../observe/source.ts";
import type { BindMount } from "../spec/config.ts";
import type { Ownership, SourceSpec } from "../spec/instance.ts";

/** The reading half of the port to the filesystem that the engine's bind sources live on. Changes nothing, ever. */
export interface HostReader {
  /** Never rejects for what is on the disk: what cannot be seen is `unreadable`. */
  look(source: SourceSpec): Promise<SourceObservation>;
  /**
   * Cheap, and no more than a hint: another answer than before says that the source is something else, or has another
   * owner or mode, or lacks another mountpoint inside it. What cannot be seen from here never changes. Never rejects.
   */
  glance(source: SourceSpec): Promise<string>;
  /**
   * Those of a running container's bind mounts that show something else than what their source leads to now, by target.
   * Never rejects, and not known is not stale: what cannot be told from here is left out.
   */
  staleMounts(
    container: RunningContainer,
    mounts: readonly Pick<BindMount, "source" | "target">[],
  ): Promise<Readonly<Record<string, StaleMount>>>;
}

/** Which container, and where its mounts can be seen. */
export interface RunningContainer {
  /** 64 hex digits. */
  readonly id: string;
  /** Of its main process, as the engine numbers it. */
  readonly pid: number;
}

/** Limits of one call, and what it may need. */
export interface HostCallOptions {
  /** Rejects with `Cancelled` when it aborts. */
  readonly signal?: AbortSignal;
  /**
   * An image that the engine holds, for the helper container to run: with `sh`, `stat`, `chown`, `chmod`, `mkdir` and
   * `ls`, and `find` and `sed` for a recursive mend.
   */
  readonly helperImage?: string;
}

/** What a mend did, for people. */
export interface MendResult {
  /** `direct` by this process, `helper` through a one-shot container on the engine. */
  readonly by: "direct" | "helper";
  /** Paths that were skipped and why (read-only or foreign filesystem below), at most 100. */
  readonly skipped: readonly { readonly path: string; readonly why: string }[];
}

/**
 * The whole port. Rejects with `FleetError`: `Forbidden` with the errno named and `hint` holding the exact command
 * when neither this process nor a helper may; `Conflict` when what is there may not be touched (data would be lost).
 */
export interface Host extends HostReader {
  /** Makes the source and its missing ancestors, each owned as `ownership` says; existing ancestors are untouched. */
  make(source: SourceSpec, options?: HostCallOptions): Promise<MendResult>;
  /** Sets owner, group and mode of the source itself, and owner and group of all below it when `recursive`. Never through a symlink. */
  mend(source: SourceSpec, ownership: Ownership, options?: HostCallOptions): Promise<MendResult>;
}
