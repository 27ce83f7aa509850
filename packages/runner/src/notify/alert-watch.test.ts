import { ManualClock } from "@fleet/core/testing";
import { beforeEach, expect, test } from "vitest";
import { instanceStatus, missingInstance, StandingLoop } from "../../../../test/support/standing-loop.ts";
import type { Alert } from "./alert.ts";
import { type AlertWatch, watchAlerts } from "./alert-watch.ts";

let clock: ManualClock;
let loop: StandingLoop;
let told: string[];
let failures: unknown[];
let watch: AlertWatch;

beforeEach(() => {
  clock = new ManualClock();
  loop = new StandingLoop([instanceStatus("dev-default")]);
  told = [];
  failures = [];
});

function start(send = ({ problem, state }: Alert) => void told.push(`${clock.monotonic()} ${problem} ${state}`)): void {
  watch = watchAlerts({ view: loop, send, clock, onError: (error) => failures.push(error) });
}

function vanish(): void {
  loop.show({ instances: [missingInstance("dev-default")] });
}

test("an event is looked into at once, and a lasting problem told to the millisecond", () => {
  start();
  clock.advance(1234);
  vanish();
  loop.emit({ reason: "ContainerVanished" });
  loop.emit({ reason: "BackingOff" });
  clock.advance(29_999);
  expect(told).toEqual([]);
  clock.advance(1);
  expect(told).toEqual(["31234 NotReady begun"]);
});

test("what no event told of is found all the same", () => {
  start();
  vanish();
  clock.advance(5000 + 30_000);
  expect(told).toEqual(["35000 NotReady begun"]);
});

test("a clock that is set makes nothing last longer", () => {
  start();
  vanish();
  loop.emit();
  clock.advance(0);
  clock.step(7_200_000);
  clock.advance(29_000);
  expect(told).toEqual([]);
});

test("events without end do not keep it from looking", () => {
  start();
  vanish();
  for (let count = 0; count < 100; count++) loop.emit();
  expect(clock.pending).toBe(1);
  clock.advance(0);
  loop.show({ instances: [instanceStatus("dev-default")] });
  clock.advance(30_000);
  expect(told).toEqual([]);
});

test("it goes on after the loop or the sender threw", () => {
  const broken = new Error("broken");
  const { shown } = loop;
  loop.shown = broken;
  start((alert) => {
    told.push(`${clock.monotonic()} ${alert.problem}`);
    throw new Error("cannot send");
  });
  loop.shown = shown;
  vanish();
  clock.advance(5000 + 30_000);
  clock.advance(60_000);
  expect(told).toEqual(["35000 NotReady"]);
  expect(failures).toEqual([broken, new Error("cannot send")]);
});

test("once closed it leaves nothing behind", () => {
  start();
  watch.close();
  expect([clock.pending, loop.listeners]).toEqual([0, 0]);
});
