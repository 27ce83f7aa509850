import { entriesBackward } from "./backward.ts";
import type { JournalEntry } from "./entry.ts";
import { journalFiles } from "./files.ts";
import { type JournalQuery, matches } from "./query.ts";
import { type ReadOptions, walk } from "./walk.ts";

/**
 * What is there now, oldest first, without holding it all in memory; also while another process writes. Nothing when
 * the folder is missing. Throws a FleetError when the folder or a file cannot be read.
 */
export function readJournal(
  folder: string,
  query: JournalQuery = {},
  options: ReadOptions = {},
): AsyncGenerator<JournalEntry> {
  return walk(folder, query, options);
}

/**
 * The last `count` that match, oldest first. Reads from the end, no further than it must.
 *
 * @throws FleetError when the folder or a file cannot be read
 */
export async function readLast(folder: string, count: number, query: JournalQuery = {}): Promise<JournalEntry[]> {
  const found: JournalEntry[] = [];
  let reached = Number.POSITIVE_INFINITY;
  for (const file of (await journalFiles(folder)).toReversed()) {
    for await (const entry of entriesBackward(file)) {
      if (found.length >= count || entry.seq <= (query.after ?? 0)) return found.toReversed();
      if (entry.seq >= reached) continue;
      reached = entry.seq;
      if (matches(entry, query)) found.push(entry);
    }
  }
  return found.toReversed();
}
