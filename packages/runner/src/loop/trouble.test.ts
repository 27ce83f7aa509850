import type { ContainerObservation, ContainerState } from "@fleet/core";
import { expect, test } from "vitest";
import { type TroubleInputs, troubleOf } from "./trouble.ts";

const plan = {
  instance: "a",
  container: "test-a",
  verdict: "pending",
  remedy: "restart",
  drifts: [],
  blocks: [],
} as const;

type Reasons = TroubleInputs["healing"]["plan"]["actions"][number]["reason"];

/** A look that asks for a start for this reason, changed. */
function look(reason: Reasons, changes: Partial<TroubleInputs> = {}): TroubleInputs {
  const container = { id: "c1", name: "test-a" };
  const actions = [{ kind: "startContainer", container, reason, causes: [] } as const];
  return {
    healing: { plan: { ...plan, actions }, withheld: [] },
    container: "test-a",
    current: undefined,
    latest: undefined,
    seen: undefined,
    started: false,
    events: [],
    ...changes,
  };
}

const event = (action: string, more: object = {}) =>
  ({ at: 0, kind: "container", action, id: "c1", name: "test-a", labels: {}, ...more }) as const;

/** The container as it is now, in this state. */
function now(state: Partial<ContainerState>): ContainerObservation {
  const phase = "exited" as const;
  const all = { phase, oomKilled: false, restartCount: 0, pid: 0, finishedAt: 7, ...state };
  return {
    id: "c1",
    name: "test-a",
    imageId: "i",
    labels: {},
    phase,
    createdAt: 0,
    config: { image: "i" },
    state: all,
  };
}

test.each<[string, TroubleInputs, string | undefined]>([
  ["never there", look("ContainerMissing"), undefined],
  [
    "removed by force",
    look("ContainerMissing", {
      latest: "c1",
      events: [event("kill", { signal: "9" }), event("die", { exitCode: 137 }), event("destroy")],
    }),
    "ContainerVanished: test-a vanished: kill 9, exit 137, destroy",
  ],
  [
    "gone without a word",
    look("ContainerMissing", { latest: "c1" }),
    "ContainerVanished: test-a vanished: the engine said nothing about it",
  ],
  [
    "gone before this loop began",
    look("ContainerMissing", { latest: "unseen" }),
    "ContainerVanished: test-a vanished: while no loop ran",
  ],
  [
    "ended by itself",
    look("ContainerExited", { current: now({ exitCode: 3 }), latest: "c1" }),
    "ContainerExited: test-a exited with 3",
  ],
  [
    "stopped by somebody",
    look("ContainerExited", {
      current: now({ exitCode: 0 }),
      latest: "c1",
      events: [event("kill", { signal: "15" }), event("die", { exitCode: 0 }), event("stop")],
    }),
    "ContainerStoppedOutside: somebody stopped test-a (exit code 0)",
  ],
  [
    "out of memory",
    look("ContainerExited", { current: now({ exitCode: 137, oomKilled: true }), latest: "c1" }),
    "OutOfMemory: test-a was killed for want of memory",
  ],
  [
    "paused",
    look("ContainerPaused", { current: now({ phase: "paused" }), latest: "c1" }),
    "ContainerPaused: somebody paused test-a",
  ],
  [
    "unhealthy",
    look("ContainerUnhealthy", { current: now({ phase: "running" }), latest: "c1" }),
    "Unhealthy: test-a fails its health check",
  ],
  ["dead", look("ContainerDead", { current: now({ phase: "dead" }), latest: "c1" }), "ContainerDead: test-a is dead"],
  [
    "a stale mount",
    look("StaleMount", { current: now({ phase: "running" }), latest: "c1" }),
    "StaleMount: test-a still sees a source that was replaced",
  ],
  [
    "restarted by the engine",
    look("FieldsDiffer", {
      current: now({ phase: "running", restartCount: 3, startedAt: 9 }),
      seen: now({ phase: "running", restartCount: 1, startedAt: 2 }),
      events: [event("die", { exitCode: 2 }), event("start"), event("die", { exitCode: 4 }), event("start")],
    }),
    "ContainerRestarted: test-a exited with 4: the engine restarted it 3 times",
  ],
  [
    "about to be restarted by the engine, and never seen before",
    look("FieldsDiffer", { current: now({ phase: "restarting", exitCode: 3, restartCount: 0 }) }),
    "ContainerRestarted: test-a exited with 3: the engine restarts it",
  ],
  [
    "restarted by the engine for want of memory",
    look("FieldsDiffer", {
      current: now({ phase: "running", restartCount: 1 }),
      seen: now({ phase: "running" }),
      events: [event("oom"), event("die", { exitCode: 137 }), event("start")],
    }),
    "OutOfMemory: test-a was killed for want of memory: the engine restarted it once",
  ],
  [
    "restarted by somebody",
    look("FieldsDiffer", {
      current: now({ phase: "running", startedAt: 9 }),
      seen: now({ phase: "running", startedAt: 2 }),
      events: [event("die", { exitCode: 143 }), event("stop"), event("start"), event("restart")],
    }),
    "ContainerRestarted: somebody restarted test-a",
  ],
  [
    "restarted without a word",
    look("FieldsDiffer", {
      current: now({ phase: "running", startedAt: 9 }),
      seen: now({ phase: "running", startedAt: 2 }),
    }),
    "ContainerRestarted: test-a was restarted, and the engine did not say why",
  ],
  [
    "restarted by us",
    look("FieldsDiffer", {
      current: now({ phase: "running", startedAt: 9 }),
      seen: now({ phase: "running", startedAt: 2 }),
      started: true,
    }),
    undefined,
  ],
  [
    "restarted long ago",
    look("FieldsDiffer", {
      current: now({ phase: "running", restartCount: 3, startedAt: 2 }),
      seen: now({ phase: "running", restartCount: 3, startedAt: 2 }),
    }),
    undefined,
  ],
  ["only differs", look("FieldsDiffer", { current: now({ phase: "running" }), latest: "c1" }), undefined],
])("%s", (_what, inputs, expected) => {
  const trouble = troubleOf(inputs);
  expect(trouble && `${trouble.reason}: ${trouble.message}`).toBe(expected);
});

test("the same trouble seen again has the same key, and the next run that ends another", () => {
  const ended = (finishedAt: number) =>
    troubleOf(look("ContainerExited", { current: now({ finishedAt }), latest: "c1" }))?.key;
  const first = ended(7);
  expect([ended(7) === first, ended(8) === first]).toEqual([true, false]);
});

test("the wait for a restart and the run after it are one trouble, and the next end is another", () => {
  const waiting = now({ phase: "restarting", restartCount: 0, finishedAt: 7, startedAt: 2 });
  const again = (restartCount: number, finishedAt: number) =>
    now({ phase: "running", restartCount, finishedAt, startedAt: finishedAt + 1 });
  const keyOf = (current: ContainerObservation, seen: ContainerObservation) =>
    troubleOf(look("FieldsDiffer", { current, seen }))?.key;
  const first = keyOf(waiting, now({ phase: "running", startedAt: 2 }));
  expect([keyOf(again(1, 7), waiting) === first, keyOf(again(2, 12), again(1, 7)) === first]).toEqual([true, false]);
});
