import { entriesBackward } from "./backward.ts";
import { Cursor } from "./cursor.ts";
import type { JournalEntry } from "./entry.ts";
import type { JournalFile } from "./files.ts";
import { parseLine } from "./line.ts";

/** Null when the file has no entry. Throws a FleetError when it cannot be read. */
export async function firstEntry(file: JournalFile): Promise<JournalEntry | null> {
  const cursor = await Cursor.open(file);
  if (cursor === null) return null;
  try {
    for (let lines = await cursor.read(); lines !== null; lines = await cursor.read()) {
      for (const line of lines) {
        const entry = parseLine(line);
        if (entry !== null) return entry;
      }
    }
    return cursor.rest === null ? null : parseLine(cursor.rest);
  } finally {
    await cursor.close();
  }
}

/** Null when the file has no entry. Throws a FleetError when it cannot be read. */
export async function lastEntry(file: JournalFile): Promise<JournalEntry | null> {
  for await (const entry of entriesBackward(file)) return entry;
  return null;
}
