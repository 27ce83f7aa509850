import { readJournal } from "../journal/read.ts";
import type { LeaseRecord } from "./lease.ts";
import { openLeases } from "./leases.ts";

/** Leases that the journal in `folder` says still hold at `now` (milliseconds since the epoch), oldest first. */
export async function readLeases(folder: string, now: number): Promise<readonly LeaseRecord[]> {
  const changes = [];
  for await (const entry of readJournal(folder, { kinds: new Set(["lease"]) })) {
    if (entry.kind === "lease") changes.push(entry);
  }
  return openLeases(changes, now);
}
