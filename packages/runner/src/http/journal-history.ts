import type { Journal } from "../journal/journal.ts";
import { readJournal, readLast } from "../journal/read.ts";
import type { EventHistory } from "./event-history.ts";

const kinds = new Set(["event"] as const);

/** The past as the journal in `folder` tells it; `journal` is the one that is written there. */
export function journalHistory(journal: Pick<Journal, "flush">, folder: string): EventHistory {
  return {
    async *read({ limit, ...query }) {
      // On a full disk what is there is told all the same.
      await journal.flush().catch(() => undefined);
      const wanted = { ...query, kinds };
      const entries = limit === undefined ? readJournal(folder, wanted) : await readLast(folder, limit, wanted);
      for await (const entry of entries) if (entry.kind === "event") yield { ...entry.event, seq: entry.seq };
    },
  };
}
