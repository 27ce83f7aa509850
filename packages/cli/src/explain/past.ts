import type { EventReason, FleetEvent, InstanceStatus } from "@fleet/core";
import { type Evidence, type JournalEntry, readLast } from "@fleet/runner";

/** What the journal remembers of an instance. */
export interface Past {
  readonly trouble?: { readonly at: number; readonly message: string; readonly evidence?: Evidence };
  readonly last?: NonNullable<InstanceStatus["last"]>;
}

/** What befalls a container, as opposed to what the loop does or says about itself. */
const troubles: ReadonlySet<EventReason> = new Set<EventReason>([
  "ContainerVanished",
  "ContainerStoppedOutside",
  "ContainerExited",
  "ContainerRestarted",
  "ContainerPaused",
  "ContainerDead",
  "OutOfMemory",
  "Unhealthy",
  "StaleMount",
  "Drifted",
]);

/** Entries about an instance that are looked through, from the newest. */
const many = 500;

/** Rejects with a `FleetError` when the journal cannot be read. */
export async function readPast(folder: string, instance: string): Promise<Past> {
  return pastIn(await readLast(folder, many, { instance, kinds: new Set(["event", "evidence"] as const) }));
}

/** The last trouble and the last act among them. Oldest first. */
export function pastIn(entries: readonly JournalEntry[]): Past {
  const at = entries.findLastIndex((entry) => entry.kind === "event" && troubles.has(entry.event.reason));
  const told = eventOf(entries[at]);
  const found = entries
    .slice(at + 1)
    .find((entry) => entry.kind === "evidence" && entry.evidence.reason === told?.reason);
  const act = entries.map(eventOf).findLast((event) => event?.action?.duration !== undefined);
  return {
    ...(told && {
      trouble: { at: told.at, message: told.message, ...(found?.kind === "evidence" && { evidence: found.evidence }) },
    }),
    ...(act?.action && { last: { at: act.at, action: act.action } }),
  };
}

function eventOf(entry: JournalEntry | undefined): FleetEvent | undefined {
  return entry?.kind === "event" ? entry.event : undefined;
}
