import { posix } from "node:path";
import type { SourceObservation } from "../observe/source.ts";
import type { Ownership, SourceSpec } from "../spec/instance.ts";
import { below, errnoAt, isBare, type MemoryEntry, type MemoryTree } from "./memory-tree.ts";
import { locate } from "./memory-walk.ts";

/** @throws PathError when it cannot be seen */
export function lookAt(tree: MemoryTree, source: SourceSpec): SourceObservation {
  const { path, base, entry } = locate(tree, source.path);
  if (entry === undefined) return { kind: "missing", ancestor: base };
  const { type, uid, gid, mode, device, inode } = entry;
  const { ownership, nested } = source;
  const directory = type === "directory";
  return {
    kind: "present",
    type,
    uid,
    gid,
    mode,
    device,
    inode,
    empty: isEmpty(tree, path, entry),
    ...(directory && ownership?.recursive ? { wrongBelow: wrongBelow(tree, path, ownership) } : {}),
    missingNested: directory ? nested.filter((inner) => isMissing(tree, path, inner)) : [],
  };
}

/** @throws PathError when it cannot be seen */
export function glanceAt(tree: MemoryTree, source: SourceSpec): string {
  const { path, entry } = locate(tree, source.path);
  if (entry === undefined) return "missing";
  const { type, uid, gid, mode, device, inode } = entry;
  return [device, inode, type, mode, uid, gid, ...source.nested.filter((inner) => isMissing(tree, path, inner))].join(
    " ",
  );
}

export function isEmpty(tree: MemoryTree, path: string, { type, size }: MemoryEntry): boolean {
  return type === "directory" ? isBare(tree, path) : type === "file" && size === 0;
}

export function hasOwner(entry: MemoryEntry, owner: Pick<Ownership, "uid" | "gid">): boolean {
  return entry.uid === owner.uid && entry.gid === owner.gid;
}

/** Everything below, without other filesystems; those are `skipped`. */
export function entriesBelow(
  tree: MemoryTree,
  top: string,
): { readonly found: readonly (readonly [string, MemoryEntry])[]; readonly skipped: readonly string[] } {
  const device = tree.entries[top]?.device;
  const skipped: string[] = [];
  const found: (readonly [string, MemoryEntry])[] = [];
  for (const path of below(tree, top)) {
    const entry = tree.entries[path];
    if (entry === undefined || skipped.some((other) => path.startsWith(`${other}/`))) continue;
    if (entry.device === device) found.push([path, entry]);
    else skipped.push(path);
  }
  return { found, skipped };
}

function wrongBelow(tree: MemoryTree, top: string, owner: Ownership) {
  const { found, skipped } = entriesBelow(tree, top);
  const wrong = found.filter(([, entry]) => !hasOwner(entry, owner)).map(([path]) => path);
  return { count: wrong.length, paths: wrong.slice(0, 100), skipped: skipped.slice(0, 100) };
}

/** What is there and no directory is for the engine to judge: it counts as there. */
function isMissing(tree: MemoryTree, top: string, inner: string): boolean {
  let here = top;
  for (const name of inner.split("/")) {
    if (tree.entries[here]?.type !== "directory") return false;
    here = posix.join(here, name);
  }
  return tree.entries[here] === undefined && errnoAt(tree.unreadable, here) === undefined;
}
