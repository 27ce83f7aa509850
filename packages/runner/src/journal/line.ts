import type { JournalEntry } from "./entry.ts";

/** An entry on its way to the disk. */
export interface Line {
  /** The numbers that it stands for: one, or with `lost` several. */
  readonly first: number;
  readonly last: number;
  readonly at: number;
  /** Without the line's end. */
  readonly text: string;
  /** With the line's end. */
  readonly bytes: number;
}

/** Bytes; what is longer is no entry. An entry has a log of 4 KiB and some tens of events at most. */
export const longestLine = 4 * 1024 * 1024;

/** Null when it cannot be written as one line: a cycle, a bigint, too long. */
export function entryLine(entry: JournalEntry): Line | null {
  let text: string;
  try {
    text = JSON.stringify(entry);
  } catch {
    return null;
  }
  const bytes = Buffer.byteLength(text) + 1;
  return bytes > longestLine ? null : { first: entry.seq, last: entry.seq, at: entry.at, text, bytes };
}

/** Stands for the entries from `first` to `last`, which are not there. */
export function lostLine(first: number, last: number, at: number): Line {
  const text = JSON.stringify({ seq: last, at, kind: "lost", first, last, count: last - first + 1 } as JournalEntry);
  return { first, last, at, text, bytes: text.length + 1 };
}

/** The entry of one line without its end; null for what a crash tore and for what others wrote. */
export function parseLine(bytes: Buffer): JournalEntry | null {
  if (bytes[0] !== 0x7b) return null;
  let value: Partial<JournalEntry>;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch {
    return null;
  }
  const { seq, at, kind } = value;
  const isEntry = Number.isSafeInteger(seq) && Number(seq) > 0 && Number.isFinite(at) && typeof kind === "string";
  return isEntry ? (value as JournalEntry) : null;
}
