import type { JournalEntry } from "./entry.ts";
import type { Journal } from "./journal.ts";

/** A journal that ends with the program. */
export interface MemoryJournal extends Journal {
  /** Those that are still known, oldest first. */
  entries(): readonly JournalEntry[];
}

/** Keeps the last `keep` entries, and nothing on a disk. */
export function memoryJournal(keep = 10_000): MemoryJournal {
  let entries: JournalEntry[] = [];
  let seq = 0;
  const listeners = new Set<(entry: JournalEntry) => void>();
  return {
    append: (record) => {
      seq += 1;
      const entry: JournalEntry = { ...record, seq };
      entries.push(entry);
      // Now and then, so that an entry costs the same however many are kept.
      if (entries.length >= 2 * keep) entries = entries.slice(-keep);
      for (const listener of listeners) listener(entry);
      return seq;
    },
    flush: async () => undefined,
    size: () => 0,
    onAppend: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => undefined,
    entries: () => entries.slice(-keep),
  };
}
