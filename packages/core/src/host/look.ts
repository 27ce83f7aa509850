import { opendir } from "node:fs/promises";
import type { SourceObservation } from "../observe/source.ts";
import type { Ownership, SourceSpec } from "../spec/instance.ts";
import { below } from "./below.ts";
import { errnoOf } from "./errno.ts";
import { modeOf, type Pinned, pin } from "./pinned.ts";
import { type Walk, walk } from "./walk.ts";

/** Looks at a bind source on this machine's filesystem. Changes nothing and never rejects. */
export async function look(source: SourceSpec): Promise<SourceObservation> {
  try {
    return await walk(source.path, async (end): Promise<SourceObservation> => {
      if (end.missing.length > 0) return missing(end);
      return present(end.last, source);
    });
  } catch (error) {
    return {
      kind: "unreadable",
      code: errnoOf(error) ?? "EIO",
      message: String(error instanceof Error ? error.message : error),
    };
  }
}

/** As many paths as an observation lists; `count` says how many there are. */
const listed = 100;

function missing(end: Walk): SourceObservation {
  return { kind: "missing", ancestor: end.lastPath };
}

async function present(found: Pinned, source: SourceSpec): Promise<SourceObservation> {
  const { stats } = found;
  const directory = stats.isDirectory();
  const wrongBelow =
    directory && source.ownership?.recursive ? await lookBelow(found, source.path, source.ownership) : undefined;
  return {
    kind: "present",
    type: directory ? "directory" : stats.isFile() ? "file" : stats.isSymbolicLink() ? "symlink" : "other",
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    mode: modeOf(stats),
    device: Number(stats.dev),
    inode: Number(stats.ino),
    empty: directory ? await isEmptyDirectory(found) : stats.isFile() && stats.size === 0n,
    ...(wrongBelow === undefined ? {} : { wrongBelow }),
    missingNested: directory ? await missingNested(found, source.nested) : [],
  };
}

/** False also when it may not be read: then nobody knows. */
export async function isEmptyDirectory(directory: Pinned): Promise<boolean> {
  try {
    for await (const _ of await opendir(directory.at)) return false;
    return true;
  } catch {
    return false;
  }
}

async function lookBelow(top: Pinned, path: string, owner: Ownership) {
  let count = 0;
  const paths: string[] = [];
  const skipped: string[] = [];
  for await (const entry of below(top, path, (left) => keep(skipped, left.path))) {
    if (hasOwner(entry.stats, owner)) continue;
    count++;
    keep(paths, entry.path);
  }
  return { count, paths, skipped };
}

export function hasOwner(stats: { readonly uid: bigint; readonly gid: bigint }, owner: Ownership): boolean {
  return stats.uid === BigInt(owner.uid) && stats.gid === BigInt(owner.gid);
}

/** Adds to a sorted list that keeps its first hundred only: a directory's own order means nothing. */
function keep(sorted: string[], path: string): void {
  const last = sorted.at(-1);
  if (sorted.length >= listed && last !== undefined && path >= last) return;
  sorted.push(path);
  sorted.sort();
  if (sorted.length > listed) sorted.pop();
}

/** Those with a component that does not exist. One that is a file or a symlink is not ours to replace: it counts as there. */
async function missingNested(source: Pinned, nested: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of nested) if (await isMissing(source, path.split("/"))) found.push(path);
  return found;
}

async function isMissing(directory: Pinned, [name, ...rest]: readonly string[]): Promise<boolean> {
  if (name === undefined) return false;
  let child: Pinned;
  try {
    child = await pin(`${directory.at}/${name}`);
  } catch (error) {
    return errnoOf(error) === "ENOENT";
  }
  try {
    return child.stats.isDirectory() && (await isMissing(child, rest));
  } finally {
    await child.close();
  }
}
