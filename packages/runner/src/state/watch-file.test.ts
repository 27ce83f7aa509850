import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "@fleet/core/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { watchFile } from "./watch-file.ts";

/** A watched file `x` in a folder that `prepare` fills; `look` lets a look happen, and says how many changes were told of. */
async function watched(prepare: (folder: string) => void = (folder) => writeFileSync(join(folder, "x"), "one")) {
  const root = mkdtempSync(join(tmpdir(), "fleet-watch-"));
  const folder = join(root, "etc");
  mkdirSync(folder);
  prepare(folder);
  const clock = new ManualClock();
  const stopping = new AbortController();
  onTestFinished(() => {
    stopping.abort();
    rmSync(root, { recursive: true, force: true });
  });
  let told = 0;
  await watchFile(
    join(folder, "x"),
    () => {
      told += 1;
    },
    { clock, signal: stopping.signal },
  );
  const look = async (): Promise<number> => {
    while (clock.pending > 0) clock.advance(100);
    while (clock.pending === 0) await new Promise(setImmediate);
    return told;
  };
  return { folder, path: join(folder, "x"), clock, stopping, look };
}

function replace(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

function turn(link: string, target: string): void {
  symlinkSync(target, `${link}.new`);
  renameSync(`${link}.new`, link);
}

/** One that a package store holds: all of the same size and time. */
function stored(path: string, text: string): void {
  writeFileSync(path, text);
  utimesSync(path, 1, 1);
}

describe("a change is told of once it has held for a look, when", () => {
  test.each<[string, (path: string, folder: string) => void, ((folder: string) => void)?]>([
    ["the file is written to", (path) => writeFileSync(path, "two")],
    ["another takes its place", (path) => replace(path, "two")],
    [
      "an older one of the same size takes its place",
      (path) => {
        stored(`${path}.old`, "two");
        renameSync(`${path}.old`, path);
      },
    ],
    [
      "an editor moves it away and writes it anew",
      (path) => {
        renameSync(path, `${path}~`);
        writeFileSync(path, "two");
        unlinkSync(`${path}~`);
      },
    ],
    [
      "the symlink is turned to another file of the same size and time",
      (path, folder) => turn(path, join(folder, "../store/2")),
      (folder) => {
        mkdirSync(join(folder, "../store"));
        for (const version of ["1", "2"]) stored(join(folder, "../store", version), version);
        symlinkSync("../store/1", join(folder, "x"));
      },
    ],
    [
      "a symlink above it is turned, and the old target removed",
      (_, folder) => {
        turn(join(folder, "..data"), "..v2");
        rmSync(join(folder, "..v1"), { recursive: true });
      },
      (folder) => {
        for (const version of ["..v1", "..v2"]) {
          mkdirSync(join(folder, version));
          writeFileSync(join(folder, version, "x"), version);
        }
        symlinkSync("..v1", join(folder, "..data"));
        symlinkSync("..data/x", join(folder, "x"));
      },
    ],
    [
      "its folder is made anew",
      (path, folder) => {
        rmSync(folder, { recursive: true });
        mkdirSync(folder);
        writeFileSync(path, "one");
      },
    ],
    ["it vanishes", (path) => unlinkSync(path)],
    ["it appears", (path) => writeFileSync(path, "one"), () => undefined],
  ])("%s", async (_, act, prepare) => {
    const { folder, path, look } = await watched(prepare);
    expect(await look()).toBe(0);
    act(path, folder);
    expect([await look(), await look(), await look(), await look()]).toEqual([0, 1, 1, 1]);
  });
});

test("changes in quick succession are one, and so is a file that is away for a moment", async () => {
  const { path, look } = await watched();
  replace(path, "two");
  expect(await look()).toBe(0);
  unlinkSync(path);
  expect(await look()).toBe(0);
  writeFileSync(path, "three");
  expect([await look(), await look(), await look()]).toEqual([0, 1, 1]);
});

test("a file that never comes to rest is told of within a second", async () => {
  const { path, look, clock } = await watched();
  const told: (readonly [number, number])[] = [];
  for (let length = 1; length <= 8; length += 1) {
    replace(path, "x".repeat(length + 10));
    told.push([await look(), clock.monotonic()]);
  }
  expect(told).toEqual([
    [0, 500],
    [0, 600],
    [0, 700],
    [1, 800],
    [1, 1300],
    [1, 1400],
    [1, 1500],
    [2, 1600],
  ]);
});

test("reading the file changes nothing", async () => {
  const { path, look } = await watched();
  statSync(path);
  expect([await look(), await look()]).toEqual([0, 0]);
});

test("after the signal nothing is told, and no timer is left", async () => {
  const { path, look, clock, stopping } = await watched();
  replace(path, "two");
  expect(await look()).toBe(0);
  stopping.abort();
  expect(clock.pending).toBe(0);
  clock.advance(1000);
  await new Promise(setImmediate);
  expect(clock.pending).toBe(0);
});
