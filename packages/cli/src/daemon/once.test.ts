import type { Condition, FleetStatus, InstanceStatus } from "@fleet/core";
import { expect, test } from "vitest";
import { isAtRest, onceCode } from "./once.ts";

type Statuses = readonly [ready: Condition["status"], synced: Condition["status"], progressing: Condition["status"]];

function instance([ready, synced, progressing]: Statuses, phase: InstanceStatus["phase"] = "settled"): InstanceStatus {
  const condition = (type: Condition["type"], status: Condition["status"]): Condition => ({
    type,
    status,
    reason: "Running",
    message: "",
    since: 0,
  });
  return {
    instance: "web",
    container: "demo-web",
    phase,
    state: "running",
    conditions: [condition("Ready", ready), condition("Synced", synced), condition("Progressing", progressing)],
    plan: null,
    withheld: [],
    leases: [],
    attempts: 0,
  };
}

function fleet(instances: readonly InstanceStatus[], over: Partial<FleetStatus> = {}): FleetStatus {
  return {
    schema: "fleet.loop/v1",
    fleet: "demo",
    at: 0,
    engine: { address: "unix:///s", reachable: true },
    ready: true,
    mode: "converge",
    instances,
    ...over,
  };
}

const fine = instance(["true", "true", "false"]);

test.each([
  ["all is done", fleet([fine]), true],
  ["one is acted upon", fleet([fine, instance(["false", "false", "true"], "acting")]), false],
  ["one waits before it is tried again", fleet([instance(["false", "true", "true"], "backingOff")]), false],
  ["one is looked at, while what was said of it stands", fleet([{ ...fine, phase: "observing" }]), false],
  ["one needs a person", fleet([instance(["false", "false", "false"], "stalled")]), true],
  ["not everything was looked at", fleet([fine], { ready: false }), false],
])("whether it is at rest when %s", (_when, status, expected) => {
  expect(isAtRest(status)).toBe(expected);
});

test.each([
  ["all is ready and in sync", fleet([fine]), 0],
  ["there is nothing", fleet([]), 0],
  ["one is gone, as it should be", fleet([instance(["false", "false", "false"], "retired")]), 0],
  ["one is not ready", fleet([fine, instance(["false", "true", "false"])]), 3],
  ["something is left to a person", fleet([instance(["true", "false", "false"])]), 3],
  ["everything is held", fleet([fine], { hold: { kind: "Breaker", message: "too much is gone" } }), 3],
  ["the engine does not answer", fleet([fine], { engine: { address: "unix:///s", reachable: false } }), 1],
])("the exit code when %s", (_when, status, expected) => {
  expect(onceCode(status)).toBe(expected);
});
