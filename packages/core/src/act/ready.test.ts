import { expect, test } from "vitest";
import { memoryEngine } from "../engine/memory.ts";
import { ManualClock } from "../manual-clock.ts";
import { containerConfig } from "../spec/builders.ts";
import type { ContainerConfig } from "../spec/config.ts";
import type { Lifecycle } from "../spec/instance.ts";
import { awaitReady } from "./ready.ts";

const hot: Lifecycle = { kind: "hot" };
const lazy: Lifecycle = { kind: "lazy", idleStop: 60_000 };
const oneshot: Lifecycle = { kind: "oneshot" };

/** How a wait for a container of `config` ends, and after how many milliseconds. */
async function wait(config: Partial<ContainerConfig>, lifecycle: Lifecycle): Promise<string> {
  const clock = new ManualClock(0);
  const engine = memoryEngine({ clock, images: { "fleet-test:1": {} } });
  const id = engine.addContainer("one", containerConfig(config));
  const patience = {
    sleep: async (ms: number) => clock.advance(ms),
    now: clock.monotonic,
    readyTimeout: 5_000,
    settleTime: 300,
  };
  try {
    await awaitReady(engine, id, lifecycle, patience);
    return `ready after ${clock.now()}`;
  } catch (error) {
    return `${(error as { code: string }).code} ${(error as Error).message} after ${clock.now()}`;
  }
}

const check = (word: string, interval: number) => ({ healthcheck: { test: ["CMD", word], interval, retries: 1 } });

test.each<[string, Partial<ContainerConfig>, Lifecycle, string]>([
  ["without a check: has kept running", {}, hot, "ready after 300"],
  ["with one: healthy", check("true", 1_000), hot, "ready after 1000"],
  ["with one: unhealthy", check("false", 1_000), hot, "Refused one did not become ready: unhealthy after 1000"],
  ["with one that takes longer than anybody would wait without", check("true", 60_000), hot, "ready after 60000"],
  ["exits at once", { command: ["false"] }, hot, "Refused one did not become ready: exited 1 after 0"],
  ["exits at once, and with 0", { command: ["true"] }, hot, "Refused one did not become ready: exited 0 after 0"],
  [
    "exits before it has settled",
    { command: ["sleep", "0.2"] },
    hot,
    "Refused one did not become ready: exited 0 after 200",
  ],
  ["a lazy one: has kept running", {}, lazy, "ready after 300"],
  ["a lazy one that exits", { command: ["true"] }, lazy, "Refused one did not become ready: exited 0 after 0"],
  ["a one-shot that is done", { command: ["true"] }, oneshot, "ready after 0"],
  ["a one-shot that failed", { command: ["false"] }, oneshot, "Refused one did not become ready: exited 1 after 0"],
  ["a one-shot at its work", { command: ["sleep", "100"] }, oneshot, "ready after 300"],
  [
    "one that the engine starts again and again",
    { command: ["sh", "-c", "sleep 0.2; exit 3"], restart: { policy: "always" } },
    hot,
    "Refused one did not become ready: the engine restarted it 3 times after 1300",
  ],
])("%s", async (_what, config, lifecycle, expected) => {
  expect(await wait(config, lifecycle)).toEqual(expected);
});

test("a container that is gone is said to be", async () => {
  const clock = new ManualClock(0);
  const engine = memoryEngine({ clock });
  const patience = { sleep: async () => undefined, now: clock.monotonic, readyTimeout: 5_000, settleTime: 300 };
  await expect(awaitReady(engine, "gone", hot, patience)).rejects.toMatchObject({ code: "NotFound" });
});

test("one that somebody pauses is not waited for", async () => {
  const clock = new ManualClock(0);
  const engine = memoryEngine({ clock, images: { "fleet-test:1": {} } });
  const id = engine.addContainer("one", containerConfig());
  const pause = async (): Promise<void> => engine.pause("one");
  const patience = { sleep: pause, now: clock.monotonic, readyTimeout: 5_000, settleTime: 300 };
  await expect(awaitReady(engine, id, hot, patience)).rejects.toMatchObject({
    code: "Refused",
    message: "one did not become ready: paused",
  });
});
