import type { InstanceSpec } from "@fleet/core";
import { containerConfig, instanceSpec, ManualClock, memoryEngine, memoryHost } from "@fleet/core/testing";
import { expect, test } from "vitest";
import { Looks } from "./looks.ts";

const specs = new Map<string, InstanceSpec>(["a", "b", "c"].map((name) => [name, instanceSpec({ name })]));
const ours = (name: string) =>
  containerConfig({ labels: { "fleet.name": "test", "fleet.instance": name, "fleet.schema": "1" } });

function start(signal = new AbortController().signal) {
  const clock = new ManualClock();
  const engine = memoryEngine({ clock, images: { "fleet-test:1": {} } });
  for (const name of ["a", "b", "c"]) engine.addContainer(`test-${name}`, ours(name));
  const looks = new Looks({
    engine,
    host: memoryHost(),
    fleet: "test",
    spec: (name) => specs.get(name),
    clock,
    signal,
  });
  const lists = () => engine.calls.filter((call) => call.verb === "listContainers").length;
  return { engine, looks, lists, clock };
}

test("those who ask at once share one list, and only what they asked for is inspected", async () => {
  const { engine, looks, lists } = start();
  const [a, b] = await Promise.all([looks.look(["a"]), looks.look(["b"])]);
  expect(a).toBe(b);
  expect(Object.keys(a?.containers ?? {})).toEqual(["a", "b"]);
  expect(lists()).toBe(1);
  expect(engine.calls.filter((call) => call.verb === "inspectContainer").length).toBe(2);
});

test("law 5: who asks during a look gets one that began later", async () => {
  const { engine, looks, lists } = start();
  const first = looks.look(["a"]);
  const asked = new Promise<void>((resolve) => {
    const off = engine.onCall((call) => {
      if (call.verb !== "inspectContainer") return;
      off();
      engine.remove("test-b");
      resolve();
    });
  });
  await asked;
  const second = looks.look(["b"]);
  const third = looks.look(["c"]);
  expect(Object.keys((await first).containers)).toEqual(["a"]);
  expect(await second).toBe(await third);
  expect(Object.keys((await second).containers)).toEqual(["c"]);
  expect(lists()).toBe(2);
});

test("a look that fails fails those who shared it, and nobody after them", async () => {
  const { engine, looks } = start();
  engine.setUnreachable(true);
  const both = await Promise.allSettled([looks.look(["a"]), looks.look(["b"])]);
  expect(both).toMatchObject([
    { status: "rejected", reason: { code: "Unreachable" } },
    { status: "rejected", reason: { code: "Unreachable" } },
  ]);
  engine.setUnreachable(false);
  expect(Object.keys((await looks.look(["a"])).containers)).toEqual(["a"]);
});

test("law 1: another engine that answers at the address is as good as none", async () => {
  const { engine, looks } = start();
  await looks.look(["a"]);
  engine.replaceEngineId();
  await expect(looks.look(["a"])).rejects.toMatchObject({ code: "Unreachable" });
});

test("a look under way ends with the run, and leaves no timer", async () => {
  const ended = new AbortController();
  const { engine, looks, clock } = start(ended.signal);
  engine.hang("listContainers");
  const look = looks.look(["a"]);
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  ended.abort();
  await expect(look).rejects.toMatchObject({ code: "Cancelled" });
  expect(clock.pending).toBe(0);
});

test("law 6: one container that never answers holds up nobody but those who asked for it", async () => {
  const { engine, looks, clock } = start();
  const hung = (await engine.inspectContainer("test-a")).id;
  engine.hang("inspectContainer", ({ target }) => target === hung);
  const looked = Promise.allSettled([looks.look(["a"]), looks.look(["b"]), looks.look(["c"])]);
  for (let second = 0; second < 100; second += 1) {
    clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await looked).toMatchObject([
    { status: "rejected", reason: { code: "Timeout" } },
    { status: "fulfilled", value: { containers: { b: [{ name: "test-b" }] } } },
    { status: "fulfilled", value: { containers: { c: [{ name: "test-c" }] } } },
  ]);
});

test("looks that take long leave half of the time to others, after a first one at once", async () => {
  const { engine, looks, lists, clock } = start();
  const passes = async (milliseconds: number): Promise<number> => {
    clock.advance(milliseconds);
    for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    return lists();
  };
  engine.delay("listContainers", 400);
  const first = looks.look(["a"]);
  expect([await passes(0), await passes(400)]).toEqual([1, 1]);
  await first;
  const second = looks.look(["a"]);
  // As long as the first took, less the credit of 250 ms.
  expect([await passes(0), await passes(149), await passes(1), await passes(400)]).toEqual([1, 1, 2, 2]);
  await second;
  // Now there is no credit left.
  const third = looks.look(["a"]);
  expect([await passes(0), await passes(399), await passes(1), await passes(400)]).toEqual([2, 2, 3, 3]);
  await third;
  await passes(10_000);
  void looks.look(["a"]);
  expect(await passes(0)).toBe(4);
});
