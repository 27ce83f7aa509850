import { execFileSync } from "node:child_process";
import {
  chmod,
  type FileHandle,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  rmdir,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isFleetError, Secret } from "@fleet/core";
import { ManualClock } from "@fleet/core/testing";
import { expect, onTestFinished, test } from "vitest";
import type { JournalEntry, JournalRecord } from "./entry.ts";
import { type JournalOptions, openJournal } from "./journal.ts";
import type { JournalQuery } from "./query.ts";
import { readJournal } from "./read.ts";

const start = Date.UTC(2025, 0, 1);
const day = 24 * 3_600_000;

async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "fleet-journal-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function begin(options: Partial<JournalOptions> = {}) {
  const folder = options.folder ?? join(await scratch(), "state/journal");
  const clock = new ManualClock(start);
  const troubles: string[] = [];
  const onTrouble = (error: Error): void => void troubles.push(error.message.replaceAll(folder, "."));
  const journal = await openJournal({ folder, clock, onTrouble, ...options });
  onTestFinished(() => journal.close().catch(() => {}));
  const append = (pid: number): number => journal.append(record(pid, clock.now()));
  return { folder, clock, troubles, journal, append };
}

function record(pid: number, at = start): JournalRecord {
  return { at, kind: "run", what: "started", pid, version: "1" };
}

const entry = (seq: number, pid = seq, at = start): JournalEntry => ({ seq, ...record(pid, at) });

async function entries(folder: string, query: JournalQuery = {}): Promise<JournalEntry[]> {
  const found: JournalEntry[] = [];
  for await (const one of readJournal(folder, query)) found.push(one);
  return found;
}

/** By file, the numbers in it. */
async function contents(folder: string): Promise<Record<string, number[]>> {
  const found: Record<string, number[]> = {};
  for (const name of (await readdir(folder)).sort()) {
    const lines = (await readFile(join(folder, name), "utf8")).split("\n").filter((line) => line !== "");
    found[name] = lines.map((line) => JSON.parse(line).seq);
  }
  return found;
}

/** How the flush ends: null when it resolves. */
const flushed = (flush: Promise<void>): Promise<string | null> =>
  flush.then(
    () => null,
    (error: unknown) => (isFleetError(error) ? error.code : String(error)),
  );

test("entries are lines of JSON, numbered from one, in a file and a folder for their owner alone", async () => {
  const { folder, journal, append } = await begin();
  expect([append(7), append(8)]).toEqual([1, 2]);
  await journal.flush();
  const path = join(folder, "journal-000000000001.jsonl");
  const text = await readFile(path, "utf8");
  expect(text).toBe(
    `{"seq":1,"at":${start},"kind":"run","what":"started","pid":7,"version":"1"}\n` +
      `{"seq":2,"at":${start},"kind":"run","what":"started","pid":8,"version":"1"}\n`,
  );
  expect(journal.size()).toBe(text.length);
  expect([await lstat(path), await lstat(folder)].map(({ mode }) => mode & 0o777)).toEqual([0o600, 0o700]);
});

test("the numbers go on over a restart, in the same file", async () => {
  const first = await begin();
  first.append(1);
  await first.journal.close();
  const { folder, journal, append } = await begin({ folder: first.folder });
  expect(append(2)).toBe(2);
  await journal.flush();
  expect(await contents(folder)).toEqual({ "journal-000000000001.jsonl": [1, 2] });
  expect(journal.size()).toBe((await lstat(join(folder, "journal-000000000001.jsonl"))).size);
});

test("a new file begins after so many bytes, and no number is lost or repeated", async () => {
  const { folder, journal, append } = await begin({ maxBytes: 200 });
  for (const pid of [1, 2, 3, 4, 5, 6, 7]) append(pid);
  await journal.flush();
  expect(await contents(folder)).toEqual({
    "journal-000000000001.jsonl": [1, 2, 3],
    "journal-000000000004.jsonl": [4, 5, 6],
    "journal-000000000007.jsonl": [7],
  });
  expect(await entries(folder)).toEqual([1, 2, 3, 4, 5, 6, 7].map((seq) => entry(seq)));
});

test("only so many closed files are kept", async () => {
  const { folder, journal, append } = await begin({ maxBytes: 1, maxFiles: 2 });
  for (const pid of [1, 2, 3, 4, 5]) append(pid);
  await journal.flush();
  expect(await contents(folder)).toEqual({
    "journal-000000000003.jsonl": [3],
    "journal-000000000004.jsonl": [4],
    "journal-000000000005.jsonl": [5],
  });
  expect(journal.size()).toBe(3 * (await lstat(join(folder, "journal-000000000005.jsonl"))).size);
});

test("a file is closed by age, and goes when its last entry is too old, also when the journal is opened later", async () => {
  const { folder, clock, journal, append } = await begin({ maxAge: 30 * day, maxFiles: 3 });
  append(1);
  await journal.flush();
  clock.advance(9 * day);
  append(2);
  await journal.flush();
  clock.advance(day);
  append(3);
  await journal.flush();
  const both = { "journal-000000000001.jsonl": [1, 2], "journal-000000000003.jsonl": [3] };
  expect(await contents(folder)).toEqual(both);
  await journal.close();

  const later = await begin({ folder, maxAge: 30 * day, maxFiles: 3 });
  later.clock.advance(39 * day);
  later.append(4);
  await later.journal.flush();
  expect(await contents(folder)).toEqual({ ...both, "journal-000000000004.jsonl": [4] });
  later.clock.advance(1);
  later.append(5);
  await later.journal.flush();
  expect(await contents(folder)).toEqual({ "journal-000000000003.jsonl": [3], "journal-000000000004.jsonl": [4, 5] });
});

test("an entry that a crash tore keeps its line, and the next one begins a fresh line with the next number", async () => {
  const folder = await scratch();
  const path = join(folder, "journal-000000000001.jsonl");
  const before = `${JSON.stringify(entry(1))}\n${JSON.stringify(entry(2))}\n{"seq":3,"at":17356`;
  await writeFile(path, before);
  const { journal, append } = await begin({ folder });
  expect(append(3)).toBe(3);
  await journal.flush();
  expect(await readFile(path, "utf8")).toBe(`${before}\n${JSON.stringify(entry(3))}\n`);
  expect(await entries(folder)).toEqual([entry(1), entry(2), entry(3)]);
});

test("an entry that lacks only the line's end counts", async () => {
  const folder = await scratch();
  await writeFile(join(folder, "journal-000000000001.jsonl"), JSON.stringify(entry(1)));
  const { journal, append } = await begin({ folder });
  expect(append(2)).toBe(2);
  await journal.flush();
  expect(await entries(folder)).toEqual([entry(1), entry(2)]);
});

test.each([
  ["is empty", ""],
  ["has one torn entry", '{"seq":5,"a'],
  ["has zeros where the disk never got to", "\0".repeat(100)],
])("a crash after a new file was made: it %s, and the numbers go on", async (_, text) => {
  const folder = await scratch();
  await writeFile(join(folder, "journal-000000000001.jsonl"), `${JSON.stringify(entry(4))}\n`);
  await writeFile(join(folder, "journal-000000000005.jsonl"), text);
  const { journal, append } = await begin({ folder, maxBytes: 10 });
  expect([append(5), append(6)]).toEqual([5, 6]);
  await journal.flush();
  expect(await entries(folder)).toEqual([entry(4), entry(5), entry(6)]);
});

test("a symlink in the place of a journal file is not followed, neither to read nor to write", async () => {
  const elsewhere = join(await scratch(), "elsewhere");
  const other = `${JSON.stringify(entry(90))}\n`;
  await writeFile(elsewhere, other);
  const { folder, journal, append } = await begin();
  await symlink(elsewhere, join(folder, "journal-000000000001.jsonl"));
  append(1);
  expect(await flushed(journal.flush())).toBe("Conflict");
  expect(await entries(folder)).toEqual([]);
  await rm(join(folder, "journal-000000000001.jsonl"));
  expect(await flushed(journal.flush())).toBe(null);
  expect(await entries(folder)).toEqual([entry(1)]);
  expect(await readFile(elsewhere, "utf8")).toBe(other);
});

test("what cannot be written waits in memory, is reported once, and is written when it can be", async () => {
  const { folder, journal, append, troubles } = await begin();
  const inTheWay = join(folder, "journal-000000000001.jsonl");
  await mkdir(inTheWay);
  for (const pid of [1, 2, 3]) {
    append(pid);
    expect(await flushed(journal.flush())).toBe("Conflict");
  }
  expect(troubles).toEqual(["write ./journal-000000000001.jsonl: EEXIST"]);
  await rmdir(inTheWay);
  append(4);
  expect(await flushed(journal.flush())).toBe(null);
  expect(await entries(folder)).toEqual([1, 2, 3, 4].map((seq) => entry(seq)));
});

test("a disk that is full stops nobody; when there is room again all that fits in memory is written, and what was lost is named", async (context) => {
  const folder = await scratch();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "fleet-test", folder], { stdio: "pipe" });
  } catch (error) {
    context.skip(`this machine does not permit a mount: ${String(error)}`);
  }
  onTestFinished(() => void execFileSync("umount", ["-l", folder]));
  await writeFile(join(folder, "ballast"), Buffer.alloc(40 * 1024));
  const { journal, append, troubles } = await begin({ folder, maxPending: 8 * 1024 });
  for (let pid = 1; pid <= 200; pid += 1) append(pid);
  const ends = [await flushed(journal.flush())];
  for (let pid = 201; pid <= 600; pid += 1) {
    append(pid);
    if (pid % 50 === 0) ends.push(await flushed(journal.flush()));
  }
  expect(new Set(ends.slice(-3))).toEqual(new Set(["NoSpace"]));
  await rm(join(folder, "ballast"));
  // What was lost before it is told of once.
  expect(await flushed(journal.flush())).toBe("NoSpace");
  expect(await flushed(journal.flush())).toBe(null);
  expect(append(601)).toBe(601);
  expect(await flushed(journal.flush())).toBe(null);
  let reached = 0;
  let lost = 0;
  for (const one of await entries(folder)) {
    if (one.kind === "lost") {
      expect(one).toMatchObject({ first: reached + 1, last: one.seq, count: one.seq - reached });
      lost += one.count;
    } else expect(one).toEqual(entry(reached + 1));
    reached = one.seq;
  }
  expect(reached).toBe(601);
  expect(lost).toBeGreaterThan(0);
  expect(troubles).toContain("write ./journal-000000000001.jsonl: ENOSPC, no space left");
});

test("more than memory holds, all at once: the oldest go, flush says so once, and the newest are there", async () => {
  const { folder, journal, append, troubles } = await begin({ maxPending: 1000 });
  for (let pid = 1; pid <= 15; pid += 1) append(pid);
  expect(await flushed(journal.flush())).toBe("NoSpace");
  expect(await flushed(journal.flush())).toBe(null);
  const [lost, ...kept] = await entries(folder);
  expect(lost).toEqual({ seq: 4, at: start, kind: "lost", first: 1, last: 4, count: 4 });
  expect(kept).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15].map((seq) => entry(seq)));
  expect(troubles).toEqual([".: entries 1 to 4 were lost: the disk is too slow"]);
});

test("a journal file that somebody removes is noticed by the flush, and a new one begins", async () => {
  const { folder, journal, append } = await begin();
  append(1);
  await journal.flush();
  await rm(folder, { recursive: true });
  append(2);
  append(3);
  expect(await flushed(journal.flush())).toBe("NotFound");
  append(4);
  expect(await flushed(journal.flush())).toBe("NotFound");
  expect(await flushed(journal.flush())).toBe(null);
  expect(await entries(folder)).toEqual([{ seq: 3, at: start, kind: "lost", first: 2, last: 3, count: 2 }, entry(4)]);
});

test("law 9: after a sync that failed no flush says that it was on disk", async () => {
  const { folder, journal, append } = await begin({ maxBytes: 100 });
  append(1);
  await journal.flush();
  const probe = await open(folder);
  const methods: FileHandle = Object.getPrototypeOf(probe);
  await probe.close();
  const { datasync } = methods;
  onTestFinished(() => {
    methods.datasync = datasync;
  });
  methods.datasync = () => Promise.reject(Object.assign(new Error("bad disk"), { code: "EIO" }));
  append(2);
  expect(await flushed(journal.flush())).toBe("Unreachable");
  methods.datasync = datasync;
  expect(await flushed(journal.flush())).toBe("Unreachable");
  append(3);
  expect(await flushed(journal.flush())).toBe(null);
  // It turned out to be there.
  expect(await entries(folder)).toEqual([entry(1), entry(2), entry(3)]);
  expect(await entries(folder, { after: 1 })).toEqual([entry(2), entry(3)]);
  const text = await readFile(join(folder, "journal-000000000001.jsonl"), "utf8");
  expect(text).toContain(`{"seq":2,"at":${start},"kind":"lost","first":2,"last":2,"count":1}\n`);
});

test("what is no plain JSON is lost alone", async () => {
  const { folder, journal, append } = await begin();
  append(1);
  journal.append({ ...record(2), pid: 2n } as unknown as JournalRecord);
  append(3);
  expect(await flushed(journal.flush())).toBe("Invalid");
  expect(await flushed(journal.flush())).toBe(null);
  expect(await entries(folder)).toEqual([
    entry(1),
    { seq: 2, at: start, kind: "lost", first: 2, last: 2, count: 1 },
    entry(3),
  ]);
});

test("law 10: a secret is written as its placeholder", async () => {
  const { folder, journal } = await begin();
  journal.append({ ...record(1), version: new Secret("hunter2", "env TOKEN") } as unknown as JournalRecord);
  await journal.flush();
  expect(await entries(folder)).toEqual([{ ...entry(1), version: "‹secret›" }]);
});

test("listeners hear each entry at once, in order; one that throws harms nobody", async () => {
  const { folder, journal, append, troubles } = await begin();
  const heard: JournalEntry[] = [];
  journal.onAppend(() => {
    throw new Error("not mine");
  });
  const off = journal.onAppend((one) => heard.push(one));
  append(1);
  append(2);
  off();
  append(3);
  expect(heard).toEqual([entry(1), entry(2)]);
  await journal.flush();
  expect(await entries(folder)).toEqual([entry(1), entry(2), entry(3)]);
  expect(troubles).toEqual([".: a listener threw: Error: not mine"]);
});

test("close writes what waits; afterwards nothing is taken, and no timer is left", async () => {
  const { folder, clock, journal, append, troubles } = await begin();
  append(1);
  await Promise.all([journal.close(), journal.close()]);
  expect(append(2)).toBe(1);
  expect(await flushed(journal.flush())).toBe("Cancelled");
  expect(await entries(folder)).toEqual([entry(1)]);
  expect(troubles).toEqual([".: the journal is closed"]);
  expect(clock.pending).toBe(0);
});

test("a folder that cannot be made or read is told of at once", async () => {
  const holder = await scratch();
  await writeFile(join(holder, "file"), "");
  await expect(begin({ folder: join(holder, "file") })).rejects.toMatchObject({ code: "Conflict" });
  await expect(begin({ folder: join(holder, "file/journal") })).rejects.toMatchObject({ code: "Conflict" });
  await chmod(holder, 0o500);
  asNobody();
  await expect(begin({ folder: join(holder, "journal") })).rejects.toMatchObject({ code: "Forbidden" });
});

/** Until the test ends, without the rights that root has. */
function asNobody(): void {
  if (process.getuid?.() !== 0) return;
  process.seteuid?.(65534);
  onTestFinished(() => process.seteuid?.(0));
}
