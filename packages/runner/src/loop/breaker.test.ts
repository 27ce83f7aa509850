import { expect, test } from "vitest";
import { Breaker } from "./breaker.ts";

const all = ["a", "b", "c", "d"];
const policy = { missing: 50, window: 10_000 };
const set = (...names: readonly string[]): ReadonlySet<string> => new Set(names);

test.each<[string, readonly (readonly [at: number, present: readonly string[]])[], readonly string[]]>([
  ["nothing is missing", [[0, all]], []],
  [
    "half is missing",
    [
      [0, all],
      [1, ["a", "b"]],
    ],
    [],
  ],
  [
    "more than half at once",
    [
      [0, all],
      [1, ["a"]],
    ],
    ["b", "c", "d"],
  ],
  [
    "one after another within the window, though each was mended",
    [
      [0, all],
      [1, ["b", "c", "d"]],
      [2, all],
      [3, ["a", "c", "d"]],
      [4, all],
      [5, ["a", "b", "d"]],
    ],
    ["a", "b", "c"],
  ],
  [
    "one after another, each long after the one before",
    [
      [0, all],
      [1, ["b", "c", "d"]],
      [2, all],
      [20_000, ["a", "c", "d"]],
      [20_001, all],
      [40_000, ["a", "b", "d"]],
    ],
    [],
  ],
  [
    "the same one again and again",
    [
      [0, all],
      [1, ["b", "c", "d"]],
      [2, all],
      [3, ["b", "c", "d"]],
      [4, all],
      [5, ["b", "c", "d"]],
    ],
    [],
  ],
  [
    "none was ever there",
    [
      [0, []],
      [1, []],
    ],
    [],
  ],
])("%s", (_what, lists, expected) => {
  const breaker = new Breaker();
  let last: readonly string[] = [];
  for (const [at, present] of lists) last = breaker.list(new Set(present), new Set(all), policy, at);
  expect(last).toEqual(expected);
});

test("what an earlier run knew of counts as having been there", () => {
  expect(new Breaker(all).list(set(), new Set(all), policy, 0)).toEqual(all);
});

test("the only one there is may be missing", () => {
  expect(new Breaker(["a"]).list(set(), set("a"), policy, 0)).toEqual([]);
});

test("what the spec dropped is not missed", () => {
  expect(new Breaker(all).list(set("a"), set("a"), policy, 0)).toEqual([]);
});

test("100 percent switches it off", () => {
  expect(new Breaker(all).list(set(), new Set(all), { missing: 100, window: 10_000 }, 0)).toEqual([]);
});

test("what somebody confirmed counts no more", () => {
  const breaker = new Breaker(all);
  breaker.list(set(), new Set(all), policy, 0);
  breaker.confirm();
  expect(breaker.list(set(), new Set(all), policy, 1)).toEqual([]);
  expect(breaker.there).toEqual([]);
});

test("what somebody confirmed before the first list counts no more either, and who is there counts from then on", () => {
  const breaker = new Breaker(all);
  breaker.confirm();
  expect(breaker.list(set("a", "b"), new Set(all), policy, 0)).toEqual([]);
  expect(breaker.there).toEqual(["a", "b"]);
  expect(breaker.list(set(), new Set(all), policy, 1)).toEqual(["a", "b"]);
});
