import { posix } from "node:path";
import { madeMode } from "../diff/command.ts";
import type { Ownership, SourceSpec } from "../spec/instance.ts";
import { PathError } from "./errno.ts";
import type { MendResult } from "./host.ts";
import { entriesBelow, hasOwner, isEmpty } from "./memory-look.ts";
import { errnoAt, leave, type MemoryTree, put, putDirectories } from "./memory-tree.ts";
import { locate } from "./memory-walk.ts";

/** @throws PathError */
export function make(tree: MemoryTree, source: SourceSpec): void {
  const { path, base, entry } = locate(tree, source.path);
  const owner = { uid: source.ownership?.uid ?? 0, gid: source.ownership?.gid ?? 0 };
  if (entry === undefined) {
    checkUnlocked(tree, path);
    putDirectories(tree, base, posix.dirname(path), owner);
  } else if (entry.type !== source.type) {
    if (!isEmpty(tree, path, entry)) throw new PathError("EEXIST", `${source.path} exists and is not a ${source.type}`);
    checkUnlocked(tree, path);
    leave(tree, path);
  }
  if (tree.entries[path] === undefined) put(tree, path, source.type, { ...owner, mode: madeMode(source) });
  for (const inner of source.nested) {
    const target = posix.join(path, inner);
    if (tree.entries[target] !== undefined) continue;
    checkUnlocked(tree, target);
    putDirectories(tree, path, target, owner);
  }
}

/**
 * What is right already is not touched.
 *
 * @throws PathError
 */
export function mend(tree: MemoryTree, source: SourceSpec, ownership: Ownership): MendResult["skipped"] {
  const { path, entry } = locate(tree, source.path);
  if (entry === undefined) throw new PathError("ENOENT", `${source.path} does not exist`);
  if (entry.type !== source.type) throw new PathError("EEXIST", `${source.path} is not a ${source.type}`);
  const { uid, gid, mode = entry.mode, recursive } = ownership;
  const skipped: { path: string; why: string }[] = [];
  if (recursive) {
    const inside = entriesBelow(tree, path);
    skipped.push(...inside.skipped.map((other) => ({ path: other, why: "another filesystem is mounted there" })));
    for (const [at, found] of inside.found) {
      if (hasOwner(found, ownership)) continue;
      if (errnoAt(tree.locked, at) === "EROFS") skipped.push({ path: at, why: "read-only file system" });
      else {
        checkUnlocked(tree, at);
        tree.entries[at] = { ...found, uid, gid };
      }
    }
  }
  if (!hasOwner(entry, ownership) || entry.mode !== mode) {
    checkUnlocked(tree, path);
    tree.entries[path] = { ...entry, uid, gid, mode };
  }
  return skipped.slice(0, 100);
}

function checkUnlocked(tree: MemoryTree, path: string): void {
  const errno = errnoAt(tree.locked, path);
  if (errno !== undefined) throw new PathError(errno, `${path}: ${errno}`);
}
