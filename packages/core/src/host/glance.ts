import { lstat } from "node:fs/promises";
import type { SourceSpec } from "../spec/instance.ts";
import { errnoOf } from "./errno.ts";

/** One call for the source and one for each mountpoint inside it, where a look opens every directory on the way. */
export async function glance({ path, nested }: SourceSpec): Promise<string> {
  const inside = nested.map(async (inner) => ((await mark(`${path}/${inner}`)) === "ENOENT" ? inner : ""));
  return [await mark(path), ...(await Promise.all(inside))].join(" ");
}

async function mark(path: string): Promise<string> {
  try {
    const { dev, ino, mode, uid, gid } = await lstat(path);
    return `${dev} ${ino} ${mode} ${uid} ${gid}`;
  } catch (error) {
    return errnoOf(error) ?? String(error);
  }
}
