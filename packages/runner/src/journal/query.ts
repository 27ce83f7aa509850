import type { JournalEntry } from "./entry.ts";

/** Which entries are wanted: those that fit everything given. */
export interface JournalQuery {
  /** Only entries with a higher number. */
  readonly after?: number;
  /** Milliseconds since the epoch: only entries of then or later. */
  readonly since?: number;
  /** Only entries about this instance. */
  readonly instance?: string;
  readonly kinds?: ReadonlySet<JournalEntry["kind"]>;
}

export function matches(entry: JournalEntry, { after, since, instance, kinds }: JournalQuery): boolean {
  return (
    (after === undefined || entry.seq > after) &&
    (since === undefined || entry.at >= since) &&
    (instance === undefined || entry.instance === instance) &&
    (kinds === undefined || kinds.has(entry.kind))
  );
}
