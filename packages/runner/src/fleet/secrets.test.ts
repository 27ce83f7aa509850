import { inspect } from "node:util";
import { FleetError } from "@fleet/core";
import { ManualClock, memoryEngine, memoryHost } from "@fleet/core/testing";
import { afterEach, expect, test } from "vitest";
import { defineFleet } from "./define-fleet.ts";
import type { SecretProvider } from "./desired.ts";
import { type Fleet, openFleet } from "./open-fleet.ts";

const clock = new ManualClock();
const host = memoryHost();
const image = { command: ["sleep", "infinity"] };
const engine = memoryEngine({ clock, host, images: { "fleet-test:1": image } });
const events: unknown[] = [];
let fleet: Fleet;

afterEach(() => fleet.stop());

async function standing(secrets: SecretProvider): Promise<void> {
  const env = { TOKEN: { secret: "TOKEN" } };
  fleet = await openFleet({
    spec: () =>
      defineFleet({
        apiVersion: "fleet/v1",
        kind: "Fleet",
        metadata: { name: "test" },
        spec: { instances: [{ name: "a", image: "fleet-test:1", env }] },
      }),
    secrets,
    engine,
    host,
    clock,
    onEvent: (event) => events.push(event),
  });
  await fleet.start();
  await until(() => fleet.instance("a")?.phase === "settled");
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) {
    clock.advance(100);
    for (let round = 0; round < 20; round += 1) await new Promise((resolve) => setImmediate(resolve));
  }
}

test("however an embedder prints what it gets, no value is in it, of what failed neither", async () => {
  let value = "hunter2-first";
  await standing(() => value);
  engine.fail("createContainer", () => true, new FleetError("Refused", "no space left"));
  value = "hunter2-second";
  await Promise.all([fleet.reconcile(), until(() => fleet.instance("a")?.phase === "backingOff")]);
  const outputs = [events, fleet.status(), fleet.instance("a"), await fleet.plan()];
  engine.clearFaults();
  const printed = outputs.flatMap((output) => [
    JSON.stringify(output),
    inspect(output, { depth: Number.POSITIVE_INFINITY, showHidden: true }),
    inspect(output, { depth: Number.POSITIVE_INFINITY, customInspect: false, getters: true }),
    inspect(structuredClone(output), { depth: Number.POSITIVE_INFINITY }),
  ]);
  // They tell what differs, and what is to be made.
  expect(printed.filter((text) => text.includes("env.TOKEN"))).toHaveLength(printed.length);
  expect(printed.filter((text) => text.includes("hunter2"))).toEqual([]);
});

test("a provider that fails later leaves the last values in force, and says so", async () => {
  let fails = false;
  await standing(async () => {
    if (fails) throw new Error("the store is sealed");
    return "hunter2";
  });
  const before = await engine.inspectContainer("test-a");
  fails = true;
  await fleet.reconcile();
  expect(fleet.status().specError).toBe("Error: the store is sealed");
  engine.remove("test-a");
  await until(() => fleet.instance("a")?.phase === "settled" && fleet.instance("a")?.id !== before.id);
  expect((await engine.inspectContainer("test-a")).config.env).toEqual(before.config.env);
  fails = false;
  await fleet.reconcile();
  expect(fleet.status().specError).toBe(undefined);
});
