import { observe, planFleet } from "@fleet/core";
import {
  containerConfig,
  instanceSpec,
  ManualClock,
  memoryEngine,
  memoryHost,
  resolvedFleet,
} from "@fleet/core/testing";
import { applyFleet } from "@fleet/runner";
import { expect, test } from "vitest";
import { type InstanceStatus, statusReport } from "./report.ts";

test("one that the engine restarts again and again says so, until it has run for a while", async () => {
  const clock = new ManualClock();
  const host = memoryHost();
  const engine = memoryEngine({ clock, host, images: { "fleet-test:1": {} } });
  const config = containerConfig({ restart: { policy: "always" } });
  const fleet = resolvedFleet([instanceSpec({ name: "a", config })]);
  const { instances } = fleet;
  const look = async (): Promise<Partial<InstanceStatus> | undefined> => {
    const observation = await observe(engine, host, { fleet: fleet.name, instances, now: clock.now() });
    const plan = planFleet(fleet, observation, { address: engine.address });
    const [status] = statusReport(instances, observation, plan).instances;
    return status && { state: status.state, ready: status.ready, ...(status.reason && { reason: status.reason }) };
  };
  const applied = applyFleet({ engine, host, fleet, apply: ["a"], timeout: 60_000, clock });
  for (let round = 0; round < 200; round += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(10);
  }
  await applied;
  engine.exit("test-a", 3);
  expect(await look()).toEqual({ state: "restarting", ready: false, reason: "the engine restarts it, exit code 3" });
  clock.advance(1_000);
  expect(await look()).toEqual({ state: "restarting", ready: false, reason: "the engine restarted it once" });
  clock.advance(10_000);
  expect(await look()).toEqual({ state: "running", ready: true });
});
