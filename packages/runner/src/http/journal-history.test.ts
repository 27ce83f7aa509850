import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FleetError, type FleetEvent, systemClock } from "@fleet/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Journal, openJournal } from "../journal/journal.ts";
import type { HistoryQuery, RecordedEvent } from "./event-history.ts";
import { journalHistory } from "./journal-history.ts";

let folder: string;
let journal: Journal;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "fleet-history-"));
  journal = await openJournal({ folder, clock: systemClock });
});
afterEach(async () => {
  await journal.close();
  rmSync(folder, { recursive: true });
});

function say(at: number, instance?: string): void {
  const of = instance === undefined ? {} : { instance };
  const event: FleetEvent = { type: "Normal", reason: "Settled", message: `at ${at}`, at, ...of };
  journal.append({ at, ...of, kind: "event", event });
}

async function read(query: HistoryQuery, of: Pick<Journal, "flush"> = journal): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of journalHistory(of, folder).read(query)) events.push(event);
  return events;
}

test("events are told from the journal, and nothing else that it holds", async () => {
  say(10, "web");
  journal.append({ at: 11, kind: "run", what: "started", pid: 1, version: "1" });
  say(12);
  expect(await read({})).toEqual([
    { type: "Normal", reason: "Settled", message: "at 10", at: 10, instance: "web", seq: 1 },
    { type: "Normal", reason: "Settled", message: "at 12", at: 12, seq: 3 },
  ]);
});

test("each condition narrows them down, and a limit keeps the newest", async () => {
  for (const at of [10, 20, 30]) say(at, at === 20 ? "db" : "web");
  const seqs = async (query: HistoryQuery) => (await read(query)).map(({ seq }) => seq);
  expect(await seqs({ after: 1 })).toEqual([2, 3]);
  expect(await seqs({ since: 20 })).toEqual([2, 3]);
  expect(await seqs({ instance: "web" })).toEqual([1, 3]);
  expect(await seqs({ instance: "web", limit: 1 })).toEqual([3]);
});

test("what is on disk is told while nothing more can be written", async () => {
  say(10);
  await journal.flush();
  const full = { flush: () => Promise.reject(new FleetError("NoSpace", "the disk is full")) };
  expect((await read({}, full)).map(({ seq }) => seq)).toEqual([1]);
});
