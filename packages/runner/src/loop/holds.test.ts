import { type Action, type Hold, type InstancePlan, isFleetError } from "@fleet/core";
import { containerConfig } from "@fleet/core/testing";
import { expect, test } from "vitest";
import { checkHold } from "./holds.ts";

const container = { id: "1", name: "a" };
const made = { id: null, name: "a" };
const because = (reason: Action["reason"]) => ({ reason, causes: [] });
const missing = because("ContainerMissing");
const differs = because("FieldsDiffer");
const stale = because("StaleMount");
const unfinished = because("ReplacementUnfinished");
const orphaned = because("Orphaned");
const config = containerConfig();
const hold: Hold = { kind: "Breaker", message: "2 of 2 containers vanished at once: a, b" };

const planOf = (remedy: InstancePlan["remedy"], actions: readonly Action[]): InstancePlan => ({
  instance: "a",
  container: "a",
  verdict: "pending",
  remedy,
  drifts: [],
  actions,
  blocks: [],
});

/** Kinds of the actions that are refused while the fleet is held, each asked for as if those before it were done. */
function refused(plan: InstancePlan, by: Hold | undefined): string[] {
  return plan.actions.flatMap((action) => {
    try {
      checkHold(by, plan, action);
      return [];
    } catch (error) {
      return isFleetError(error, "Cancelled") ? [action.kind] : [String(error)];
    }
  });
}

const replacement = planOf("replace", [
  { kind: "pullImage", ref: "app:1", ...because("ImageMissing") },
  { kind: "createContainer", name: "a.next", config, ...differs },
  { kind: "stopContainer", container, ...differs },
  { kind: "renameContainer", container, name: "a.old", ...differs },
  { kind: "renameContainer", container: made, name: "a", ...differs },
  { kind: "startContainer", container: made, ...differs },
  { kind: "awaitReady", container: made, ...differs },
  { kind: "removeContainer", container, force: false, ...differs },
]);

test.each<[string, InstancePlan, readonly Action["kind"][]]>([
  ["a replacement up to the stop", replacement, ["pullImage", "createContainer", "stopContainer"]],
  [
    "one of a container that does not run up to the first rename",
    planOf(
      "replace",
      replacement.actions.filter(({ kind }) => !["stopContainer", "startContainer", "awaitReady"].includes(kind)),
    ),
    ["pullImage", "createContainer", "renameContainer"],
  ],
  [
    "nothing of what finishes a replacement or takes it back",
    planOf("restart", [
      { kind: "removeContainer", container, force: true, ...unfinished },
      { kind: "startContainer", container, ...unfinished },
    ]),
    [],
  ],
  [
    "what makes a missing one, also after what was left of a replacement",
    planOf("create", [
      { kind: "removeContainer", container, force: true, ...unfinished },
      { kind: "createContainer", name: "a", config, ...missing },
      { kind: "startContainer", container: made, ...missing },
    ]),
    ["removeContainer", "createContainer", "startContainer"],
  ],
  [
    "a restart up to the stop",
    planOf("restart", [
      { kind: "renameContainer", container, name: "a", ...differs },
      { kind: "stopContainer", container, ...stale },
      { kind: "startContainer", container, ...stale },
    ]),
    ["renameContainer", "stopContainer"],
  ],
  [
    "an update, save what connects it again to the network that it was taken from",
    planOf("update", [
      { kind: "updateContainer", container, update: {}, ...differs },
      { kind: "disconnectNetwork", container, network: "x", ...differs },
      { kind: "connectNetwork", container, network: "x", aliases: ["a"], ...differs },
      { kind: "disconnectNetwork", container, network: "y", ...differs },
    ]),
    ["updateContainer", "disconnectNetwork", "disconnectNetwork"],
  ],
  [
    "a removal as a whole",
    planOf("remove", [
      { kind: "stopContainer", container, ...orphaned },
      { kind: "removeContainer", container, force: true, ...orphaned },
    ]),
    ["stopContainer", "removeContainer"],
  ],
])("what holds the whole fleet holds %s", (_, plan, expected) => {
  expect(refused(plan, hold)).toEqual(expected);
  // On another engine nothing of it is half-done.
  expect(refused(plan, { ...hold, kind: "EngineChanged" })).toEqual(plan.actions.map(({ kind }) => kind));
});

test("nothing is refused while nothing is held", () => {
  expect(refused(replacement, undefined)).toEqual([]);
});
