import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CodeCache } from "./code-cache.ts";

const uid = process.geteuid?.() ?? 0;
let home: string;
let folder: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "fleet-code-"));
  folder = join(home, ".cache/fleet/code");
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test("what was written is read, and nobody else may look at it", () => {
  const cache = new CodeCache(folder, uid);
  expect(cache.read("a")).toBeUndefined();
  cache.write("a", Buffer.from("one"));
  cache.write("a", Buffer.from("two"));
  expect(cache.read("a")?.toString()).toBe("two");
  expect(readdirSync(folder)).toEqual(["a"]);
  expect([lstatSync(folder).mode & 0o777, lstatSync(join(folder, "a")).mode & 0o777]).toEqual([0o700, 0o600]);
});

test("nothing is read that another may have written", () => {
  const cache = new CodeCache(folder, uid);
  cache.write("a", Buffer.from("code"));
  expect(new CodeCache(folder, uid + 1).read("a")).toBeUndefined();
  chmodSync(join(folder, "a"), 0o620);
  expect(cache.read("a")).toBeUndefined();
  cache.write("b", Buffer.from("code"));
  symlinkSync(join(folder, "b"), join(folder, "c"));
  expect([cache.read("b")?.toString(), cache.read("c")]).toEqual(["code", undefined]);
});

test("in another user's home nothing is made", () => {
  new CodeCache(folder, uid + 1).write("a", Buffer.from("code"));
  expect(readdirSync(home)).toEqual([]);
});

test("a folder that cannot be used is no trouble", () => {
  mkdirSync(join(home, ".cache"));
  writeFileSync(join(home, ".cache/fleet"), "a file");
  const cache = new CodeCache(folder, uid);
  cache.write("a", Buffer.from("code"));
  expect(cache.read("a")).toBeUndefined();
});

test("the oldest of many are removed", () => {
  const cache = new CodeCache(folder, uid);
  for (let index = 1; index <= 16; index += 1) {
    cache.write(`old-${index}`, Buffer.from("code"));
    utimesSync(join(folder, `old-${index}`), index, index);
  }
  cache.write("new", Buffer.from("code"));
  expect(readdirSync(folder).length).toBe(16);
  expect([
    existsSync(join(folder, "old-1")),
    existsSync(join(folder, "old-2")),
    existsSync(join(folder, "new")),
  ]).toEqual([false, true, true]);
});
