import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FleetSpec } from "@fleet/core";
import { ManualClock, memoryEngine, memoryHost } from "@fleet/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { defineFleet } from "./define-fleet.ts";
import { type Fleet, type OpenFleetOptions, openFleet } from "./open-fleet.ts";

const clock = new ManualClock();
const host = memoryHost();
const engine = memoryEngine({ clock, host, images: { "fleet-test:1": { command: ["sleep", "infinity"] } } });
const spec = defineFleet({
  apiVersion: "fleet/v1",
  kind: "Fleet",
  metadata: { name: "test" },
  spec: { instances: [{ name: "a", image: "fleet-test:1", env: { TOKEN: { secret: "TOKEN" } } }] },
});
const forever = <T>(): Promise<T> => new Promise(() => undefined);
const cancelled = { name: "FleetError", code: "Cancelled" };

let fleet: Fleet;
let folder: string;
const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fleet-abort-"));
  process.on("unhandledRejection", note);
});
afterEach(async () => {
  engine.clearFaults();
  await fleet.stop();
  await rest();
  process.off("unhandledRejection", note);
  rmSync(folder, { recursive: true });
  expect([unhandled.splice(0), clock.pending]).toEqual([[], 0]);
});

async function rest(): Promise<void> {
  for (let round = 0; round < 40; round += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function open(more: Partial<OpenFleetOptions> = {}): Promise<Fleet> {
  fleet = await openFleet({ spec: () => spec, secrets: () => "t0ken", engine, host, clock, ...more });
  return fleet;
}

async function standing(more: Partial<OpenFleetOptions> = {}): Promise<Fleet> {
  await (await open(more)).start();
  while (fleet.status().instances.some(({ phase }) => phase !== "settled")) {
    clock.advance(100);
    await rest();
  }
  return fleet;
}

/** What a call that is aborted once it waits rejects with. */
async function aborted(call: (signal: AbortSignal) => Promise<unknown>): Promise<unknown> {
  const ending = new AbortController();
  const rejected = call(ending.signal).catch((error: unknown) => error);
  await rest();
  ending.abort();
  return rejected;
}

describe("start", () => {
  test.each([
    ["the spec's provider", { spec: () => forever<FleetSpec>() }],
    ["the secrets' provider", { secrets: () => forever<string>() }],
  ])("gives up on %s, and may be tried again", async (_what, more) => {
    let watched = 0;
    const watchSpec = (): (() => void) => {
      watched += 1;
      return () => {
        watched -= 1;
      };
    };
    await open({ ...more, watchSpec });
    for (let round = 0; round < 2; round += 1) {
      expect(await aborted((signal) => fleet.start({ signal }))).toMatchObject(cancelled);
      expect([watched, clock.pending]).toEqual([0, 0]);
    }
  });

  test("gives up on an engine that hangs, and leaves nothing locked", async () => {
    engine.hang("info");
    await open({ stateFolder: folder });
    expect(await aborted((signal) => fleet.start({ signal }))).toMatchObject(cancelled);
    expect(readdirSync(join(folder, "test")).filter((file) => file.includes(".lock"))).toEqual([]);
    engine.clearFaults();
    clock.advance(5_000);
    await fleet.start();
    expect(fleet.status().fleet).toBe("test");
  });

  test("one that is aborted before does nothing", async () => {
    await open();
    const before = engine.calls.length;
    await expect(fleet.start({ signal: AbortSignal.abort() })).rejects.toMatchObject(cancelled);
    expect(engine.calls.length).toBe(before);
  });
});

test("reconcile gives up on a provider, and on what is not done yet: that goes on", async () => {
  let hangs = false;
  await standing({ spec: () => (hangs ? forever() : spec) });
  engine.delay("createContainer", 5_000);
  engine.remove("test-a");
  expect(await aborted((signal) => fleet.reconcile("a", { signal }))).toMatchObject(cancelled);
  clock.advance(5_000);
  await rest();
  expect((await engine.listContainers()).map(({ name }) => name)).toEqual(["test-a"]);
  hangs = true;
  expect(await aborted((signal) => fleet.reconcile(undefined, { signal }))).toMatchObject(cancelled);
});

test("plan gives up on an engine that hangs", async () => {
  await standing();
  engine.hang("listContainers");
  expect(await aborted((signal) => fleet.plan({ signal }))).toMatchObject(cancelled);
});

test("a watcher that cannot be ended keeps nothing from stopping", async () => {
  await standing({
    watchSpec: () => () => {
      throw new Error("the subscription is gone");
    },
  });
  await fleet.stop();
  expect(() => fleet.status()).toThrow("the fleet is not started");
});
