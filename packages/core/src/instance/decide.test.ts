import { expect, test } from "vitest";
import { FleetError } from "../errors.ts";
import type { Action } from "../plan/action.ts";
import type { InstancePlan } from "../plan/plan.ts";
import type { Reason } from "../plan/reason.ts";
import { backoffDelay } from "./backoff.ts";
import { decide, replacementKey, type Situation } from "./decide.ts";

const container = { id: "c", name: "test-one" };
const step = (kind: "startContainer" | "awaitReady" | "stopContainer", reason: Reason): Action => ({
  kind,
  container,
  reason,
  causes: [],
});

const inSync: InstancePlan = {
  instance: "one",
  container: "test-one",
  verdict: "inSync",
  remedy: "none",
  drifts: [],
  actions: [],
  blocks: [],
};
const creation: InstancePlan = {
  ...inSync,
  verdict: "pending",
  remedy: "create",
  actions: [step("startContainer", "ContainerMissing")],
};
const restart: InstancePlan = { ...creation, remedy: "restart", actions: [step("startContainer", "ContainerExited")] };
const update: InstancePlan = { ...creation, remedy: "update", actions: [step("startContainer", "FieldsDiffer")] };
const unfinished: InstancePlan = {
  ...creation,
  remedy: "restart",
  actions: [step("awaitReady", "ReplacementUnfinished")],
};
const replacement: InstancePlan = {
  ...creation,
  remedy: "replace",
  drifts: [{ path: "user", desired: "1", observed: "2", cause: "changed", remedy: "replace" }],
  actions: [step("stopContainer", "FieldsDiffer")],
};
const block = { reason: "NameTaken", message: "the name is taken", waits: false } as const;
const waiting = { reason: "RemovalInProgress", message: "being removed", waits: true } as const;

const calm: Situation = {
  plan: inSync,
  readiness: { state: "ready", word: "running" },
  waitingFor: [],
  attempts: 0,
  failures: 0,
  maxFailures: 3,
  maxStarts: 3,
  overdue: false,
  error: null,
  cooled: true,
  failedReplacement: null,
};
const refused = new FleetError("Refused", "port is taken", { hint: "free it" });
const invalid = new FleetError("Invalid", "no such option");
const exited = { state: "failed", word: "exited 7" } as const;

/** Base and one mutation each. */
const rows: [string, Partial<Situation>, ReturnType<typeof decide>][] = [
  ["nothing to do", {}, { to: "settled" }],
  ["nothing to do, though its dependency is not ready", { waitingFor: ["db"] }, { to: "settled" }],
  ["nothing to do after an error", { error: invalid, attempts: 3, cooled: false }, { to: "settled" }],
  ["blocked for good", { plan: { ...inSync, blocks: [block] } }, { to: "stalled", message: "the name is taken" }],
  [
    "blocked for good, with a hint",
    { plan: { ...inSync, blocks: [{ ...block, hint: "rename it" }] } },
    { to: "stalled", message: "the name is taken", hint: "rename it" },
  ],
  ["blocked for a while", { plan: { ...inSync, blocks: [waiting] } }, { to: "deferred", message: "being removed" }],
  [
    "blocked both ways",
    { plan: { ...inSync, blocks: [waiting, block] } },
    { to: "stalled", message: "the name is taken" },
  ],
  ["blocked, and something can be done without it", { plan: { ...restart, blocks: [block] } }, { to: "act" }],
  ["to be created", { plan: creation }, { to: "act" }],
  [
    "to be created before its dependencies",
    { plan: creation, waitingFor: ["db", "net"] },
    { to: "deferred", message: "waits for db, net" },
  ],
  ["to be updated in place, whatever its dependencies", { plan: update, waitingFor: ["db"] }, { to: "act" }],
  ["failed, not cooled", { plan: creation, error: refused, attempts: 1, cooled: false }, { to: "backingOff" }],
  ["failed, cooled", { plan: creation, error: refused, attempts: 1 }, { to: "act" }],
  [
    "failed too often",
    { plan: creation, error: refused, attempts: 3, failures: 3 },
    { to: "stalled", message: "port is taken", hint: "free it" },
  ],
  [
    "failed in a way that the same call never gets over",
    { plan: creation, error: invalid, attempts: 1 },
    { to: "stalled", message: "no such option" },
  ],
  ["exited for the first time", { plan: restart, readiness: exited }, { to: "act" }],
  ["exited again at once", { plan: restart, readiness: exited, attempts: 1, cooled: false }, { to: "backingOff" }],
  ["exited again, cooled", { plan: restart, readiness: exited, attempts: 2 }, { to: "act" }],
  [
    "exits over and over",
    { plan: restart, readiness: exited, attempts: 3 },
    { to: "stalled", message: "test-one does not stay up: exited 7, although started again 3 times" },
  ],
  ["to be replaced", { plan: replacement }, { to: "act" }],
  [
    "to be replaced by what has failed",
    { plan: replacement, failedReplacement: replacementKey(replacement), error: refused },
    { to: "stalled", message: "port is taken", hint: "free it" },
  ],
  [
    "to be replaced by something else than what has failed",
    { plan: replacement, failedReplacement: "[]" },
    { to: "act" },
  ],
  [
    "half-way through a replacement, at once and whatever else",
    { plan: unfinished, waitingFor: ["db"], error: invalid, attempts: 1, cooled: false },
    { to: "act" },
  ],
  [
    "half-way through a replacement, and unable to get on",
    { plan: unfinished, error: refused, attempts: 3, failures: 3, cooled: false },
    { to: "stalled", message: "port is taken", hint: "free it" },
  ],
];

test.each(rows)("%s", (_what, mutation, expected) => {
  expect(decide({ ...calm, ...mutation })).toEqual(expected);
});

test("a replacement is the same as long as it wants the same, whatever it finds", () => {
  const [drift] = replacement.drifts;
  const other = drift === undefined ? [] : [{ ...drift, observed: "3" }];
  expect(replacementKey({ ...replacement, drifts: other })).toBe(replacementKey(replacement));
  expect(replacementKey(restart)).toBe(null);
});

test("backoff grows by its factor up to its cap", () => {
  const backoff = { base: 500, factor: 2, cap: 10_000 };
  const delays = [0, 1, 2, 3, 4, 5, 6, 1000].map((attempt) => backoffDelay(attempt, backoff));
  expect(delays).toEqual([500, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
});
