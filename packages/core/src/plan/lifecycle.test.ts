import { expect, test } from "vitest";
import type { ContainerObservation, ContainerState } from "../observe/container.ts";
import { containerConfig } from "../spec/builders.ts";
import type { Lifecycle } from "../spec/instance.ts";
import { describeRestarts, readiness } from "./lifecycle.ts";

const day = 86_400_000;
/** When it is looked at. */
const now = 100 * day;

function container(state: Partial<ContainerState>): ContainerObservation {
  const { phase = "running" } = state;
  return {
    id: "c1",
    name: "one",
    imageId: "i",
    labels: {},
    phase,
    config: containerConfig(),
    state: { phase, oomKilled: false, restartCount: 0, startedAt: now - 2_000, pid: 1, ...state },
    createdAt: 0,
  };
}

test.each<[string, Partial<ContainerState>, string]>([
  ["runs", {}, "ready running"],
  ["was restarted by the engine just now", { restartCount: 1 }, "pending restarting"],
  ["was restarted by the engine again and again", { restartCount: 3 }, "failed restarting"],
  ["waits for the engine to restart it", { phase: "restarting", restartCount: 0, exitCode: 3 }, "pending restarting"],
  ["waits for that once more", { phase: "restarting", restartCount: 3, exitCode: 3 }, "failed restarting"],
  [
    "was restarted by the engine, and has run for a while",
    { restartCount: 1, startedAt: now - 10_000 },
    "ready running",
  ],
  ["was restarted often, the last time a week ago", { restartCount: 50, startedAt: now - 7 * day }, "ready running"],
  [
    "started a moment after the look, by the engine's clock",
    { restartCount: 1, startedAt: now + 50 },
    "pending restarting",
  ],
  ["runs on an engine whose clock is a day ahead", { restartCount: 1, startedAt: now + day }, "ready running"],
  ["was restarted just now, and is healthy", { restartCount: 3, health: "healthy" }, "ready healthy"],
  ["was restarted just now, and is being checked", { restartCount: 1, health: "starting" }, "pending restarting"],
  [
    "is being checked for a while",
    { restartCount: 1, health: "starting", startedAt: now - 60_000 },
    "pending starting",
  ],
  ["was restarted just now, and is unhealthy", { restartCount: 1, health: "unhealthy" }, "failed unhealthy"],
])("one that %s", (_what, found, expected) => {
  const { state, word } = readiness(container(found), { kind: "hot" }, now);
  expect(`${state} ${word}`).toBe(expected);
});

test("a one-shot is tried for as long as its policy says", () => {
  const oneshot: Lifecycle = { kind: "oneshot" };
  const at = (state: Partial<ContainerState>) => readiness(container(state), oneshot, now).state;
  expect([at({ restartCount: 9 }), at({ phase: "restarting", restartCount: 9, exitCode: 1 })]).toEqual([
    "pending",
    "pending",
  ]);
});

test("what the engine did is told with what is known of it", () => {
  const told = [{ phase: "restarting", restartCount: 7, exitCode: 3 } as const, { restartCount: 1 }].map(
    (state) => readiness(container(state), { kind: "hot" }, now).restarts,
  );
  expect([...told, { count: 0, exitCode: 1 }].map((restarts) => restarts && describeRestarts(restarts))).toEqual([
    "the engine restarted it 7 times, exit code 3",
    "the engine restarted it once",
    "the engine restarts it, exit code 1",
  ]);
});
