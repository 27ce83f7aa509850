import { readLast } from "../journal/read.ts";
import type { LeaseRecord } from "./lease.ts";
import { openLeases } from "./leases.ts";

/** What is older is not looked through: a lease is renewed long before. Milliseconds. */
const longest = 7 * 24 * 3_600_000;
/** Changes that are looked through, from the newest. */
const many = 100_000;

/**
 * Leases that the journal in `folder` says still hold at `now` (milliseconds since the epoch), oldest first. Rejects with
 * a `FleetError` when it cannot be read.
 */
export async function readLeases(folder: string, now: number): Promise<readonly LeaseRecord[]> {
  const entries = await readLast(folder, many, { kinds: new Set(["lease"]), since: now - longest });
  return openLeases(
    entries.flatMap((entry) => (entry.kind === "lease" ? [entry] : [])),
    now,
  );
}
