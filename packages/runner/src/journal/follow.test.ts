import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "@fleet/core/testing";
import { expect, onTestFinished, test } from "vitest";
import type { JournalEntry, JournalRecord } from "./entry.ts";
import { followJournal } from "./follow.ts";
import { type JournalOptions, openJournal } from "./journal.ts";
import type { JournalQuery } from "./query.ts";

const record: JournalRecord = { at: 1000, kind: "run", what: "started", pid: 1, version: "1" };

/** Those with the numbers from `first` to `last`. */
const entries = (first: number, last: number): JournalEntry[] =>
  Array.from({ length: last - first + 1 }, (_, index) => ({ seq: first + index, ...record }));

async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "fleet-journal-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "journal");
}

async function begin(folder: string, options: Partial<JournalOptions> = {}) {
  const journal = await openJournal({ folder, clock: new ManualClock(1000), ...options });
  onTestFinished(() => journal.close());
  /** Appends so many, and waits until they can be read. */
  return async (count: number): Promise<void> => {
    for (let one = 0; one < count; one += 1) journal.append(record);
    await journal.flush();
  };
}

/** Somebody who follows, on a clock of their own. */
function follow(folder: string, query: JournalQuery = {}) {
  const clock = new ManualClock();
  const ending = new AbortController();
  const seen: JournalEntry[] = [];
  const skipped: string[] = [];
  const onSkipped = (path: string): void => void skipped.push(path);
  const ended = (async () => {
    for await (const one of followJournal(folder, query, { signal: ending.signal, clock, poll: 50, onSkipped })) {
      seen.push(one);
    }
  })();
  /** Resolves once everything there is has been seen. */
  const caughtUp = async (): Promise<void> => {
    while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    skipped,
    clock,
    /** What has come since the last call, one poll later. */
    next: async (): Promise<JournalEntry[]> => {
      await caughtUp();
      clock.advance(50);
      await caughtUp();
      return seen.splice(0);
    },
    end: async (): Promise<void> => {
      ending.abort();
      await ended;
    },
  };
}

test("what is there comes first, then what is appended, from file to file, to each who follows", async () => {
  const folder = await scratch();
  const write = await begin(folder, { maxBytes: 200, maxFiles: 100 });
  await write(2);
  const all = follow(folder);
  const later = follow(folder, { after: 2 });
  expect([await all.next(), await later.next()]).toEqual([entries(1, 2), []]);
  await write(1);
  expect([await all.next(), await later.next()]).toEqual([entries(3, 3), entries(3, 3)]);
  await write(10);
  expect([await all.next(), await later.next()]).toEqual([entries(4, 13), entries(4, 13)]);
  expect([await all.next(), await later.next()]).toEqual([[], []]);
  for (const { clock, skipped, end } of [all, later]) {
    await end();
    expect(skipped).toEqual([]);
    expect(clock.pending).toBe(0);
  }
});

test("only what matches comes", async () => {
  const folder = await scratch();
  const write = await begin(folder);
  const other = follow(folder, { kinds: new Set(["event"]) });
  const ours = follow(folder, { kinds: new Set(["run"]), after: 1 });
  await write(3);
  expect([await other.next(), await ours.next()]).toEqual([[], entries(2, 3)]);
  await Promise.all([other.end(), ours.end()]);
});

test("a folder that is made later is waited for", async () => {
  const folder = await scratch();
  const { next, end } = follow(folder);
  expect(await next()).toEqual([]);
  const write = await begin(folder);
  await write(1);
  expect(await next()).toEqual(entries(1, 1));
  await end();
});

test("files that go while nobody looks are read as far as they are open, and passed over otherwise", async () => {
  const folder = await scratch();
  const write = await begin(folder, { maxBytes: 1, maxFiles: 1 });
  await write(1);
  const { next, end } = follow(folder);
  expect(await next()).toEqual(entries(1, 1));
  await write(4);
  expect(await next()).toEqual(entries(4, 5));
  await end();
});

test("another process writes half an entry, its rest, a torn one, and begins a file", async () => {
  const folder = await scratch();
  const write = await begin(folder);
  await write(1);
  const { next, end, skipped } = follow(folder);
  expect(await next()).toEqual(entries(1, 1));
  const append = (first: number, text: string): void => {
    const path = join(folder, `journal-${String(first).padStart(12, "0")}.jsonl`);
    execFileSync(process.execPath, ["-e", "fs.appendFileSync(...process.argv.slice(1))", path, text]);
  };
  const line = JSON.stringify({ seq: 2, ...record });
  append(1, line.slice(0, 20));
  expect(await next()).toEqual([]);
  append(1, `${line.slice(20)}\n{"seq":3,`);
  expect(await next()).toEqual(entries(2, 2));
  append(3, `${JSON.stringify({ seq: 3, ...record })}\n`);
  expect(await next()).toEqual(entries(3, 3));
  expect(skipped).toEqual([join(folder, "journal-000000000001.jsonl")]);
  await end();
});

test("it ends quietly when nobody wants more, and with the error when it cannot read", async () => {
  const folder = await scratch();
  const signal = AbortSignal.abort();
  const write = await begin(folder);
  await write(1);
  expect(await followJournal(folder, {}, { signal, clock: new ManualClock() }).next()).toEqual({
    done: true,
    value: undefined,
  });
  const file = join(folder, "journal-000000000001.jsonl");
  const failing = followJournal(file, {}, { signal: new AbortController().signal, clock: new ManualClock() });
  await expect(failing.next()).rejects.toMatchObject({ code: "Conflict" });
});
