import type { FleetStatus } from "@fleet/core";
import { expect, test } from "vitest";
import {
  begin,
  condition,
  instanceStatus,
  missingInstance,
  StandingLoop,
} from "../../../../test/support/standing-loop.ts";
import type { Alert } from "./alert.ts";
import { nextAlerts, type WatchedProblems } from "./alerts.ts";

const fine = instanceStatus("dev-default");
const missing = missingInstance("dev-default");
const stalled = missingInstance("dev-default", {
  phase: "stalled",
  conditions: [
    condition("Ready", "false", { reason: "ImageUnavailable", message: "no image" }),
    condition("Stalled", "true", { reason: "ImageUnavailable", message: "claude-hooks:dev cannot be pulled" }),
  ],
  error: { code: "NotFound", message: "no such image", hint: "build it" },
});
const down = { engine: { address: "unix:///var/run/docker.sock", reachable: false } };

/** Says in one line what was told. */
function line({ instance = "fleet", problem, state, message, hint }: Alert): string {
  return `${instance} ${problem} ${state}: ${message}${hint === undefined ? "" : ` (${hint})`}`;
}

/** Shows one status after another, each at its second; gives what was told, with the second. */
function tell(...steps: readonly (readonly [second: number, status: Partial<FleetStatus>])[]): string[] {
  let watched: WatchedProblems = [];
  return steps.flatMap(([second, changes]) => {
    const at = begin + second * 1000;
    const { shown } = new StandingLoop([fine], { at, ...changes });
    const step = nextAlerts(watched, shown as FleetStatus, { after: 30_000, now: second * 1000 });
    watched = step.watched;
    return step.alerts.map((alert) => `${second} s ${line(alert)}`);
  });
}

const instances = (...list: FleetStatus["instances"]) => ({ instances: list });

test("a heal within the time says nothing", () => {
  expect(tell([0, instances(missing)], [29, instances(missing)], [29.5, {}], [90, {}])).toEqual([]);
});

test("a lasting problem is told once, whatever its message does, and so is its end when that has lasted", () => {
  const changed = { ...missing, conditions: [condition("Ready", "false", { message: "another message" })] };
  expect(
    tell(
      [0, instances(missing)],
      [30, instances(missing)],
      [31, instances(changed)],
      [5000, instances(missing)],
      [5001, {}],
      [5030, {}],
      [5031, {}],
      [9000, {}],
    ),
  ).toEqual([
    "30 s dev-default NotReady begun: claude-hooks-dev-default is missing",
    "5031 s dev-default NotReady ended: dev-default is ready again after 1h23m21s",
  ]);
});

test("an alert says all there is to say", () => {
  const { shown } = new StandingLoop([stalled], { at: begin + 40_000 });
  const step = nextAlerts([], shown as FleetStatus, { after: 0, now: 0 });
  expect(step).toEqual({
    watched: [{ instance: "dev-default", problem: "Stalled", since: begin, seen: 0, told: true }],
    alerts: [
      {
        schema: "fleet.alert/v1",
        fleet: "claude-hooks",
        instance: "dev-default",
        problem: "Stalled",
        state: "begun",
        since: begin,
        message: "claude-hooks:dev cannot be pulled",
        hint: "build it",
      },
    ],
  });
});

test("a container that comes and goes is one problem", () => {
  const flaps = Array.from({ length: 20 }, (_, count): [number, Partial<FleetStatus>] => [
    30 + 10 * count,
    count % 2 === 0 ? instances(missing) : {},
  ]);
  expect(tell([0, instances(missing)], ...flaps, [260, {}])).toEqual([
    "30 s dev-default NotReady begun: claude-hooks-dev-default is missing",
    "260 s dev-default NotReady ended: dev-default is ready again after 3m40s",
  ]);
});

test("one that stalls is told as stalled, and as not ready as well only if that was told before", () => {
  expect(
    tell([0, instances(missing)], [20, instances(stalled)], [49, instances(stalled)], [50, instances(stalled)]),
  ).toEqual(["50 s dev-default Stalled begun: claude-hooks:dev cannot be pulled (build it)"]);
  expect(
    tell(
      [0, instances(missing)],
      [30, instances(missing)],
      [40, instances(stalled)],
      [70, instances(stalled)],
      [80, {}],
      [110, {}],
    ),
  ).toEqual([
    "30 s dev-default NotReady begun: claude-hooks-dev-default is missing",
    "70 s dev-default Stalled begun: claude-hooks:dev cannot be pulled (build it)",
    "110 s dev-default NotReady ended: dev-default is ready again after 1m20s",
    "110 s dev-default Stalled ended: dev-default is no longer stalled after 1m20s",
  ]);
});

test("a suspended one is its suspender's, unless it was told before", () => {
  const suspended = { ...missing, hold: { kind: "Suspended", message: "by anna" } } as const;
  expect(tell([0, instances(suspended)], [900, instances(suspended)])).toEqual([]);
  expect(
    tell([0, instances(missing)], [10, instances(suspended)], [40, instances(missing)], [69, instances(missing)]),
  ).toEqual([]);
  expect(
    tell([0, instances(missing)], [30, instances(missing)], [40, instances(suspended)], [80, {}], [110, {}]),
  ).toEqual([
    "30 s dev-default NotReady begun: claude-hooks-dev-default is missing",
    "110 s dev-default NotReady ended: dev-default is ready again after 1m20s",
  ]);
});

test("a fleet that is held is one problem, however many instances are missing", () => {
  const hold = { kind: "Breaker", message: "2 of 2 containers vanished at once: a, b", hint: "look first" } as const;
  const gone = instances(missingInstance("a"), missingInstance("b"));
  const back = instances(instanceStatus("a"), instanceStatus("b"));
  expect(
    tell([0, { hold, ...gone }], [30, { hold, ...gone }], [900, { hold, ...gone }], [960, back], [990, back]),
  ).toEqual([
    "30 s fleet Held begun: 2 of 2 containers vanished at once: a, b (look first)",
    "990 s fleet Held ended: the fleet is no longer held after 16m",
  ]);
});

test("what is still missing once the fleet is no longer held is told then", () => {
  const hold = { kind: "Breaker", message: "2 of 2 containers vanished at once: a, b" } as const;
  const gone = instances(missingInstance("a"));
  expect(tell([0, { hold, ...gone }], [30, { hold, ...gone }], [40, gone], [69, gone], [70, gone]).slice(1)).toEqual([
    "70 s fleet Held ended: the fleet is no longer held after 40s",
    "70 s a NotReady begun: claude-hooks-a is missing",
  ]);
});

test("a spec that does not hold is told, engine or none, and that it holds again", () => {
  const specError = "nothing is called `comand` here";
  expect(
    tell([0, { specError }], [30, { specError }], [40, { specError, ...down }], [50, {}], [79, {}], [80, {}]),
  ).toEqual([
    "30 s fleet SpecInvalid begun: the last good spec stays: nothing is called `comand` here",
    "80 s fleet SpecInvalid ended: the spec holds again after 50s",
  ]);
});

test("an engine that does not answer is one problem, and says nothing about the instances", () => {
  const unknown = { ...fine, conditions: [condition("Ready", "unknown", { since: begin + 30_000 })] };
  expect(
    tell(
      [0, { ...down, ...instances(unknown) }],
      [29, { ...down, ...instances(unknown) }],
      [30, { ...down, ...instances(unknown) }],
      [4000, { ...down, ...instances(unknown) }],
      [4001, instances(unknown)],
      [4002, {}],
      [4031, {}],
    ),
  ).toEqual([
    "30 s fleet EngineUnreachable begun: the engine at unix:///var/run/docker.sock does not answer",
    "4031 s fleet EngineUnreachable ended: the engine at unix:///var/run/docker.sock answers again after 1h6m41s",
  ]);
});

test("a problem that was told does not end because the engine no longer answers", () => {
  expect(
    tell(
      [0, instances(missing)],
      [30, instances(missing)],
      [40, { ...down, instances: [fine] }],
      [100, { ...down, instances: [fine] }],
      [110, {}],
      [139, {}],
      [140, {}],
    ),
  ).toEqual([
    "30 s dev-default NotReady begun: claude-hooks-dev-default is missing",
    "100 s fleet EngineUnreachable begun: the engine at unix:///var/run/docker.sock does not answer",
    "140 s fleet EngineUnreachable ended: the engine at unix:///var/run/docker.sock answers again after 1m10s",
    "140 s dev-default NotReady ended: dev-default is ready again after 1m50s",
  ]);
});

test("a problem that nobody was told of counts anew after the engine was away", () => {
  expect(
    tell(
      [0, instances(missing)],
      [20, { ...down, instances: [missing] }],
      [25, instances(missing)],
      [54, instances(missing)],
    ),
  ).toEqual([]);
});

test("one whose readiness nobody can tell, though the engine answers, is not ready", () => {
  const unknown = { ...fine, conditions: [condition("Ready", "unknown", { message: "no look went through" })] };
  expect(tell([0, instances(unknown)], [30, instances(unknown)])).toEqual([
    "30 s dev-default NotReady begun: no look went through",
  ]);
});

test("the problem of one that is no longer in the spec ends at once", () => {
  expect(tell([0, instances(missing)], [30, instances(missing)], [31, instances()])).toEqual([
    "30 s dev-default NotReady begun: claude-hooks-dev-default is missing",
    "31 s dev-default NotReady ended: dev-default is no longer in the spec",
  ]);
});

test("problems are independent, and told in the order of their names", () => {
  expect(
    tell(
      [0, instances(missingInstance("b"), missingInstance("a"), fine)],
      [10, instances(missingInstance("b"), missingInstance("a"), missingInstance("c"))],
      [30, instances(missingInstance("b"), missingInstance("a"), missingInstance("c"))],
    ),
  ).toEqual(["30 s a NotReady begun: claude-hooks-a is missing", "30 s b NotReady begun: claude-hooks-b is missing"]);
});

test("when there will be something to tell is known beforehand", () => {
  const { shown } = new StandingLoop([missing, missingInstance("reviewer-1")]);
  const status = shown as FleetStatus;
  const inputs = { after: 30_000, now: 0 };
  const first = nextAlerts([], { ...status, instances: [missing] }, inputs);
  expect(first.due).toBe(30_000);
  const second = nextAlerts(first.watched, status, { ...inputs, now: 12_000 });
  expect(second.due).toBe(30_000);
  const third = nextAlerts(second.watched, status, { ...inputs, now: 30_000 });
  expect(third.due).toBe(42_000);
  const fourth = nextAlerts(third.watched, { ...status, instances: [fine] }, { ...inputs, now: 35_000 });
  expect([fourth.watched.length, fourth.due]).toEqual([1, 65_000]);
  expect(nextAlerts(fourth.watched, { ...status, instances: [fine] }, { ...inputs, now: 65_000 })).toMatchObject({
    watched: [],
    alerts: [{ state: "ended" }],
  });
});
