import { constants } from "node:fs";
import { mkdir, open, rmdir, unlink } from "node:fs/promises";
import { holderOf, madeMode } from "../diff/command.ts";
import type { Ownership, SourceSpec } from "../spec/instance.ts";
import { atPath, errnoOf, PathError } from "./errno.ts";
import { hasOwner, isEmptyDirectory } from "./look.ts";
import { type Pinned, pin } from "./pinned.ts";
import type { Walk } from "./walk.ts";

/** Where making starts and what is to be made from there. */
export interface Making {
  /** Exists, and stays as it is. */
  readonly base: Pinned;
  readonly basePath: string;
  /** From the base to the source; empty when the source exists. */
  readonly names: readonly string[];
  /** Whether something empty of the wrong type, of the one name, goes first. */
  readonly replace: boolean;
}

/** @throws PathError `EEXIST` when something is there that would be lost. */
export async function whatToMake({ last, lastPath, parent, missing }: Walk, source: SourceSpec): Promise<Making> {
  if (missing.length > 0) return { base: last, basePath: lastPath, names: missing, replace: false };
  const { stats } = last;
  if (source.type === "directory" ? stats.isDirectory() : stats.isFile()) {
    return { base: last, basePath: lastPath, names: [], replace: false };
  }
  const empty = stats.isDirectory() ? await isEmptyDirectory(last) : stats.isFile() && stats.size === 0n;
  if (!empty || parent === null) throw new PathError("EEXIST", `${source.path} exists and is not a ${source.type}`);
  const name = source.path.slice(source.path.lastIndexOf("/") + 1);
  return { base: parent, basePath: holderOf(source.path), names: [name], replace: true };
}

/**
 * Makes what is missing. Each new directory belongs to nobody else until its owner and mode are set, whatever the umask.
 *
 * @throws the system's error, or PathError
 */
export async function makeDirectly(making: Making, source: SourceSpec, signal?: AbortSignal): Promise<void> {
  const opened: Pinned[] = [];
  const enter = async (directory: Pinned, name: string, path: string, mode: number): Promise<Pinned> => {
    signal?.throwIfAborted();
    const made = await makeDirectory(directory, name, path, source.ownership, mode);
    opened.push(made);
    return made;
  };
  try {
    let at = making.base;
    let path = making.basePath;
    if (making.replace) await removeEmpty(at, making.names[0] ?? "", source);
    for (const [index, name] of making.names.entries()) {
      const isSource = index === making.names.length - 1;
      path = path === "/" ? `/${name}` : `${path}/${name}`;
      if (isSource && source.type === "file") return await makeFile(at, name, source);
      at = await enter(at, name, path, isSource ? madeMode(source) : 0o755);
      if (!at.stats.isDirectory()) throw new PathError("EEXIST", `${path} appeared meanwhile and is not a directory`);
    }
    for (const below of source.nested) {
      let inner = at;
      for (const name of namesOf(below)) {
        // What is no directory is for the engine to judge: it mounts on files too.
        if (!inner.stats.isDirectory()) break;
        inner = await enter(inner, name, `${source.path}/${below}`, 0o755);
      }
    }
  } finally {
    await Promise.all(opened.map((pinned) => pinned.close()));
  }
}

/** Components of a path inside the source. */
export function namesOf(below: string): string[] {
  const names = below.split("/").filter((name) => name !== "" && name !== ".");
  if (names.includes("..")) throw new PathError("EINVAL", `${below} leads out of the source`);
  return names;
}

/** The new one, or what is already there. */
async function makeDirectory(
  parent: Pinned,
  name: string,
  path: string,
  owner: Ownership | undefined,
  mode: number,
): Promise<Pinned> {
  const at = `${parent.at}/${name}`;
  const isNew = await mkdir(at, 0o700).then(
    () => true,
    (error: unknown) => {
      if (errnoOf(error) === "EEXIST") return false;
      throw atPath(error, path);
    },
  );
  const made = await pin(at).catch((error: unknown) => {
    throw atPath(error, path);
  });
  if (!isNew) return made;
  try {
    // Whoever may write in the parent could have put another directory here, to have it given away.
    if (!made.stats.isDirectory() || !(await isEmptyDirectory(made))) {
      throw new PathError("EEXIST", `${path} was replaced while it was being made`);
    }
    if (owner !== undefined && !hasOwner(made.stats, owner)) await made.chown(owner.uid, owner.gid);
    await made.chmod(mode);
    return made;
  } catch (error) {
    await made.close();
    // Half made is worse than missing: it would be left to the next one as it is.
    await rmdir(at).catch(() => {});
    throw atPath(error, path);
  }
}

async function makeFile(parent: Pinned, name: string, source: SourceSpec): Promise<void> {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  const at = `${parent.at}/${name}`;
  const file = await open(at, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600).catch(async (error: unknown) => {
    if (errnoOf(error) !== "EEXIST") throw atPath(error, source.path);
    const there = await pin(at);
    await there.close();
    if (!there.stats.isFile()) throw new PathError("EEXIST", `${source.path} appeared meanwhile and is not a file`);
    return null;
  });
  if (file === null) return;
  try {
    if (source.ownership !== undefined) await file.chown(source.ownership.uid, source.ownership.gid);
    await file.chmod(madeMode(source));
  } catch (error) {
    await unlink(at).catch(() => {});
    throw atPath(error, source.path);
  } finally {
    await file.close();
  }
}

/** The system itself refuses to remove a directory that is not empty; for a file the size is asked just before. */
async function removeEmpty(parent: Pinned, name: string, source: SourceSpec): Promise<void> {
  const at = `${parent.at}/${name}`;
  try {
    if (source.type === "file") return await rmdir(at);
    const file = await pin(at);
    await file.close();
    if (!file.stats.isFile() || file.stats.size > 0n)
      throw new PathError("EEXIST", `${source.path} is no longer an empty file`);
    await unlink(at);
  } catch (error) {
    throw atPath(error, source.path);
  }
}
