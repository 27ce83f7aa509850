import type { InstanceStatus } from "@fleet/core";
import { expect, test } from "vitest";
import { condition, instanceStatus } from "../../../../test/support/standing-loop.ts";
import { pickReady } from "./pick.ts";

const lease = { holder: "task-1", since: 0, until: 60_000 };
const running = (name: string, tasks = 0): InstanceStatus =>
  instanceStatus(name, { leases: Array.from({ length: tasks }, () => lease) });
const stopped = (name: string, tasks = 0): InstanceStatus => ({ ...running(name, tasks), state: "idle" });

const any = (): boolean => true;
const pick = (...instances: InstanceStatus[]): string | undefined => pickReady(instances, any)?.instance;

test("running before stopped, then free before busy, then who has less to do, then by name", () => {
  const inOrder = [
    running("z-free"),
    running("a-busy", 1),
    running("b-busy", 1),
    running("a-busier", 2),
    stopped("b-stopped"),
    stopped("c-stopped"),
    stopped("a-waited-for", 1),
  ];
  const picked = inOrder.map((_, index) => pick(...inOrder.slice(index).reverse()));
  expect(picked).toEqual(inOrder.map(({ instance }) => instance));
});

test.each([
  ["takes no more work", { draining: true }],
  ["is suspended", { phase: "suspended" }],
  ["has stalled", { phase: "stalled" }],
  ["is not ready", { conditions: [condition("Ready", "false")] }],
  ["is not known, since the engine does not answer", { conditions: [condition("Ready", "unknown")] }],
  ["was not looked at yet", { conditions: [] }],
] satisfies [string, Partial<InstanceStatus>][])("one that %s is not picked", (_what, changes) => {
  expect(pick(instanceStatus("a", changes))).toBe(undefined);
  expect(pick(instanceStatus("a", changes), stopped("b", 3))).toBe("b");
});

test("one that is to be replaced once its tasks have ended can take more", () => {
  expect(pick(instanceStatus("a", { phase: "deferred", leases: [lease] }))).toBe("a");
});

test("only what the selector accepts", () => {
  const all = [running("boss-1"), stopped("dev-2"), running("dev-1", 1)];
  const ofType = (type: string) => pickReady(all, ({ instance }) => instance.startsWith(type))?.instance;
  expect([ofType("dev-"), ofType("boss-"), ofType("designer-")]).toEqual(["dev-1", "boss-1", undefined]);
});
