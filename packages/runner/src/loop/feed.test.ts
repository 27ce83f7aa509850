import type { EngineEvent } from "@fleet/core";
import { containerConfig, ManualClock, memoryEngine } from "@fleet/core/testing";
import { expect, test } from "vitest";
import { Feed } from "./feed.ts";

function start() {
  const clock = new ManualClock();
  const engine = memoryEngine({ clock, images: { "fleet-test:1": {} } });
  const told: string[] = [];
  const feed = new Feed({
    engine,
    clock,
    onOpen: () => told.push("open"),
    onEvent: ({ action, name }: EngineEvent) => told.push(`${action} ${name}`),
    onLost: ({ code }) => told.push(`lost ${code}`),
  });
  const rest = async (): Promise<void> => {
    for (let round = 0; round < 10; round += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const opens = (): number => engine.calls.filter(({ verb }) => verb === "watchEvents").length;
  return { clock, engine, feed, told, rest, opens };
}

test("tells what happens, and opens anew what broke", async () => {
  const { clock, engine, feed, told, rest } = start();
  feed.start();
  await rest();
  engine.cutEvents();
  await rest();
  expect([told, feed.open]).toEqual([["open", "lost Unreachable"], false]);
  clock.advance(100);
  await rest();
  engine.addContainer("one", containerConfig(), "created");
  expect(told.slice(2)).toEqual(["open", "create one"]);
  feed.stop();
  await rest();
  expect([told.at(-1), clock.pending]).toEqual(["create one", 0]);
});

test("while nobody answers it asks more and more rarely, and says nothing of it", async () => {
  const { clock, engine, feed, told, rest, opens } = start();
  engine.setUnreachable(true);
  feed.start();
  await rest();
  for (let second = 0; second < 60; second += 1) {
    clock.advance(1_000);
    await rest();
  }
  expect(opens()).toBeGreaterThan(10);
  expect(opens()).toBeLessThan(25);
  expect(told).toEqual([]);
  engine.setUnreachable(false);
  clock.advance(5_000);
  await rest();
  expect(told).toEqual(["open"]);
  feed.stop();
});

test("one that seems to be dead is renewed", async () => {
  const { clock, engine, feed, told, rest } = start();
  feed.start();
  await rest();
  engine.muteEvents();
  engine.addContainer("one", containerConfig(), "created");
  feed.renew();
  await rest();
  clock.advance(100);
  await rest();
  engine.addContainer("two", containerConfig(), "created");
  expect(told).toEqual(["open", "lost Cancelled", "open", "create two"]);
  feed.stop();
});
