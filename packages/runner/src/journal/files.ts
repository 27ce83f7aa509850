import { constants } from "node:fs";
import { type FileHandle, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "@fleet/core";
import { journalFault } from "./fault.ts";

/** One of the journal's files. Their names sort as their entries do. */
export interface JournalFile {
  readonly path: string;
  /** No entry in it has a lower number. */
  readonly first: number;
}

const pattern = /^journal-(\d{12})\.jsonl$/;

export function journalFile(folder: string, first: number): JournalFile {
  return { path: join(folder, `journal-${String(first).padStart(12, "0")}.jsonl`), first };
}

/**
 * Oldest first; none when the folder is missing. A symlink under such a name is none of ours.
 *
 * @throws FleetError `Forbidden`, `Conflict` (not a folder), …
 */
export async function journalFiles(folder: string): Promise<JournalFile[]> {
  const found = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (errnoOf(error) === "ENOENT") return [];
    throw journalFault(error, "read", folder);
  });
  return found
    .flatMap((entry) => {
      const digits = pattern.exec(entry.name)?.[1];
      return digits === undefined || !entry.isFile() ? [] : [journalFile(folder, Number(digits))];
    })
    .sort((a, b) => a.first - b.first);
}

/** Null when it was removed, or replaced by a symlink, since it was listed. */
export async function openToRead(file: JournalFile): Promise<FileHandle | null> {
  return open(file.path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: unknown) => {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ELOOP") return null;
    throw journalFault(error, "read", file.path);
  });
}
