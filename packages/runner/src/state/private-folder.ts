import { chmod, lstat } from "node:fs/promises";
import { errnoOf, FleetError, hostError } from "@fleet/core";
import { makeFolder } from "../journal/folder.ts";

/**
 * Makes `folder` (0700) when missing. One that is there must be a real folder of `uid`, and is closed to others.
 * `hint` says what to do when it cannot be used.
 */
export async function makePrivateFolder(folder: string, uid: number, hint: string): Promise<void> {
  try {
    if ((await look(folder)) === undefined) await makeFolder(folder);
    const found = await lstat(folder);
    if (found.isSymbolicLink()) {
      throw new FleetError("Forbidden", `${folder}: found a symlink, expected a folder of its own`, { hint });
    }
    if (!found.isDirectory()) {
      throw new FleetError("Conflict", `${folder}: found something that is no folder`, {
        hint: "Remove or rename it.",
      });
    }
    if (found.uid !== uid) {
      throw new FleetError("Forbidden", `${folder}: belongs to uid ${found.uid}, expected ${uid}`, { hint });
    }
    if ((found.mode & 0o777) !== 0o700) await chmod(folder, 0o700);
  } catch (error) {
    throw hostError(error, `cannot use the folder ${folder}`, hint);
  }
}

async function look(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
