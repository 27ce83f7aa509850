import type { Ownership, SourceSpec } from "../spec/instance.ts";
import { areHardLinksSafe, below, type Skipped } from "./below.ts";
import { atPath, errnoOf, PathError } from "./errno.ts";
import type { MendResult } from "./host.ts";
import { hasOwner } from "./look.ts";
import { modeOf, type Pinned } from "./pinned.ts";

/** As many as are reported. */
const listed = 100;

/**
 * Sets owner and mode of a source that is there, and the owner of all below it when `recursive`. What is right already
 * is not touched: on some filesystems even that is refused, and so a walk that was cut short goes on where it was.
 *
 * A file whose owner changes loses its setuid and setgid bits, as the system does it: with them, somebody who can write
 * there would get a program that runs as the new owner. Only a declared mode sets them.
 *
 * @throws PathError, or the signal's reason when it aborts
 */
export async function mendDirectly(
  found: Pinned,
  source: SourceSpec,
  ownership: Ownership,
  signal?: AbortSignal,
): Promise<MendResult["skipped"]> {
  const skipped: { path: string; why: string }[] = [];
  const skip = ({ path, why }: { readonly path: string; readonly why: string }) => {
    if (skipped.length < listed) skipped.push({ path, why });
  };
  const skipOrStop = (left: Skipped) => {
    if (left.denied) throw new PathError("EACCES", `${left.path}: ${left.why}`);
    skip(left);
  };
  if (ownership.recursive && found.stats.isDirectory()) {
    for await (const entry of below(found, source.path, skipOrStop, signal)) {
      if (hasOwner(entry.stats, ownership)) continue;
      try {
        await entry.chown(ownership.uid, ownership.gid);
      } catch (error) {
        const code = errnoOf(error);
        if (code === "EROFS") skip({ path: entry.path, why: "read-only file system" });
        else if (code !== "ENOENT") throw atPath(error, entry.path);
      }
    }
  }
  await mendItself(found, source, ownership);
  return skipped;
}

/** After all below it, so that it is right only when the rest is. Owner before mode: a change of owner drops bits of the mode. */
async function mendItself(found: Pinned, source: SourceSpec, ownership: Ownership): Promise<void> {
  const { stats } = found;
  const wrongOwner = !hasOwner(stats, ownership);
  try {
    if (wrongOwner) {
      if (stats.isFile() && stats.nlink > 1n && !(await areHardLinksSafe())) {
        throw new PathError("EEXIST", `${source.path} is a hard link, which here may be to anybody's file`);
      }
      await found.chown(ownership.uid, ownership.gid);
    }
    if (ownership.mode !== undefined && (wrongOwner || modeOf(stats) !== ownership.mode))
      await found.chmod(ownership.mode);
  } catch (error) {
    throw atPath(error, source.path);
  }
}
