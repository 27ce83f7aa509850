import type { JournalEntry } from "@fleet/runner";

/** What people are shown of the journal. */
export type ShownEntry = Extract<JournalEntry, { kind: "event" | "evidence" | "lost" }>;

export const shownKinds: ReadonlySet<JournalEntry["kind"]> = new Set<JournalEntry["kind"]>([
  "event",
  "evidence",
  "lost",
]);

/** Whether an entry is one of those, and about one of `names`; an empty set is all, those about the whole fleet too. */
export function isShown(entry: JournalEntry, names: ReadonlySet<string>): entry is ShownEntry {
  if (!shownKinds.has(entry.kind)) return false;
  return names.size === 0 || (entry.instance !== undefined && names.has(entry.instance));
}
