import { posix } from "node:path";
import { FleetError } from "../errors.ts";
import { MemoryFile } from "../memory-file.ts";
import type { SourceObservation } from "../observe/source.ts";
import type { Ownership, SourceSpec } from "../spec/instance.ts";
import type { Host, HostCallOptions, MendResult } from "./host.ts";
import {
  below,
  emptyTree,
  errnoAt,
  locate,
  type MemoryEntry,
  type MemoryTree,
  put,
  removeBelow,
} from "./memory-tree.ts";

export type { MemoryEntry } from "./memory-tree.ts";

export interface MemoryHostOptions {
  /** Keeps the filesystem in the same file as a memory engine's state. */
  readonly file?: string;
}

type EntryOptions = Partial<Pick<MemoryEntry, "uid" | "gid" | "mode" | "device" | "size">>;

/** What a test does to a memory host behind the port's back. Paths are absolute; missing ancestors are root's, 0755. */
export interface MemoryHostControls {
  addDirectory(path: string, options?: EntryOptions): void;
  addFile(path: string, options?: EntryOptions): void;
  /** `to` as a link would hold it. */
  addSymlink(path: string, to: string, options?: EntryOptions): void;
  /** Whatever is there, with all below. */
  remove(path: string): void;
  /** `chown` and `chmod` of one entry. */
  change(path: string, options: Pick<EntryOptions, "uid" | "gid" | "mode">): void;
  /** Looks at or below `path` give `unreadable` with this errno; null ends it. */
  setUnreadable(path: string, errno: string | null): void;
  /** Changes at or below `path` are refused with this errno (`EPERM`, `EROFS`, …); null ends it. */
  setLocked(path: string, errno: string | null): void;
  /** Whether an engine could bind it: symlinks are followed. */
  exists(path: string): boolean;
  /** The whole filesystem, by path. */
  entries(): Readonly<Record<string, MemoryEntry>>;
  /** How many calls of the port changed something. */
  readonly changes: number;
}

/** A host without a disk. Mends directly, as a root process would. */
export function memoryHost(options: MemoryHostOptions = {}): Host & MemoryHostControls {
  return new MemoryHost(options.file);
}

class MemoryHost implements Host, MemoryHostControls {
  readonly #file: MemoryFile<MemoryTree> | undefined;
  #tree: MemoryTree;
  #changes = 0;

  constructor(path: string | undefined) {
    this.#file = path === undefined ? undefined : new MemoryFile(path, "host");
    this.#tree = this.#file?.readNew() ?? emptyTree();
  }

  get changes(): number {
    return this.#changes;
  }

  async look(source: SourceSpec): Promise<SourceObservation> {
    const tree = this.#fresh();
    const place = locate(tree, source.path);
    if (place.kind === "unreadable") {
      return { kind: "unreadable", code: place.code, message: `${place.code}: ${place.at}` };
    }
    if (place.kind === "missing") return { kind: "missing", ancestor: place.ancestor };
    const { type, uid, gid, mode, device, inode, size } = place.entry;
    const inside = below(tree, place.path);
    const recursive = type === "directory" && source.ownership?.recursive === true;
    return {
      kind: "present",
      type,
      uid,
      gid,
      mode,
      device,
      inode,
      empty: type === "directory" ? inside.length === 0 : size === 0,
      ...(recursive && source.ownership ? { wrongBelow: wrongBelow(tree, place.path, source.ownership) } : {}),
      missingNested:
        type === "directory"
          ? source.nested.filter((nested) => tree.entries[posix.join(place.path, nested)] === undefined)
          : [],
    };
  }

  async make(source: SourceSpec, options: HostCallOptions = {}): Promise<MendResult> {
    checkSignal(options, source.path);
    const tree = this.#fresh();
    const owner = { uid: source.ownership?.uid ?? 0, gid: source.ownership?.gid ?? 0 };
    const mode = source.ownership?.mode === undefined ? {} : { mode: source.ownership.mode };
    const place = readable(tree, source.path);
    this.#checkUnlocked(place.path, `chown ${owner.uid}:${owner.gid} ${place.path}`);
    if (place.kind === "found") makeRoom(tree, place.path, place.entry, source.type);
    else makeDirectories(tree, place.ancestor, posix.dirname(place.path), owner);
    if (tree.entries[place.path] === undefined) put(tree, place.path, source.type, { ...owner, ...mode });
    for (const nested of source.nested) makeDirectories(tree, place.path, posix.join(place.path, nested), owner);
    this.#changes += 1;
    this.#keep();
    return { by: "direct", skipped: [] };
  }

  async mend(source: SourceSpec, ownership: Ownership, options: HostCallOptions = {}): Promise<MendResult> {
    checkSignal(options, source.path);
    const tree = this.#fresh();
    const place = readable(tree, source.path);
    if (place.kind === "missing") throw new FleetError("NotFound", `${source.path}: nothing there to mend`);
    const { path, entry } = place;
    if (entry.type === "symlink") throw new FleetError("Conflict", `${path}: a symlink, and none is followed`);
    const { uid, gid, mode, recursive } = ownership;
    this.#checkUnlocked(path, `chown ${recursive ? "-R " : ""}${uid}:${gid} ${path}`);
    tree.entries[path] = { ...entry, uid, gid, mode: mode ?? entry.mode };
    const skipped: { path: string; why: string }[] = [];
    if (recursive) {
      for (const inside of below(tree, path)) {
        const found = tree.entries[inside];
        if (found === undefined) continue;
        const why = whySkipped(tree, path, inside);
        if (why === undefined) tree.entries[inside] = { ...found, uid, gid };
        else skipped.push({ path: inside, why });
      }
    }
    this.#changes += 1;
    this.#keep();
    return { by: "direct", skipped: skipped.slice(0, 100) };
  }

  addDirectory(path: string, options: EntryOptions = {}): void {
    this.#add(path, "directory", options);
  }

  addFile(path: string, options: EntryOptions = {}): void {
    this.#add(path, "file", options);
  }

  addSymlink(path: string, to: string, options: EntryOptions = {}): void {
    this.#add(path, "symlink", { ...options, to });
  }

  remove(path: string): void {
    removeBelow(this.#fresh(), path);
    this.#keep();
  }

  change(path: string, options: Pick<EntryOptions, "uid" | "gid" | "mode">): void {
    const tree = this.#fresh();
    const entry = tree.entries[path];
    if (entry === undefined) throw new FleetError("NotFound", `${path}: nothing there to change`);
    tree.entries[path] = { ...entry, ...options };
    this.#keep();
  }

  setUnreadable(path: string, errno: string | null): void {
    setErrno(this.#fresh().unreadable, path, errno);
    this.#keep();
  }

  setLocked(path: string, errno: string | null): void {
    setErrno(this.#fresh().locked, path, errno);
    this.#keep();
  }

  exists(path: string): boolean {
    const tree = this.#fresh();
    const seen = new Set<string>();
    for (let at = path; !seen.has(at); ) {
      seen.add(at);
      const place = locate(tree, at);
      if (place.kind !== "found") return false;
      if (place.entry.type !== "symlink") return true;
      at = posix.resolve(posix.dirname(place.path), place.entry.to ?? "");
    }
    return false;
  }

  entries(): Readonly<Record<string, MemoryEntry>> {
    return structuredClone(this.#fresh().entries);
  }

  #add(path: string, type: MemoryEntry["type"], options: EntryOptions & { to?: string }): void {
    const tree = this.#fresh();
    if (tree.entries[path] !== undefined) throw new FleetError("Conflict", `${path}: something is there already`);
    makeDirectories(tree, "/", posix.dirname(path), {});
    put(tree, path, type, options);
    this.#keep();
  }

  #checkUnlocked(path: string, command: string): void {
    const errno = errnoAt(this.#tree.locked, path);
    if (errno === undefined) return;
    throw new FleetError("Forbidden", `${path}: ${errno}, may not be changed`, { hint: `sudo ${command}` });
  }

  #fresh(): MemoryTree {
    this.#tree = this.#file?.readNew() ?? this.#tree;
    return this.#tree;
  }

  #keep(): void {
    this.#file?.write(this.#tree);
  }
}

function readable(tree: MemoryTree, path: string): Exclude<ReturnType<typeof locate>, { kind: "unreadable" }> {
  const place = locate(tree, path);
  if (place.kind !== "unreadable") return place;
  const code = place.code === "ELOOP" || place.code === "ENOTDIR" ? "Conflict" : "Forbidden";
  throw new FleetError(code, `${path}: ${place.code} at ${place.at}`);
}

/** Takes away what has the wrong type where nothing is lost by it. */
function makeRoom(tree: MemoryTree, path: string, entry: MemoryEntry, wanted: SourceSpec["type"]): void {
  if (entry.type === wanted) return;
  const empty = entry.type === "directory" ? below(tree, path).length === 0 : entry.type === "file" && entry.size === 0;
  if (!empty) {
    throw new FleetError(
      "Conflict",
      `${path}: found a ${entry.type}, expected a ${wanted}; removing it would lose data`,
      {
        hint: `Move ${path} away, or declare it as a ${entry.type}.`,
      },
    );
  }
  delete tree.entries[path];
}

function makeDirectories(tree: MemoryTree, from: string, to: string, owner: EntryOptions): void {
  let here = from;
  for (const part of posix.relative(from, to).split("/")) {
    if (part === "") return;
    here = posix.join(here, part);
    if (tree.entries[here] === undefined) put(tree, here, "directory", owner);
  }
}

function wrongBelow(
  tree: MemoryTree,
  path: string,
  { uid, gid }: Ownership,
): { count: number; paths: readonly string[]; skipped: readonly string[] } {
  const inside = below(tree, path);
  const skipped = inside.filter((found) => whySkipped(tree, path, found) !== undefined);
  const wrong = inside.filter((found) => {
    const entry = tree.entries[found];
    return !skipped.includes(found) && entry !== undefined && (entry.uid !== uid || entry.gid !== gid);
  });
  return { count: wrong.length, paths: wrong.slice(0, 100), skipped: skipped.slice(0, 100) };
}

function whySkipped(tree: MemoryTree, root: string, path: string): string | undefined {
  if (tree.entries[path]?.device !== tree.entries[root]?.device) return "another filesystem";
  return errnoAt(tree.locked, path) ?? errnoAt(tree.unreadable, path);
}

function setErrno(errnos: Record<string, string>, path: string, errno: string | null): void {
  if (errno === null) delete errnos[path];
  else errnos[path] = errno;
}

function checkSignal(options: HostCallOptions, path: string): void {
  if (options.signal?.aborted) throw new FleetError("Cancelled", `${path}: cancelled by the caller`);
}
