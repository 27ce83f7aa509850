import type { Clock } from "@fleet/core";
import { sleep } from "../sleep.ts";
import type { JournalEntry } from "./entry.ts";
import type { JournalQuery } from "./query.ts";
import { type ReadOptions, walk } from "./walk.ts";

/** How a journal is followed. */
export interface FollowOptions extends ReadOptions {
  /** Ends the entries; nothing is thrown. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Milliseconds between two looks. Default 200. */
  readonly poll?: number;
}

/**
 * What readJournal gives, and then for ever what is appended later, also by another process and from file to file. For
 * later entries alone, ask for those after the last. A missing folder is waited for. Throws a FleetError when the folder
 * or a file cannot be read.
 */
export async function* followJournal(
  folder: string,
  query: JournalQuery,
  { signal, clock, poll = 200, ...options }: FollowOptions,
): AsyncGenerator<JournalEntry> {
  const atEnd = (): Promise<boolean> =>
    sleep(clock, poll, signal).then(
      () => true,
      () => false,
    );
  for await (const entry of walk(folder, query, options, atEnd)) {
    if (signal.aborted) return;
    yield entry;
  }
}
