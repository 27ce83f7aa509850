import { posix } from "node:path";
import { makeCommand, mendCommand } from "../diff/command.ts";
import { FleetError } from "../errors.ts";
import { MemoryFile } from "../memory-file.ts";
import type { StaleMount } from "../observe/mount.ts";
import type { SourceObservation } from "../observe/source.ts";
import type { BindMount } from "../spec/config.ts";
import type { Ownership, SourceSpec } from "../spec/instance.ts";
import { hostError, PathError } from "./errno.ts";
import type { Host, HostCallOptions, MendResult, RunningContainer } from "./host.ts";
import { glanceAt, lookAt } from "./memory-look.ts";
import { make, mend } from "./memory-mend.ts";
import { mount, staleMount } from "./memory-mount.ts";
import {
  below,
  emptyTree,
  enter,
  leave,
  type MemoryEntry,
  type MemoryTree,
  put,
  putDirectories,
  removeAll,
} from "./memory-tree.ts";
import { entryAt } from "./memory-walk.ts";

/** What a memory host is made of. */
export interface MemoryHostOptions {
  /** Keeps the filesystem in the same file as a memory engine's state. */
  readonly file?: string;
}

/** A call that was to change something. */
export interface HostCall {
  readonly verb: "make" | "mend";
  readonly path: string;
}

/** What an entry is to be; where nothing is said it is root's, 0755 for a directory and 0644 for a file. */
export type EntryFields = Partial<Pick<MemoryEntry, "uid" | "gid" | "mode" | "device" | "size">>;

/** What a test does to a memory host behind the port's back. Paths are absolute; missing ancestors are root's, 0755. */
export interface MemoryHostControls {
  /** Every `make` and `mend` since the beginning, in order. */
  readonly calls: readonly HostCall[];
  /** Makes a directory. */
  addDirectory(path: string, fields?: EntryFields): void;
  /** Makes a file. */
  addFile(path: string, fields?: EntryFields): void;
  /** `to` as the link holds it. */
  addSymlink(path: string, to: string, fields?: EntryFields): void;
  /** Whatever is there, with all below. */
  remove(path: string): void;
  /** `mv`: what is there, with all below, keeps its inodes; what was at `to` is gone. */
  rename(path: string, to: string): void;
  /** `chown` and `chmod` of one entry. */
  change(path: string, fields: Pick<EntryFields, "uid" | "gid" | "mode">): void;
  /** At and below `path` nothing can be looked at: `EACCES`, `ENOTCONN`, …; null ends it. */
  setUnreadable(path: string, errno: string | null): void;
  /** At and below `path` nothing can be changed: `EPERM`, `EROFS`, `ENOSPC`, …; null ends it. */
  setLocked(path: string, errno: string | null): void;
  /** Whether an engine could bind it: symlinks are followed. */
  exists(path: string): boolean;
  /** An engine starts a container: from now on it has what is at its sources at this moment. */
  mount(container: string, mounts: readonly BindMount[]): void;
  /** The whole filesystem, by path. */
  entries(): Readonly<Record<string, MemoryEntry>>;
}

/** A host without a disk. It mends directly, as a root process would. */
export function memoryHost({ file }: MemoryHostOptions = {}): Host & MemoryHostControls {
  return new MemoryHost(file === undefined ? undefined : new MemoryFile(file, "host"));
}

class MemoryHost implements Host, MemoryHostControls {
  readonly calls: HostCall[] = [];
  readonly #file: MemoryFile<MemoryTree> | undefined;
  #tree: MemoryTree = emptyTree();

  constructor(file: MemoryFile<MemoryTree> | undefined) {
    this.#file = file;
  }

  async look(source: SourceSpec): Promise<SourceObservation> {
    try {
      return lookAt(this.#fresh(), source);
    } catch (error) {
      if (!(error instanceof PathError)) throw error;
      return { kind: "unreadable", code: error.code, message: error.message };
    }
  }

  async glance(source: SourceSpec): Promise<string> {
    try {
      return glanceAt(this.#fresh(), source);
    } catch (error) {
      if (!(error instanceof PathError)) throw error;
      return error.code;
    }
  }

  async staleMounts(
    { id }: RunningContainer,
    mounts: readonly Pick<BindMount, "source" | "target">[],
  ): Promise<Readonly<Record<string, StaleMount>>> {
    const tree = this.#fresh();
    const found = mounts.map((bind) => [bind.target, staleMount(tree, id, bind)] as const);
    return Object.fromEntries(found.filter((entry): entry is [string, StaleMount] => entry[1] !== null));
  }

  async make(source: SourceSpec, options: HostCallOptions = {}): Promise<MendResult> {
    return this.#call("make", source, options, makeCommand(source, posix.dirname(source.path)), (tree) => {
      make(tree, source);
      return [];
    });
  }

  async mend(source: SourceSpec, ownership: Ownership, options: HostCallOptions = {}): Promise<MendResult> {
    return this.#call("mend", source, options, mendCommand(source.path, ownership), (tree) =>
      mend(tree, source, ownership),
    );
  }

  addDirectory(path: string, fields: EntryFields = {}): void {
    this.#add(path, "directory", fields);
  }

  addFile(path: string, fields: EntryFields = {}): void {
    this.#add(path, "file", fields);
  }

  addSymlink(path: string, to: string, fields: EntryFields = {}): void {
    this.#add(path, "symlink", { ...fields, to });
  }

  remove(path: string): void {
    this.#change((tree) => removeAll(tree, path));
  }

  rename(path: string, to: string): void {
    this.#change((tree) => {
      removeAll(tree, to);
      for (const found of [path, ...below(tree, path)]) {
        const entry = tree.entries[found];
        if (entry === undefined) throw new FleetError("NotFound", `${path} does not exist`);
        leave(tree, found);
        enter(tree, to + found.slice(path.length), entry);
      }
    });
  }

  change(path: string, fields: Pick<EntryFields, "uid" | "gid" | "mode">): void {
    this.#change((tree) => {
      const entry = tree.entries[path];
      if (entry === undefined) throw new FleetError("NotFound", `${path} does not exist`);
      tree.entries[path] = { ...entry, ...fields };
    });
  }

  setUnreadable(path: string, errno: string | null): void {
    this.#change((tree) => setErrno(tree.unreadable, path, errno));
  }

  setLocked(path: string, errno: string | null): void {
    this.#change((tree) => setErrno(tree.locked, path, errno));
  }

  exists(path: string): boolean {
    return entryAt(this.#fresh(), path) !== undefined;
  }

  mount(container: string, mounts: readonly BindMount[]): void {
    this.#change((tree) => mount(tree, container, mounts));
  }

  entries(): Readonly<Record<string, MemoryEntry>> {
    return structuredClone(this.#fresh().entries);
  }

  #call(
    verb: HostCall["verb"],
    source: SourceSpec,
    { signal }: HostCallOptions,
    hint: string,
    act: (tree: MemoryTree) => MendResult["skipped"],
  ): MendResult {
    if (signal?.aborted) throw new FleetError("Cancelled", `stopped before ${source.path} was done`);
    this.calls.push({ verb, path: source.path });
    try {
      return { by: "direct", skipped: this.#change(act) };
    } catch (error) {
      throw hostError(error, `cannot ${verb} ${source.path}`, hint);
    }
  }

  #add(path: string, type: MemoryEntry["type"], fields: EntryFields & { to?: string }): void {
    this.#change((tree) => {
      if (tree.entries[path] !== undefined) throw new FleetError("Conflict", `${path} exists already`);
      putDirectories(tree, "/", posix.dirname(path), {});
      put(tree, path, type, fields);
    });
  }

  /** What a failed change has done stays, as on a disk. */
  #change<T>(act: (tree: MemoryTree) => T): T {
    const tree = this.#fresh();
    try {
      return act(tree);
    } finally {
      this.#file?.write(tree);
    }
  }

  #fresh(): MemoryTree {
    this.#tree = this.#file?.readNew() ?? this.#tree;
    return this.#tree;
  }
}

function setErrno(errnos: Record<string, string>, path: string, errno: string | null): void {
  if (errno === null) delete errnos[path];
  else errnos[path] = errno;
}
