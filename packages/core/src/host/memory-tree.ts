import { posix } from "node:path";
import type { Inode } from "../observe/mount.ts";
import { PathError } from "./errno.ts";

/** A file, directory or link of a memory host. */
export interface MemoryEntry {
  readonly type: "directory" | "file" | "symlink" | "other";
  readonly uid: number;
  readonly gid: number;
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number;
  readonly inode: number;
  /** Another number than the parent's is another filesystem. */
  readonly device: number;
  /** Bytes; 0 for directories. */
  readonly size: number;
  /** Of a symlink, as written. */
  readonly to?: string;
}

/** A filesystem as plain JSON. */
export interface MemoryTree {
  serial: number;
  /** By absolute path, the root included. */
  readonly entries: Record<string, MemoryEntry>;
  /** Errno by path: nothing there or below can be looked at. */
  readonly unreadable: Record<string, string>;
  /** Errno by path: nothing there or below can be changed. */
  readonly locked: Record<string, string>;
  /** By container id and target: what each bind mount got when the container was last started. */
  readonly mounted: Record<string, Readonly<Record<string, Inode>>>;
}

const rootDirectory: MemoryEntry = { type: "directory", uid: 0, gid: 0, mode: 0o755, inode: 2, device: 1, size: 0 };

export function emptyTree(): MemoryTree {
  return { serial: 2, entries: { "/": rootDirectory }, unreadable: {}, locked: {}, mounted: {} };
}

/** Puts an entry into a directory that is there, whose device it has unless told otherwise. */
export function put(
  tree: MemoryTree,
  path: string,
  type: MemoryEntry["type"],
  fields: Partial<Omit<MemoryEntry, "type" | "inode">>,
): void {
  const holder = tree.entries[posix.dirname(path)];
  if (holder?.type !== "directory") throw new PathError("ENOTDIR", `${posix.dirname(path)} is not a directory`);
  const mode = type === "directory" ? 0o755 : type === "symlink" ? 0o777 : 0o644;
  tree.serial += 1;
  enter(tree, path, {
    type,
    uid: 0,
    gid: 0,
    mode,
    device: holder.device,
    size: 0,
    ...fields,
    inode: tree.serial,
  });
}

/** Makes the directories from `base`, which is there, down to `path`; those that exist stay as they are. */
export function putDirectories(
  tree: MemoryTree,
  base: string,
  path: string,
  owner: Partial<Pick<MemoryEntry, "uid" | "gid">>,
): void {
  let here = base;
  for (const name of posix.relative(base, path).split("/")) {
    if (name === "") return;
    here = posix.join(here, name);
    if (tree.entries[here] === undefined) put(tree, here, "directory", owner);
  }
}

/** Takes away whatever is there, with all below. */
export function removeAll(tree: MemoryTree, path: string): void {
  for (const found of [path, ...below(tree, path)]) leave(tree, found);
}

/** Adds an entry under a path that has none. */
export function enter(tree: MemoryTree, path: string, entry: MemoryEntry): void {
  const holders = childrenIn(tree);
  const holder = posix.dirname(path);
  const children = holders.get(holder);
  if (children === undefined) holders.set(holder, new Set([path]));
  else children.add(path);
  tree.entries[path] = entry;
}

/** Takes one entry away. */
export function leave(tree: MemoryTree, path: string): void {
  childrenIn(tree).get(posix.dirname(path))?.delete(path);
  delete tree.entries[path];
}

/** Whether nothing is in a directory. */
export function isBare(tree: MemoryTree, path: string): boolean {
  return (childrenIn(tree).get(path)?.size ?? 0) === 0;
}

/** Not part of the tree: one that comes from a file gets its own. */
const childrenOf = new WeakMap<MemoryTree["entries"], Map<string, Set<string>>>();

/** By directory, the paths of what is in it. */
function childrenIn({ entries }: MemoryTree): Map<string, Set<string>> {
  const known = childrenOf.get(entries);
  if (known !== undefined) return known;
  const found = new Map<string, Set<string>>();
  for (const path of Object.keys(entries)) {
    if (path === "/") continue;
    const holder = posix.dirname(path);
    found.set(holder, (found.get(holder) ?? new Set()).add(path));
  }
  childrenOf.set(entries, found);
  return found;
}

/** Paths of everything inside a directory, sorted. */
export function below(tree: MemoryTree, path: string): string[] {
  const found: string[] = [];
  const gather = (directory: string): void => {
    for (const child of childrenIn(tree).get(directory) ?? []) {
      found.push(child);
      gather(child);
    }
  };
  gather(path);
  return found.sort();
}

/** The errno that holds for a path: its own or that of a directory above it. */
export function errnoAt(errnos: Readonly<Record<string, string>>, path: string): string | undefined {
  for (let here = path; ; here = posix.dirname(here)) {
    if (errnos[here] !== undefined) return errnos[here];
    if (here === "/") return undefined;
  }
}
