import type { BigIntStats } from "node:fs";
import { readlink } from "node:fs/promises";
import { atPath, errnoOf, PathError } from "./errno.ts";
import { modeOf, type Pinned, pin } from "./pinned.ts";

/** How far one can get along a path. */
export interface Walk {
  /** The last thing on the way that exists: what is at the path itself when `missing` is empty. */
  readonly last: Pinned;
  /** Its path, as the caller wrote it. */
  readonly lastPath: string;
  /** The directory that holds `last`; null for the root. */
  readonly parent: Pinned | null;
  /** Names that do not exist yet, outermost first. */
  readonly missing: readonly string[];
}

interface Step {
  readonly name: string;
  /** The path up to here as the caller wrote it: that of the link for the names that a link stands for. */
  readonly shown: string;
  readonly ofLink: boolean;
}

/** As many as Linux follows. */
const maxLinks = 40;

/**
 * Walks along an absolute, normalised path, one component at a time, each pinned before the next is looked up, and
 * gives `use` the end. A symlink at the end is not followed. One on the way is followed only if nobody but root can
 * have put it there: somebody who may write in a parent directory must not be able to choose what we change.
 *
 * @throws PathError naming the component: `ELOOP` an untrusted link, `ENOTDIR`, `EACCES`, `ENOTCONN`, …
 */
export async function walk<T>(path: string, use: (end: Walk) => Promise<T>): Promise<T> {
  const open: Pinned[] = [];
  const enter = async (name: string, shown: string): Promise<Pinned> => {
    const entered = await pin(name).catch((error: unknown) => {
      throw atPath(error, shown);
    });
    open.push(entered);
    return entered;
  };
  try {
    const names = path.split("/").filter((name) => name !== "");
    const todo: Step[] = names.map((name, index) => ({
      name,
      shown: `/${names.slice(0, index + 1).join("/")}`,
      ofLink: false,
    }));
    let last = await enter("/", "/");
    let lastPath = "/";
    let parent: Pinned | null = null;
    let links = 0;
    for (let step = todo.shift(); step !== undefined; step = todo.shift()) {
      const { name, shown, ofLink } = step;
      if (!last.stats.isDirectory()) throw new PathError("ENOTDIR", `${lastPath} is not a directory`);
      let next: Pinned;
      try {
        next = await enter(`${last.at}/${name}`, shown);
      } catch (error) {
        if (errnoOf(error) !== "ENOENT") throw error;
        if (ofLink) throw new PathError("ENOENT", `${shown} is a symlink that points to nothing`);
        return await use({ last, lastPath, parent, missing: [name, ...todo.map((later) => later.name)] });
      }
      if (next.stats.isSymbolicLink() && todo.length > 0) {
        if (!isTrusted(next.stats, last.stats)) throw untrusted(shown, next.stats, last.stats);
        if (++links > maxLinks) throw new PathError("ELOOP", `${shown}: more than ${maxLinks} symlinks on the way`);
        const target = await readlink(`${last.at}/${name}`).catch((error: unknown) => {
          throw atPath(error, shown);
        });
        const parts = target.split("/").filter((part) => part !== "" && part !== ".");
        todo.unshift(...parts.map((part) => ({ name: part, shown, ofLink: true })));
        if (target.startsWith("/")) last = await enter("/", shown);
        continue;
      }
      parent = last;
      last = next;
      lastPath = shown;
    }
    return await use({ last, lastPath, parent, missing: [] });
  } finally {
    await Promise.all(open.map((pinned) => pinned.close()));
  }
}

/** Root's link in a directory where only root can put things (or where, as in /tmp, nobody can move what is root's). */
function isTrusted(link: BigIntStats, holder: BigIntStats): boolean {
  const mode = modeOf(holder);
  return link.uid === 0n && holder.uid === 0n && ((mode & 0o022) === 0 || (mode & 0o1000) !== 0);
}

function untrusted(path: string, link: BigIntStats, holder: BigIntStats): PathError {
  const whose =
    link.uid === 0n ? `in a directory where others than root can write (uid ${holder.uid})` : `of uid ${link.uid}`;
  return new PathError("ELOOP", `${path} is a symlink ${whose}: only root's own links are followed`);
}
