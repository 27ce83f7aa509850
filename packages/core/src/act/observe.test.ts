import { describe, expect, test } from "vitest";
import { memoryEngine } from "../engine/memory.ts";
import { FleetError } from "../errors.ts";
import { memoryHost } from "../host/memory.ts";
import { ManualClock } from "../manual-clock.ts";
import { containerConfig, instanceSpec, sourceSpec } from "../spec/builders.ts";
import { observe } from "./observe.ts";

const ours = (instance: string) => containerConfig({ labels: { "fleet.name": "test", "fleet.instance": instance } });

function world() {
  const clock = new ManualClock();
  return { clock, engine: memoryEngine({ clock, images: { "fleet-test:1": {} } }), host: memoryHost() };
}

const names = (found: Readonly<Record<string, readonly { readonly name: string }[]>>) =>
  Object.fromEntries(Object.entries(found).map(([instance, list]) => [instance, list.map(({ name }) => name)]));

test("what is ours is inspected by instance, sorted by name; the rest is known by name", async () => {
  const { engine, host } = world();
  for (const name of ["zz", "test-a.old", "test-a"]) engine.addContainer(name, ours("a"));
  engine.addContainer("theirs", containerConfig());
  const found = await observe(engine, host, { fleet: "test", instances: [instanceSpec({ name: "a" })], now: 7 });
  expect(names(found.containers)).toEqual({ a: ["test-a", "test-a.old", "zz"] });
  expect(Object.keys(found.foreign)).toEqual(["theirs"]);
  expect(Object.keys(found.images)).toEqual(["fleet-test:1"]);
  expect([found.at, [...found.networks]]).toEqual([7, ["bridge", "host", "none"]]);
});

test("only the names asked for are inspected, and the others of ours are not foreign", async () => {
  const { engine, host } = world();
  for (const name of ["a", "b"]) engine.addContainer(`test-${name}`, ours(name));
  const request = { fleet: "test", instances: [], names: new Set(["b"]), now: 0 };
  const found = await observe(engine, host, request);
  expect([names(found.containers), Object.keys(found.foreign)]).toEqual([{ b: ["test-b"] }, []]);
  expect(engine.calls.filter(({ verb }) => verb === "inspectContainer").length).toBe(1);
});

test("a container that goes between list and inspect is not there", async () => {
  const { engine, host } = world();
  for (const name of ["a", "b"]) engine.addContainer(`test-${name}`, ours(name));
  const off = engine.onCall(({ verb }) => {
    if (verb !== "inspectContainer") return;
    off();
    engine.remove("test-a");
  });
  const found = await observe(engine, host, { fleet: "test", instances: [], now: 0 });
  expect(names(found.containers)).toEqual({ b: ["test-b"] });
});

test("the image that a container runs is known also when its name has moved on", async () => {
  const { engine, host } = world();
  const spec = instanceSpec({ name: "a" });
  engine.addContainer("test-a", ours("a"));
  const before = await engine.inspectImage("fleet-test:1");
  const moved = engine.addImage("fleet-test:1");
  const found = await observe(engine, host, { fleet: "test", instances: [spec], now: 0 });
  expect(Object.entries(found.images).map(([ref, { id }]) => [ref, id])).toEqual([
    ["fleet-test:1", moved],
    [before?.id, before?.id],
  ]);
});

test("sources are looked at once each; what is missing is said", async () => {
  const { engine, host } = world();
  host.addDirectory("/srv/x", { uid: 7 });
  const sources = [sourceSpec({ path: "/srv/x" }), sourceSpec({ path: "/srv/y" })];
  const instances = ["a", "b"].map((name) => instanceSpec({ name, sources }));
  const found = await observe(engine, host, { fleet: "test", instances, now: 0 });
  expect(found.sources).toMatchObject({
    "/srv/x": { kind: "present", uid: 7 },
    "/srv/y": { kind: "missing", ancestor: "/srv" },
  });
});

test("C39: stale mounts by container; of running ones alone, and only where spec and container bind the same", async () => {
  const host = memoryHost();
  const engine = memoryEngine({ clock: new ManualClock(), images: { "fleet-test:1": {} }, host });
  const bind = (source: string) => ({ kind: "bind", source, target: "/data", readOnly: false }) as const;
  host.addDirectory("/srv/x");
  host.addDirectory("/srv/y");
  const add = (instance: string) =>
    engine.addContainer(`test-${instance}`, containerConfig({ ...ours(instance), mounts: [bind("/srv/x")] }));
  const [a] = ["a", "b", "moved", "bare"].map(add);
  engine.stop("test-b");
  host.remove("/srv/x");
  host.addDirectory("/srv/x");
  const spec = (name: string, mounts: readonly ReturnType<typeof bind>[]) =>
    instanceSpec({ name, config: containerConfig({ mounts }) });
  const instances = [
    ...["a", "b"].map((name) => spec(name, [bind("/srv/x")])),
    spec("moved", [bind("/srv/y")]),
    spec("bare", []),
  ];
  const found = await observe(engine, host, { fleet: "test", instances, now: 0 });
  expect(found.staleMounts).toEqual({
    [a ?? ""]: {
      "/data": { mounted: { device: 1, inode: 4 }, removed: true, source: { device: 1, inode: 6 } },
    },
  });
});

describe("law 1", () => {
  const verbs = ["info", "listContainers", "inspectContainer", "inspectImage", "listVolumes", "listNetworks"] as const;
  test.each(verbs)("%s that fails fails the whole look: nothing is taken for missing", async (verb) => {
    const { engine, host } = world();
    engine.addContainer("test-a", ours("a"));
    engine.fail(verb, 1, new FleetError("Timeout", "no answer"));
    const look = observe(engine, host, { fleet: "test", instances: [instanceSpec({ name: "a" })], now: 0 });
    await expect(look).rejects.toMatchObject({ code: "Timeout" });
  });
});

test("law 2: looking sends nothing that changes anything", async () => {
  const { engine, host } = world();
  engine.addContainer("test-a", ours("a"));
  await observe(engine, host, { fleet: "test", instances: [instanceSpec({ name: "a" })], now: 0 });
  expect(engine.calls.filter(({ mutating }) => mutating)).toEqual([]);
});
