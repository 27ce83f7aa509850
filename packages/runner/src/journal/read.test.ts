import { chmod, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { ManualClock } from "@fleet/core/testing";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import type { JournalEntry } from "./entry.ts";
import { openJournal } from "./journal.ts";
import { longestLine } from "./line.ts";
import type { JournalQuery } from "./query.ts";
import { readJournal, readLast } from "./read.ts";

async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "fleet-journal-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const run = (seq: number, version = "1", at = seq * 10): JournalEntry => ({
  seq,
  at,
  kind: "run",
  what: "started",
  pid: 1,
  version,
});

const told = (seq: number, instance: string, at = seq * 10): JournalEntry => ({
  seq,
  at,
  instance,
  kind: "event",
  event: { type: "Normal", reason: "Settled", instance, message: "settled", at },
});

const lines = (...entries: readonly JournalEntry[]): string =>
  entries.map((one) => `${JSON.stringify(one)}\n`).join("");

/** A folder with these files, by the number in their names. */
async function journal(files: Readonly<Record<number, string | Buffer>>): Promise<string> {
  const folder = await scratch();
  for (const [first, content] of Object.entries(files)) {
    await writeFile(join(folder, `journal-${first.padStart(12, "0")}.jsonl`), content);
  }
  return folder;
}

async function read(folder: string, query?: JournalQuery) {
  const entries: JournalEntry[] = [];
  const skipped: string[] = [];
  const options = { onSkipped: (path: string) => void skipped.push(basename(path)) };
  for await (const one of readJournal(folder, query, options)) entries.push(one);
  return { entries, skipped };
}

const five = { 1: lines(run(1), told(2, "a")), 3: lines(told(3, "b"), told(4, "a", 5)), 5: lines(told(5, "a")) };

test.each<[string, JournalQuery, readonly number[]]>([
  ["everything", {}, [1, 2, 3, 4, 5]],
  ["after a number within a file", { after: 1 }, [2, 3, 4, 5]],
  ["after the last number of a file", { after: 2 }, [3, 4, 5]],
  ["after the last of all", { after: 5 }, []],
  ["since a time, which an entry by a clock that was set back is not", { since: 20 }, [2, 3, 5]],
  ["of one instance", { instance: "a" }, [2, 4, 5]],
  ["of a kind", { kinds: new Set(["run"]) }, [1]],
  ["all at once", { after: 2, since: 30, instance: "a", kinds: new Set(["event", "run"]) }, [5]],
])("a query for %s", async (_, query, expected) => {
  const folder = await journal(five);
  const { entries } = await read(folder, query);
  expect(entries.map(({ seq }) => seq)).toEqual(expected);
  expect(await readLast(folder, 10, query)).toEqual(entries);
  expect(await readLast(folder, 2, query)).toEqual(entries.slice(-2));
  expect(await readLast(folder, 0, query)).toEqual([]);
});

test("torn and foreign lines are passed over and counted, and what is in other files is none of ours", async () => {
  const folder = await journal({
    1: `${lines(run(1))}{"seq":2,"at":1,"ki\n\n\0\0\0\nnull\n{"seq":0,"at":1,"kind":"run"}\n{"level":30}\n${lines(run(2))}`,
    3: `${lines(run(3))}{"seq":4,"at`,
    4: `${lines(run(4))}{"seq":5,"at`,
  });
  await writeFile(join(folder, "journal-000000000009.jsonl.bak"), lines(run(9)));
  await symlink(join(folder, "journal-000000000001.jsonl"), join(folder, "journal-000000000010.jsonl"));
  const [first, third] = ["journal-000000000001.jsonl", "journal-000000000003.jsonl"];
  // The end of the newest file is somebody's who is writing, as far as one can tell.
  expect(await read(folder)).toEqual({
    entries: [run(1), run(2), run(3), run(4)],
    skipped: [first, first, first, first, first, third],
  });
  expect(await readLast(folder, 9)).toEqual([run(1), run(2), run(3), run(4)]);
});

test("the last entry counts though its line has no end yet", async () => {
  const folder = await journal({ 1: lines(run(1), run(2)).trimEnd() });
  expect(await read(folder)).toEqual({ entries: [run(1), run(2)], skipped: [] });
  expect(await readLast(folder, 1)).toEqual([run(2)]);
});

test("a line that is longer than any entry is passed over without being held", async () => {
  const long = Buffer.alloc(longestLine + 100_000, "x");
  const folder = await journal({
    1: Buffer.concat([Buffer.from(lines(run(1))), long, Buffer.from(`\n${lines(run(2))}`)]),
  });
  expect(await read(folder)).toEqual({ entries: [run(1), run(2)], skipped: ["journal-000000000001.jsonl"] });
  expect(await readLast(folder, 5)).toEqual([run(1), run(2)]);
});

test("a missing folder holds nothing; a file in its place, or one that may not be read, is an error", async () => {
  const folder = await journal({ 1: lines(run(1)) });
  expect(await read(join(folder, "missing"))).toEqual({ entries: [], skipped: [] });
  expect(await readLast(join(folder, "missing"), 3)).toEqual([]);
  const file = join(folder, "journal-000000000001.jsonl");
  await expect(read(file)).rejects.toMatchObject({
    code: "Conflict",
    message: `read ${file}: ENOTDIR, not a directory`,
  });
  await chmod(folder, 0o755);
  await chmod(file, 0);
  asNobody();
  const forbidden = {
    code: "Forbidden",
    message: `read ${file}: EACCES, permission denied`,
    hint: "Permit the user that runs this to read there.",
  };
  await expect(read(folder)).rejects.toMatchObject(forbidden);
  await expect(readLast(folder, 1)).rejects.toMatchObject(forbidden);
});

test("whatever the entries, the files and the rubbish between them: forward and backward give the same", async () => {
  const text = fc.oneof(fc.string({ unit: "grapheme", maxLength: 30 }), fc.constantFrom("\u2028", "ü".repeat(70_000)));
  const piece = fc.record({
    version: text,
    rubbish: fc.constantFrom("", "", "", "\n", "{\n", '{"seq":1,"at":1}\n', "\0\0\n"),
    newFile: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), fc.nat(14), fc.nat(14), async (pieces, count, after) => {
      const files: Record<number, string> = {};
      let file = 1;
      for (const [index, { version, rubbish, newFile }] of pieces.entries()) {
        const seq = index + 1;
        if (newFile) file = seq;
        files[file] = (files[file] ?? "") + lines(run(seq, version)) + rubbish;
      }
      const folder = await journal(files);
      const { entries } = await read(folder);
      expect(entries).toEqual(pieces.map(({ version }, index) => run(index + 1, version)));
      expect((await read(folder, { after })).entries).toEqual(entries.slice(after));
      const last = await readLast(folder, count, { after });
      expect(last).toEqual(count === 0 ? [] : entries.slice(after).slice(-count));
      await rm(folder, { recursive: true });
    }),
    { numRuns: 60 },
  );
});

test("two readers and a writer at once: each reads what was flushed before it began, in order, and perhaps more", async () => {
  const folder = await scratch();
  const writer = await openJournal({ folder, clock: new ManualClock(1), maxBytes: 2000, maxFiles: 1000 });
  const append = (count: number): void => {
    for (let one = 0; one < count; one += 1)
      writer.append({ at: 1, kind: "run", what: "started", pid: 1, version: "1" });
  };
  append(100);
  await writer.flush();
  const seen = [0, 0];
  const reader = async (index: number): Promise<void> => {
    for await (const { seq } of readJournal(folder)) {
      expect(seq).toBe((seen[index] ?? 0) + 1);
      seen[index] = seq;
      if (seq % 10 === 0) append(1);
    }
  };
  await Promise.all([reader(0), reader(1)]);
  for (const reached of seen) expect(reached).toBeGreaterThanOrEqual(100);
  await writer.close();
});

test("who stops reading leaves no file open", async () => {
  const folder = await journal(five);
  const opened = async (): Promise<number> => (await readdir("/proc/self/fd")).length;
  const before = await opened();
  for await (const one of readJournal(folder)) {
    expect(one).toEqual(run(1));
    break;
  }
  expect(await readLast(folder, 1)).toEqual([told(5, "a")]);
  expect(await opened()).toBe(before);
});

/** Until the test ends, without the rights that root has. */
function asNobody(): void {
  if (process.getuid?.() !== 0) return;
  process.seteuid?.(65534);
  onTestFinished(() => process.seteuid?.(0));
}
