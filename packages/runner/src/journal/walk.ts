import { Cursor } from "./cursor.ts";
import type { JournalEntry } from "./entry.ts";
import { type JournalFile, journalFiles } from "./files.ts";
import { parseLine } from "./line.ts";
import { type JournalQuery, matches } from "./query.ts";

/** How a journal is read. */
export interface ReadOptions {
  /** Called for each line that is no entry, with the path of its file: a crash tore it, or others wrote it. */
  readonly onSkipped?: (path: string) => void;
}

/** Called at the end of what there is: true to look for more, false to end. */
export type AtEnd = () => Promise<boolean>;

/** The entries that match, in the order of their numbers, from file to file. */
export async function* walk(
  folder: string,
  query: JournalQuery,
  { onSkipped }: ReadOptions,
  atEnd?: AtEnd,
): AsyncGenerator<JournalEntry> {
  const after = query.after ?? 0;
  let reached = after;
  let place: number | undefined;
  let cursor: Cursor | null = null;
  const entriesOf = function* (lines: readonly Buffer[], path: string): Generator<JournalEntry> {
    for (const line of lines) {
      const entry = parseLine(line);
      if (entry === null && line.length > 0) onSkipped?.(path);
      // A number comes once: what is said to be lost, and turns out to be there, is passed over.
      if (entry === null || entry.seq <= reached) continue;
      reached = entry.seq;
      if (matches(entry, query)) yield entry;
    }
  };
  try {
    for (;;) {
      // Listed before it is read: whoever begins a file has finished the one before it.
      const next = nextFile(await journalFiles(folder), place, after);
      if (cursor !== null) {
        for (let lines = await cursor.read(); lines !== null; lines = await cursor.read()) {
          yield* entriesOf(lines, cursor.file.path);
        }
      }
      const rest = cursor?.rest ?? null;
      if (next !== undefined) {
        if (cursor !== null && rest !== null) yield* entriesOf([rest], cursor.file.path);
        await cursor?.close();
        cursor = await Cursor.open(next);
        place = next.first;
      } else if (atEnd === undefined) {
        // Half an entry at the very end is being written; a whole one only lacks the line's end.
        if (cursor !== null && rest !== null && parseLine(rest) !== null) yield* entriesOf([rest], cursor.file.path);
        return;
      } else if (!(await atEnd())) return;
    }
  } finally {
    await cursor?.close();
  }
}

/** The first file that holds anything after `after`, then one after the other. */
function nextFile(files: readonly JournalFile[], place: number | undefined, after: number): JournalFile | undefined {
  if (place !== undefined) return files.find((file) => file.first > place);
  return files.findLast((file) => file.first <= after + 1) ?? files[0];
}
