import { posix } from "node:path";
import { PathError } from "./errno.ts";
import { errnoAt, type MemoryEntry, type MemoryTree } from "./memory-tree.ts";

/** How far one gets along a path. Paths here are real ones: links on the way are resolved. */
export interface MemoryPlace {
  /** Where the path leads, whether something is there or not. */
  readonly path: string;
  /** The last thing on the way that exists: the path itself when nothing is missing. */
  readonly base: string;
  /** What is at the path; undefined when it is missing. */
  readonly entry: MemoryEntry | undefined;
}

/**
 * Walks along an absolute path as the local host does: a symlink at the end is not followed, and one on the way only
 * when root owns it and nobody else can put one there.
 *
 * @throws PathError naming the component
 */
export function locate(tree: MemoryTree, path: string, links = 0): MemoryPlace {
  const names = path.split("/").filter((name) => name !== "");
  let here = "/";
  for (const [index, name] of names.entries()) {
    const next = posix.join(here, name);
    checkReadable(tree, next);
    const entry = tree.entries[next];
    const rest = names.slice(index + 1);
    if (entry === undefined) return { path: posix.join(next, ...rest), base: here, entry: undefined };
    if (entry.type === "symlink" && rest.length > 0) {
      if (!isTrusted(entry, tree.entries[here]) || links > 40) {
        throw new PathError("ELOOP", `${next} is a symlink: only root's own links are followed`);
      }
      const to = posix.resolve(here, entry.to ?? "");
      if (tree.entries[to] === undefined) throw new PathError("ENOENT", `${next} is a symlink that points to nothing`);
      return locate(tree, posix.join(to, ...rest), links + 1);
    }
    if (entry.type !== "directory" && rest.length > 0) throw new PathError("ENOTDIR", `${next} is not a directory`);
    here = next;
  }
  return { path: here, base: here, entry: tree.entries[here] };
}

/** What is there, all links followed, as an engine looks; undefined when nothing is, or it cannot be seen. */
export function entryAt(tree: MemoryTree, path: string): MemoryEntry | undefined {
  let at = path;
  for (let links = 0; links < 40; links++) {
    try {
      const { path: real, entry } = locate(tree, at);
      if (entry?.type !== "symlink") return entry;
      at = posix.resolve(posix.dirname(real), entry.to ?? "");
    } catch {
      return undefined;
    }
  }
  return undefined;
}

function checkReadable(tree: MemoryTree, path: string): void {
  const errno = errnoAt(tree.unreadable, path);
  if (errno !== undefined) throw new PathError(errno, `${path}: ${errno}`);
}

function isTrusted(link: MemoryEntry, holder: MemoryEntry | undefined): boolean {
  const mode = holder?.mode ?? 0;
  return link.uid === 0 && holder?.uid === 0 && ((mode & 0o022) === 0 || (mode & 0o1000) !== 0);
}
