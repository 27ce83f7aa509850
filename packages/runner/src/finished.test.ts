import type { InstanceState, Phase, Readiness } from "@fleet/core";
import { expect, test } from "vitest";
import { isFinished, type Standing } from "./finished.ts";

const ready: Readiness = { state: "ready", word: "running" };
const starting: Readiness = { state: "pending", word: "starting" };
const unhealthy: Readiness = { state: "failed", word: "unhealthy" };

function standing(name: string, phase: Phase, readiness: Readiness = ready, waitingFor: string[] = []): Standing {
  const base = {
    name,
    plan: null,
    decision: null,
    error: null,
    hold: undefined,
    withheld: [],
    attempts: 0,
    retryAt: 0,
    acts: 0,
  };
  return { state: { ...base, phase, readiness, waitingFor } satisfies InstanceState, waitingFor };
}

function held({ state, waitingFor }: Standing, until?: number): Standing {
  const hold = { kind: "Busy", message: "1 running exec inside", ...(until !== undefined && { until }) } as const;
  return { state: { ...state, hold }, waitingFor };
}

const finished = (...standings: readonly Standing[]) =>
  isFinished(new Map(standings.map((each) => [each.state.name, each])));

test.each<[string, boolean, Standing]>([
  ["settled and ready", true, standing("a", "settled")],
  ["settled and never to be ready by itself", true, standing("a", "settled", unhealthy)],
  ["settled and on its way", false, standing("a", "settled", starting)],
  ["stalled", true, standing("a", "stalled", unhealthy)],
  ["retired", true, standing("a", "retired", starting)],
  ["looking", false, standing("a", "observing")],
  ["waiting for a turn", false, standing("a", "awaitingTurn")],
  ["acting", false, standing("a", "acting")],
  ["backing off", false, standing("a", "backingOff")],
  ["unknown", false, standing("a", "unknown")],
  ["deferred for what the engine does", false, standing("a", "deferred")],
  ["deferred for work inside", true, held(standing("a", "deferred"))],
  ["deferred for work inside that is cut in the end", false, held(standing("a", "deferred"), 60_000)],
])("one that is %s: %s", (_what, expected, alone) => {
  expect(finished(alone)).toBe(expected);
});

test("one that waits for another goes on only as long as that one does", () => {
  const waits = standing("b", "deferred", starting, ["a"]);
  expect(finished(standing("a", "acting"), waits)).toBe(false);
  expect(finished(standing("a", "settled", starting), waits)).toBe(false);
  expect(finished(standing("a", "stalled"), waits)).toBe(true);
  expect(finished(standing("a", "settled", unhealthy), waits)).toBe(true);
});

test("one that waits for something outside of the run waits in vain", () => {
  expect(finished(standing("b", "deferred", starting, ["elsewhere"]))).toBe(true);
});

test("waiting in vain is handed on along a chain, and never round a circle", () => {
  const chain = [standing("c", "deferred", starting, ["b"]), standing("b", "deferred", starting, ["a"])];
  expect(finished(...chain, standing("a", "stalled"))).toBe(true);
  expect(finished(...chain, standing("a", "backingOff"))).toBe(false);
  expect(finished(standing("a", "deferred", starting, ["b"]), standing("b", "deferred", starting, ["a"]))).toBe(false);
});

test("many layers that all wait for each other's upper layer are judged at once", () => {
  const layers = 24;
  const all = Array.from({ length: layers }, (_layer, layer) =>
    ["l", "r"].map((side) =>
      standing(`${side}${layer}`, "deferred", starting, layer === 0 ? ["root"] : [`l${layer - 1}`, `r${layer - 1}`]),
    ),
  )
    .flat()
    .reverse();
  expect(finished(...all, standing("root", "acting"))).toBe(false);
  expect(finished(...all, standing("root", "stalled"))).toBe(true);
});

test("nothing to do is finished", () => {
  expect(finished()).toBe(true);
});
