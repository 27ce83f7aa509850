import { instanceSpec, ManualClock, memoryEngine, memoryHost, resolvedFleet } from "@fleet/core/testing";
import { expect, onTestFinished, test } from "vitest";
import { memoryJournal } from "../journal/memory.ts";
import { Loop } from "./loop.ts";
import { memoryStore } from "./memory-store.ts";

const names = Array.from({ length: 1_000 }, (_, index) => `w${String(index).padStart(3, "0")}`);

/** A fleet of a thousand that is being brought up. */
async function thousand() {
  const clock = new ManualClock();
  const host = memoryHost();
  const engine = memoryEngine({ clock, host, images: { "fleet-test:1": {} } });
  const loop = new Loop({
    engine,
    host,
    fleet: resolvedFleet(names.map((name) => instanceSpec({ name }))),
    journal: memoryJournal(),
    store: memoryStore(),
    clock,
    program: { pid: 1, version: "0" },
  });
  onTestFinished(() => loop.stop());
  await loop.start();
  await loop.idle();
  return { engine, loop };
}

/** How many calls of each kind. */
function count(calls: readonly { readonly verb: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { verb } of calls) counts[verb] = (counts[verb] ?? 0) + 1;
  return counts;
}

test("a fleet of a thousand converges with few lists and one inspect for each container", async () => {
  const { engine, loop } = await thousand();
  const states = loop.status().instances.map(({ instance, phase, state }) => `${instance} ${phase} ${state}`);
  expect(states).toEqual(names.map((name) => `${name} settled running`));
  const { listContainers = 0, ...rest } = count(engine.calls);
  expect(rest).toEqual({
    watchEvents: 1,
    info: 1,
    inspectImage: 2,
    createContainer: 1_000,
    startContainer: 1_000,
    inspectContainer: 1_000,
  });
  // One more when the stream of events has opened.
  expect(listContainers).toBe(3);
});

test("a wake of one in a thousand inspects that one alone", async () => {
  const { engine, loop } = await thousand();
  const before = engine.calls.length;
  loop.wake("w500");
  await loop.idle();
  const calls = engine.calls.slice(before).map(({ verb, target }) => [verb, target].join(" ").trim());
  const inspected = `inspectContainer ${loop.instance("w500")?.id}`;
  expect(calls.sort()).toEqual([inspected, "inspectImage fleet-test:1", "listContainers"]);
});

test("one in a thousand that vanished is back, and nobody else is looked at", async () => {
  const { engine, loop } = await thousand();
  const before = engine.calls.length;
  engine.remove("test-w500");
  await loop.idle();
  const id = loop.instance("w500")?.id;
  const single = engine.calls
    .slice(before)
    .flatMap(({ verb, target }) => (verb.endsWith("Container") ? [[verb, target].join(" ")] : []));
  expect(new Set(single)).toEqual(
    new Set(["createContainer test-w500", `startContainer ${id}`, `inspectContainer ${id}`]),
  );
  expect(single.length).toBeLessThan(8);
});
