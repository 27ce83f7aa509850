import { expect, it } from "vitest";
import { age, runningTime, shortDuration } from "./time.ts";

it.each([
  [0, "0.00s"],
  [142, "0.14s"],
  [999, "1.00s"],
  [1000, "1.0s"],
  [59_940, "59.9s"],
  [59_960, "1m00s"],
  [65_000, "1m05s"],
  [3_600_000, "60m00s"],
])("%i ms took %s", (milliseconds, text) => {
  expect(shortDuration(milliseconds)).toBe(text);
});

it("counts on in tenths", () => {
  expect([0, 142, 960, 1420].map(runningTime)).toEqual(["0.0s", "0.1s", "1.0s", "1.4s"]);
});

it.each([
  [-5, "0s"],
  [999, "0s"],
  [59_999, "59s"],
  [60_000, "1m"],
  [7_199_000, "1h"],
  [86_400_000 * 40, "40d"],
])("%i ms is %s of age", (milliseconds, text) => {
  expect(age(milliseconds)).toBe(text);
});
