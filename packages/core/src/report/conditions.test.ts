import { expect, test } from "vitest";
import { FleetError } from "../errors.ts";
import type { InstanceState } from "../instance/instance.ts";
import type { Action } from "../plan/action.ts";
import type { InstancePlan } from "../plan/plan.ts";
import type { Condition } from "./condition.ts";
import { conditionsOf } from "./conditions.ts";

const plan: InstancePlan = {
  instance: "one",
  container: "test-one",
  verdict: "inSync",
  remedy: "none",
  drifts: [],
  actions: [],
  blocks: [],
};

const start: Action = {
  kind: "startContainer",
  container: { id: "c", name: "test-one" },
  reason: "ContainerExited",
  causes: [],
};

/** In sync and running, changed. */
function state(changes: Partial<InstanceState> = {}): InstanceState {
  return {
    name: "one",
    phase: "settled",
    plan,
    readiness: { state: "ready", word: "running" },
    decision: { to: "settled" },
    error: null,
    waitingFor: [],
    hold: undefined,
    withheld: [],
    attempts: 0,
    retryAt: 0,
    acts: 0,
    ...changes,
  };
}

function lines(changes: Partial<InstanceState>, flapping = false, previous: readonly Condition[] = []): string[] {
  return conditionsOf({ state: state(changes), flapping, previous, now: 7 }).map(
    ({ type, status, reason, message }) => `${type} ${status} ${reason}: ${message}`,
  );
}

const exited = { state: "failed", word: "exited 3" } as const;
const refused = new FleetError("Refused", "no such program");

test.each<[string, Partial<InstanceState>, readonly string[]]>([
  [
    "in sync",
    {},
    [
      "Ready true Running: running",
      "Synced true InSync: as its spec says",
      "Progressing false Idle: nothing to do",
      "Stalled false Idle: nothing stands in the way",
    ],
  ],
  [
    "lazy, and nobody uses it",
    { readiness: { state: "ready", word: "idle" } },
    [
      "Ready true Idle: idle",
      "Synced true InSync: as its spec says",
      "Progressing false Idle: nothing to do",
      "Stalled false Idle: nothing stands in the way",
    ],
  ],
  [
    "about to be started",
    { phase: "awaitingTurn", readiness: exited, plan: { ...plan, actions: [start] }, decision: { to: "act" } },
    [
      "Ready false NotRunning: exited 3",
      "Synced false Differs: to do: start test-one",
      "Progressing true Acting: awaitingTurn",
      "Stalled false Idle: nothing stands in the way",
    ],
  ],
  [
    "ends again and again",
    {
      phase: "backingOff",
      readiness: exited,
      attempts: 3,
      plan: { ...plan, actions: [start] },
      decision: { to: "backingOff" },
    },
    [
      "Ready false CrashLoop: exited 3, after 3 starts",
      "Synced false Differs: to do: start test-one",
      "Progressing true BackingOff: exited 3",
      "Stalled false Idle: nothing stands in the way",
    ],
  ],
  [
    "the engine's own policy restarts it",
    { readiness: { state: "pending", word: "restarting", restarts: { count: 1, exitCode: 3 } } },
    [
      "Ready false NotRunning: the engine restarted it once, exit code 3",
      "Synced true InSync: as its spec says",
      "Progressing true Waiting: restarting",
      "Stalled false Idle: nothing stands in the way",
    ],
  ],
  [
    "given up",
    { phase: "stalled", readiness: exited, error: refused, decision: { to: "stalled", message: "no such program" } },
    [
      "Ready false NotRunning: exited 3",
      "Synced true InSync: as its spec says",
      "Progressing false Idle: nothing more happens by itself",
      "Stalled true Stalled: no such program",
    ],
  ],
  [
    "suspended while it runs",
    { phase: "suspended", decision: { to: "suspended", message: "suspended by alice: why not" } },
    [
      "Ready true Running: running",
      "Synced true InSync: as its spec says",
      "Progressing false Suspended: suspended by alice: why not",
      "Stalled false Idle: nothing stands in the way",
    ],
  ],
  [
    "left to a person",
    { readiness: exited, withheld: [start] },
    [
      "Ready false NotRunning: exited 3",
      "Synced false Withheld: start test-one is left to a person",
      "Progressing false Idle: nothing to do",
      "Stalled false Idle: nothing stands in the way",
    ],
  ],
  [
    "nobody answers",
    { phase: "unknown", error: new FleetError("Unreachable", "no socket") },
    [
      "Ready unknown EngineUnreachable: no socket",
      "Synced unknown Waiting: not looked at",
      "Progressing true Waiting: until the engine answers",
      "Stalled false Idle: nothing stands in the way",
    ],
  ],
])("%s", (_what, changes, expected) => {
  expect(lines(changes)).toEqual(expected);
});

test("one that the engine restarts again and again is in a loop, and says how often, however often that was told", () => {
  const readiness = { state: "failed", word: "restarting", restarts: { count: 7 } } as const;
  const expected = "Ready false CrashLoop: the engine restarted it 7 times";
  expect([lines({ readiness })[0], lines({ readiness }, true)[0]]).toEqual([expected, expected]);
});

test("one that went away again and again says so although it runs", () => {
  expect(lines({}, true)[0]).toBe("Ready true Flapping: running, after it went away again and again");
});

test("while it looks, what was said before stands", () => {
  const previous = conditionsOf({ state: state(), flapping: false, previous: [], now: 1 });
  expect(conditionsOf({ state: state({ phase: "observing" }), flapping: false, previous, now: 9 })).toBe(previous);
});

test("what lasts keeps its beginning, even when its reason changes", () => {
  const previous = conditionsOf({ state: state({ readiness: exited }), flapping: false, previous: [], now: 1 });
  const later = conditionsOf({ state: state({ readiness: exited, attempts: 5 }), flapping: false, previous, now: 9 });
  expect(later.map(({ type, since }) => [type, since])).toEqual([
    ["Ready", 1],
    ["Synced", 1],
    ["Progressing", 1],
    ["Stalled", 1],
  ]);
  const well = conditionsOf({ state: state(), flapping: false, previous: later, now: 12 });
  expect(well[0]).toMatchObject({ status: "true", since: 12 });
});
