import { copyFileSync, mkdirSync, readdirSync, readlinkSync, statSync, truncateSync } from "node:fs";
import { type FileHandle, mkdtemp, open, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "@fleet/core/testing";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import type { JournalEntry, JournalRecord } from "./entry.ts";
import { type Journal, openJournal } from "./journal.ts";
import { readJournal, readLast } from "./read.ts";

type Act =
  | { readonly append: readonly string[] }
  | { readonly flush: "wait" | "go on" }
  | { readonly pause: number }
  | { readonly reopen: true }
  /** For each file, what part of the bytes that nobody waited for reaches the disk. */
  | { readonly crash: readonly number[] };

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      append: fc.array(fc.string({ maxLength: 60, unit: "grapheme" }), { minLength: 1, maxLength: 6 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ flush: fc.constantFrom("wait" as const, "go on" as const) }) },
  { weight: 2, arbitrary: fc.record({ pause: fc.nat(12) }) },
  { weight: 1, arbitrary: fc.record({ reopen: fc.constant(true as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      crash: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 4 }),
    }),
  },
);

async function all(folder: string): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for await (const entry of readJournal(folder)) entries.push(entry);
  return entries;
}

/** What is on disk for sure, as the system was asked for it: of each file so many bytes, of each folder these names. */
interface Disk {
  readonly bytes: Map<number, number>;
  readonly names: Map<string, ReadonlySet<string>>;
}

/** Watches what is synced, of all files that this process opens. */
async function watchDisk(scratch: string): Promise<Disk> {
  const disk: Disk = { bytes: new Map(), names: new Map() };
  const probe = await open(scratch);
  const methods: FileHandle = Object.getPrototypeOf(probe);
  await probe.close();
  const { datasync, sync } = methods;
  methods.datasync = async function (this: FileHandle) {
    const { ino, size } = await this.stat();
    await datasync.call(this);
    disk.bytes.set(ino, size);
  };
  methods.sync = async function (this: FileHandle) {
    const folder = readlinkSync(`/proc/self/fd/${this.fd}`);
    const names = new Set(readdirSync(folder));
    await sync.call(this);
    disk.names.set(folder, names);
  };
  onTestFinished(() => {
    Object.assign(methods, { datasync, sync });
  });
  return disk;
}

/** What a crash leaves of `from`: what is on disk for sure, and of the rest this part or that. */
function crash(from: string, to: string, disk: Disk, parts: readonly number[]): void {
  const bytes = new Map(disk.bytes);
  const names = disk.names.get(from);
  mkdirSync(to);
  for (const [index, name] of readdirSync(from).sort().entries()) {
    const part = parts[index % parts.length] ?? 0;
    if (names?.has(name) !== true && part < 0.5) continue;
    const left = join(to, name);
    const sure = bytes.get(statSync(join(from, name)).ino) ?? 0;
    copyFileSync(join(from, name), left);
    const { ino, size } = statSync(left);
    truncateSync(left, sure + Math.round((size - sure) * part));
    disk.bytes.set(ino, statSync(left).size);
  }
  disk.names.set(to, new Set(readdirSync(to)));
}

test("law 9: whatever is appended, flushed, cut by a crash at any byte and opened anew: what was flushed is there, once, in order", async () => {
  const scratch = await realpath(await mkdtemp(join(tmpdir(), "fleet-journal-")));
  onTestFinished(() => rm(scratch, { recursive: true }));
  const disk = await watchDisk(scratch);
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(act, { minLength: 3, maxLength: 25 }),
      fc.constantFrom(1, 400, 100_000),
      async (acts, maxBytes) => {
        runs += 1;
        let life = 0;
        let folder = join(scratch, `${runs}.${life}`);
        const clock = new ManualClock();
        const faults: string[] = [];
        const begin = () =>
          openJournal({ folder, clock, maxBytes, maxFiles: 1000, onTrouble: (error) => faults.push(error.message) });
        let journal: Journal = await begin();
        const records: JournalRecord[] = [];
        let flushed = 0;
        const flush = (): Promise<void> => {
          const seq = records.length;
          const ofLife = life;
          return journal.flush().then(() => {
            if (life === ofLife) flushed = Math.max(flushed, seq);
          });
        };
        const check = async (): Promise<void> => {
          const entries = await all(folder);
          expect(entries.length).toBeGreaterThanOrEqual(flushed);
          expect(entries).toEqual(
            records.slice(0, entries.length).map((record, index) => ({ seq: index + 1, ...record })),
          );
          expect(await readLast(folder, 3)).toEqual(entries.slice(-3));
        };
        for (const one of acts) {
          if ("append" in one) {
            for (const version of one.append) {
              clock.advance(1);
              const record: JournalRecord = {
                at: clock.now(),
                kind: "run",
                what: "started",
                pid: records.length,
                version,
              };
              records.push(record);
              expect(journal.append(record)).toBe(records.length);
            }
          } else if ("flush" in one) {
            const done = flush();
            if (one.flush === "wait") await done;
          } else if ("pause" in one) {
            for (let turn = 0; turn < one.pause; turn += 1) await new Promise((resolve) => setImmediate(resolve));
          } else if ("reopen" in one) {
            await journal.close();
            flushed = records.length;
            await check();
            journal = await begin();
          } else {
            const left = join(scratch, `${runs}.${life + 1}`);
            const dead = journal;
            life += 1;
            crash(folder, left, disk, one.crash);
            await dead.close();
            await rm(folder, { recursive: true });
            folder = left;
            await check();
            records.length = (await all(folder)).length;
            journal = await begin();
          }
        }
        await journal.close();
        flushed = records.length;
        await check();
        expect(faults).toEqual([]);
        await rm(folder, { recursive: true });
      },
    ),
    { numRuns: 60 },
  );
});
