import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf, FleetError, hostError } from "@fleet/core";
import { createFile } from "./atomic-file.ts";

/** 64 hex digits. */
const pattern = /^[0-9a-f]{64}$/;

/**
 * What a client must show to the loop of the fleet whose state folder this is: 256 random bits as hex digits, in a file
 * for its owner alone, made when missing. `Forbidden` when others may read it, `Invalid` when it holds something else.
 */
export async function readToken(folder: string, random: (bytes: number) => Uint8Array = randomBytes): Promise<string> {
  const path = join(folder, "token");
  try {
    return (await read(path)) ?? (await make(path, random));
  } catch (error) {
    throw hostError(error, `cannot use ${path}`, "Permit the user that runs this to read and write there.");
  }
}

async function make(path: string, random: (bytes: number) => Uint8Array): Promise<string> {
  const token = Buffer.from(random(32)).toString("hex");
  if (await createFile(path, `${token}\n`)) return token;
  // Another process made it at the same time.
  return (await read(path)) ?? make(path, random);
}

async function read(path: string): Promise<string | undefined> {
  const file = await openOptional(path);
  if (file === undefined) return undefined;
  try {
    const mode = (await file.stat()).mode & 0o777;
    if ((mode & 0o077) !== 0) {
      throw new FleetError("Forbidden", `${path}: others may read it (mode ${mode.toString(8).padStart(4, "0")})`, {
        hint: `Close it with chmod 600 '${path}'; if somebody may have read it, remove it, and a new one is made.`,
      });
    }
    const token = (await file.readFile("utf8")).trim();
    if (!pattern.test(token)) {
      throw new FleetError("Invalid", `${path}: expected 64 hex digits`, {
        hint: `Remove it, and a new one is made: rm '${path}'.`,
      });
    }
    return token;
  } finally {
    await file.close();
  }
}

async function openOptional(path: string) {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
