import { hostname } from "node:os";
import { join } from "node:path";
import type { Clock } from "@fleet/core";
import { type Journal, openJournal } from "../journal/journal.ts";
import { memoryJournal } from "../journal/memory.ts";
import type { LeaseRecord } from "../lease/lease.ts";
import { openLeases } from "../lease/leases.ts";
import { readLeases } from "../lease/read-leases.ts";
import { fileStore } from "../loop/file-store.ts";
import { memoryStore } from "../loop/memory-store.ts";
import type { LoopStore } from "../loop/store.ts";
import { makeStateFolder } from "../state/folder.ts";
import { acquireLock, type Lock } from "../state/lock.ts";

/** What a fleet keeps from one start to the next, opened for one of them; and who else is kept out meanwhile. */
export interface FleetState {
  readonly journal: Journal;
  readonly store: LoopStore;
  /** Those that still hold. */
  readonly leases: readonly LeaseRecord[];
  /** Takes the right to change the fleet on an engine; once is enough. Rejects with `Locked`, which names who has it. */
  claim(engineId: string): Promise<void>;
  /** Aborts when another took over. */
  readonly lost: AbortSignal;
  /** Never rejects. */
  close(): Promise<void>;
}

/** Kept for as long as what this returns is: it opens the same state again and again. */
export function memoryState(clock: Clock): () => Promise<FleetState> {
  const journal = memoryJournal();
  const store = memoryStore();
  return async () => ({
    journal,
    store,
    leases: openLeases(
      journal.entries().flatMap((entry) => (entry.kind === "lease" ? [entry] : [])),
      clock.now(),
    ),
    claim: async () => undefined,
    lost: new AbortController().signal,
    close: async () => undefined,
  });
}

/** Kept in a folder, which is made when missing. Rejects with `Locked`, or what the filesystem answered. */
export async function folderState(folder: string, clock: Clock): Promise<FleetState> {
  await makeStateFolder(folder, process.geteuid?.() ?? 0);
  const losing = new AbortController();
  const locks = new Map<string, Lock>();
  const claim = async (key: string): Promise<void> => {
    if (locks.has(key)) return;
    const holder = { pid: process.pid, host: hostname(), since: clock.now(), what: "an embedding program" } as const;
    const lock = await acquireLock({ folder, engineId: key, holder, clock });
    locks.set(key, lock);
    lock.lost.addEventListener("abort", () => losing.abort(lock.lost.reason));
  };
  const release = async (): Promise<void> => {
    await Promise.all([...locks.values()].map((lock) => lock.release()));
  };
  // Which engine answers is not known yet: until then this keeps other embedders from the journal.
  await claim("");
  try {
    const journalFolder = join(folder, "journal");
    const journal = await openJournal({ folder: journalFolder, clock });
    return {
      journal,
      store: fileStore({ folder, clock, onTrouble: () => undefined }),
      leases: await readLeases(journalFolder, clock.now()),
      claim,
      lost: losing.signal,
      close: async () => {
        await journal.close().catch(() => undefined);
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}
