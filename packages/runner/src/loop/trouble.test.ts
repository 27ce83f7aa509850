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
    before: undefined,
    events: [],
    ...changes,
  };
}

const event = (action: string, more: object = {}) =>
  ({ at: 0, kind: "container", action, id: "c1", name: "test-a", labels: {}, ...more }) as const;

/** The container as it is now, in this state. */
function now(state: object): TroubleInputs["current"] {
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

const seen = { id: "c1", name: "test-a" };

test.each<[string, TroubleInputs, string | undefined]>([
  ["never there", look("ContainerMissing"), undefined],
  [
    "removed by force",
    look("ContainerMissing", {
      before: seen,
      events: [event("kill", { signal: "9" }), event("die", { exitCode: 137 }), event("destroy")],
    }),
    "ContainerVanished: test-a vanished: kill 9, exit 137, destroy",
  ],
  [
    "gone without a word",
    look("ContainerMissing", { before: seen }),
    "ContainerVanished: test-a vanished: the engine said nothing about it",
  ],
  [
    "gone before this loop began",
    look("ContainerMissing", { before: "unseen" }),
    "ContainerVanished: test-a vanished: while no loop ran",
  ],
  [
    "ended by itself",
    look("ContainerExited", { current: now({ exitCode: 3 }), before: seen }),
    "ContainerExited: test-a exited with 3",
  ],
  [
    "stopped by somebody",
    look("ContainerExited", {
      current: now({ exitCode: 0 }),
      before: seen,
      events: [event("kill", { signal: "15" }), event("die", { exitCode: 0 }), event("stop")],
    }),
    "ContainerStoppedOutside: somebody stopped test-a (exit code 0)",
  ],
  [
    "out of memory",
    look("ContainerExited", { current: now({ exitCode: 137, oomKilled: true }), before: seen }),
    "OutOfMemory: test-a was killed for want of memory",
  ],
  [
    "paused",
    look("ContainerPaused", { current: now({ phase: "paused" }), before: seen }),
    "ContainerPaused: somebody paused test-a",
  ],
  [
    "unhealthy",
    look("ContainerUnhealthy", { current: now({ phase: "running" }), before: seen }),
    "Unhealthy: test-a fails its health check",
  ],
  ["dead", look("ContainerDead", { current: now({ phase: "dead" }), before: seen }), "ContainerDead: test-a is dead"],
  [
    "a stale mount",
    look("StaleMount", { current: now({ phase: "running" }), before: seen }),
    "StaleMount: test-a still sees a source that was replaced",
  ],
  ["only differs", look("FieldsDiffer", { current: now({ phase: "running" }), before: seen }), undefined],
])("%s", (_what, inputs, expected) => {
  const trouble = troubleOf(inputs);
  expect(trouble && `${trouble.reason}: ${trouble.message}`).toBe(expected);
});

test("the same trouble seen again has the same key, and the next run that ends another", () => {
  const ended = (finishedAt: number) =>
    troubleOf(look("ContainerExited", { current: now({ finishedAt }), before: seen }))?.key;
  const first = ended(7);
  expect([ended(7) === first, ended(8) === first]).toEqual([true, false]);
});
