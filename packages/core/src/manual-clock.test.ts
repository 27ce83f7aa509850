import { expect, test } from "vitest";
import { ManualClock } from "./manual-clock.ts";

test("timers run in the order in which they become due, each at its own time", () => {
  const clock = new ManualClock(1000);
  const ran: [string, number][] = [];
  clock.setTimeout(() => ran.push(["late", clock.now()]), 30);
  clock.setTimeout(() => {
    ran.push(["early", clock.now()]);
    clock.setTimeout(() => ran.push(["set on the way", clock.now()]), 10);
  }, 10);
  clock.setTimeout(() => ran.push(["too late", clock.now()]), 41);
  clock.advance(40);
  expect(ran).toEqual([
    ["early", 1010],
    ["set on the way", 1020],
    ["late", 1030],
  ]);
  expect([clock.now(), clock.pending]).toEqual([1040, 1]);
});

test("timers of one time run in the order in which they were set", () => {
  const clock = new ManualClock();
  const ran: string[] = [];
  for (const name of ["a", "b", "c"]) clock.setTimeout(() => ran.push(name), 5);
  clock.advance(5);
  expect(ran).toEqual(["a", "b", "c"]);
});

test("a cleared timer does not run", () => {
  const clock = new ManualClock();
  let ran = false;
  clock.clearTimeout(
    clock.setTimeout(() => {
      ran = true;
    }, 5),
  );
  clock.advance(10);
  expect([ran, clock.pending]).toEqual([false, 0]);
});

test("C58: a stepped time of day moves neither timers nor the monotonic time", () => {
  const clock = new ManualClock(1000);
  let ran = 0;
  clock.setTimeout(() => ran++, 100);
  clock.step(-3_600_000);
  expect([clock.now(), clock.monotonic(), ran]).toEqual([1000 - 3_600_000, 0, 0]);
  clock.advance(100);
  expect([clock.monotonic(), ran]).toEqual([100, 1]);
});
