import { randomUUID } from "node:crypto";
import { link, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { errnoOf, FleetError } from "@fleet/core";
import { syncFolder } from "../journal/folder.ts";

/** The text of a file; undefined when there is none. */
export async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Replaces what `path` holds (0600): a reader, and whoever comes after a crash, finds the old text or the new one. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const draft = await writeDraft(path, text);
  try {
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes `path` (0600) with all of its text at once; false when it is there already. */
export async function createFile(path: string, text: string): Promise<boolean> {
  const draft = await writeDraft(path, text);
  try {
    return await publish(draft, path);
  } finally {
    await rm(draft, { force: true });
    await syncFolder(dirname(path));
  }
}

/** Writes `text` to a new file beside `path`, on disk when this resolves to its name. */
export async function writeDraft(path: string, text: string): Promise<string> {
  const draft = `${path}.${randomUUID()}.tmp`;
  const file = await open(draft, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
    return draft;
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** Gives a draft the name `path` as well; false when that is taken. Of any number that try at once, one succeeds. */
export async function publish(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    const code = errnoOf(error);
    if (code === "EEXIST") return false;
    if (code === "EPERM" || code === "ENOTSUP" || code === "EOPNOTSUPP" || code === "ENOSYS") {
      throw new FleetError("Unsupported", `${dirname(path)}: the filesystem has no hard links`, {
        hint: "Set XDG_STATE_HOME to a folder on another filesystem.",
        cause: error,
      });
    }
    throw error;
  }
}
