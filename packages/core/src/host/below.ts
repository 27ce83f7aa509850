import type { BigIntStats } from "node:fs";
import { lchown, lstat, opendir, readFile, readlink } from "node:fs/promises";
import { atPath, errnoOf, isDenied } from "./errno.ts";
import { mountsBelow } from "./mounts.ts";
import { type Pinned, pin } from "./pinned.ts";

/** Something below a directory: never the directory itself. */
export interface Entry {
  /** For people. */
  readonly path: string;
  readonly stats: BigIntStats;
  /** Of itself, never of what a symlink points to. */
  chown(uid: number, gid: number): Promise<void>;
}

/** What the walk leaves out. `denied`: for want of permission, so that somebody else could go on. */
export interface Skipped {
  readonly path: string;
  readonly why: string;
  readonly denied: boolean;
}

/** Directories deeper than this are left out: each level holds two descriptors. */
const maxDepth = 200;

/**
 * Everything below `top`, contents before the directory that holds them, one at a time in constant memory. Never
 * follows a symlink and never leaves the mount that `top` is on. An entry that vanishes meanwhile is passed over.
 *
 * Contents first, so that the walk never enters a directory that it has already given away, and so that `top`, which
 * the caller mends last, is right only once everything below it is: whoever looks after a crash sees it.
 *
 * @param path of `top`, for messages
 * @throws PathError for what can be neither looked at nor left out; the signal's reason when it aborts
 */
export async function* below(
  top: Pinned,
  path: string,
  skip: (skipped: Skipped) => void,
  signal?: AbortSignal,
): AsyncGenerator<Entry> {
  const real = await readlink(top.at).catch(() => path);
  const [mounts, hardLinks] = await Promise.all([mountsBelow(real), areHardLinksSafe()]);

  const shownAs = (relative: string) => (path === "/" ? `/${relative}` : `${path}/${relative}`);

  async function* inside(directory: Pinned, relative: string, depth: number): AsyncGenerator<Entry> {
    for await (const name of namesIn(directory, relative)) {
      signal?.throwIfAborted();
      const bytes = Buffer.from(name, "latin1");
      const inner = relative === "" ? bytes.toString() : `${relative}/${bytes.toString()}`;
      const shown = shownAs(inner);
      const leave = (why: string) => skip({ path: shown, why, denied: false });
      // Before anything looks at it: the filesystem behind a mount point may be dead, and hang.
      if (mounts.has(inner)) {
        leave("another filesystem is mounted there");
        continue;
      }
      const at = Buffer.concat([Buffer.from(`${directory.at}/`), bytes]);
      const stats = await unlessVanished(lstat(at, { bigint: true }), shown);
      if (stats === null) continue;
      if (stats.dev !== top.stats.dev) {
        leave("another filesystem is mounted there");
      } else if (!stats.isDirectory()) {
        if (stats.nlink > 1n && !hardLinks) leave("a hard link, which here may be to anybody's file");
        else yield { path: shown, stats, chown: (uid, gid) => lchown(at, uid, gid) };
      } else if (depth > maxDepth) {
        leave(`more than ${maxDepth} levels down`);
      } else {
        yield* directoryAt(at, inner, depth);
      }
    }
  }

  async function* directoryAt(at: Buffer, inner: string, depth: number): AsyncGenerator<Entry> {
    const shown = shownAs(inner);
    const child = await unlessVanished(pin(at), shown);
    if (child === null) return;
    try {
      // Swapped for something else since it was looked at: the next look finds that.
      if (!child.stats.isDirectory() || child.stats.dev !== top.stats.dev) return;
      yield* inside(child, inner, depth + 1);
      yield { path: shown, stats: child.stats, chown: (uid, gid) => child.chown(uid, gid) };
    } finally {
      await child.close();
    }
  }

  /** Names as latin1 text, one character for each byte: a name need not be valid UTF-8. */
  async function* namesIn(directory: Pinned, relative: string): AsyncGenerator<string> {
    try {
      for await (const entry of await opendir(directory.at, { encoding: "latin1" })) yield entry.name;
    } catch (error) {
      const shown = relative === "" ? path : shownAs(relative);
      if (!isDenied(errnoOf(error))) throw atPath(error, shown);
      skip({ path: shown, why: "it may not be read", denied: true });
    }
  }

  yield* inside(top, "", 1);
}

async function unlessVanished<T>(call: Promise<T>, shown: string): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return null;
    throw atPath(error, shown);
  }
}

/**
 * Whether the system keeps people from making a hard link to a file that is not theirs. Where it does not, giving away
 * a file with several names may give away any file of the same filesystem.
 */
export async function areHardLinksSafe(): Promise<boolean> {
  const setting = await readFile("/proc/sys/fs/protected_hardlinks", "utf8").catch(() => "");
  return setting.trim() === "1";
}
