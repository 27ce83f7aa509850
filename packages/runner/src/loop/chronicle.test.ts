import type { ContainerConfig } from "@fleet/core";
import { containerConfig, instanceSpec, resolvedFleet } from "@fleet/core/testing";
import { expect, test } from "vitest";
import { fleetOf, LoopWorld } from "../../../../test/support/loop-world.ts";
import type { Evidence } from "../journal/entry.ts";

/** A world whose one container `test-a` is up, and whose past does not matter any more. */
async function standing(config: Partial<ContainerConfig> = {}, policy = {}): Promise<LoopWorld> {
  const world = await new LoopWorld(fleetOf(["a"], policy, { config: containerConfig(config) })).start();
  await world.advance(1_000);
  expect(await world.phases()).toEqual({ "test-a": "running" });
  world.events.length = 0;
  return world;
}

/** What was found out so far, in order. */
function evidence(world: LoopWorld): Evidence[] {
  return world.journal.entries().flatMap((entry) => (entry.kind === "evidence" ? [entry.evidence] : []));
}

const actions = ({ events }: Evidence): string[] => events.map(({ action }) => action);

const megabytes = (count: number): number => count * 2 ** 20;

test("a crash loop that the engine keeps up is told at each turn, with evidence, and until it has run for a while it is not ready", async () => {
  const world = await standing({ restart: { policy: "unless-stopped" } });
  for (let turn = 0; turn < 4; turn += 1) {
    world.engine.exit("test-a", 3);
    await world.rest();
    await world.advance(1_000);
    expect(await world.phases()).toEqual({ "test-a": "running" });
    expect(world.condition("a", "Ready")).toMatch(/^false/);
  }
  expect(world.told().filter((line) => !line.startsWith("Settled"))).toEqual([
    "ContainerRestarted a: test-a exited with 3: the engine restarts it",
    "ContainerRestarted a: test-a exited with 3: the engine restarted it once",
    "ContainerRestarted a: test-a exited with 3: the engine restarted it 2 times",
    "ContainerRestarted a: test-a exited with 3: the engine restarted it 3 times",
  ]);
  expect(world.told().filter((line) => line.startsWith("Settled"))).toEqual(["Settled a: restarting"]);
  expect(evidence(world)).toHaveLength(4);
  expect(evidence(world)[1]).toMatchObject({
    reason: "ContainerRestarted",
    container: { name: "test-a", state: { phase: "restarting", exitCode: 3 } },
    log: "",
  });
  expect(world.condition("a", "Ready")).toBe("false CrashLoop: the engine restarted it 4 times");
  await world.advance(12_000);
  expect(world.condition("a", "Ready")).toBe("true Running: running");
  expect(world.told().at(-1)).toBe("Settled a: running");
  world.engine.exit("test-a", 3);
  await world.rest();
  await world.advance(12_000);
  // The fifth within ten minutes.
  expect(world.condition("a", "Ready")).toBe("true Flapping: running, after it went away again and again");
});

test("what the engine restarted while nobody was told is told with what ended it", async () => {
  const world = await standing({ restart: { policy: "always" } });
  world.engine.hang("listContainers");
  world.engine.exit("test-a", 4);
  await world.rest();
  world.clock.advance(200);
  world.engine.clearFaults();
  await world.advance(12_000);
  const [told] = world.told().filter((line) => line.startsWith("Container"));
  expect(told).toBe("ContainerRestarted a: test-a exited with 4: the engine restarted it once");
});

test("a restart by hand is told, and one of ours is not", async () => {
  const sick = { healthcheck: { test: ["CMD", "false"], interval: 5_000, retries: 1 } };
  const world = await standing(sick);
  const { id } = await world.engine.inspectContainer("test-a");
  world.engine.stop("test-a");
  await world.engine.startContainer(id);
  await world.rest();
  expect(world.told().filter((line) => line.startsWith("Container"))).toEqual([
    "ContainerRestarted a: somebody restarted test-a",
  ]);
  const before = world.events.length;
  await world.advance(6_000);
  expect(world.acts().at(-1)).toBe(`startContainer ${id}`);
  expect(world.told(before).filter((line) => !line.startsWith("Settled"))).toEqual([
    "Unhealthy a: test-a fails its health check",
  ]);
});

test("a failed health check is told with what it said", async () => {
  const test = ["CMD", "sh", "-c", "echo no answer; exit 7"];
  const world = await standing({ healthcheck: { test, interval: 5_000, retries: 1 } });
  await world.advance(5_000);
  expect(evidence(world)[0]).toMatchObject({
    reason: "Unhealthy",
    container: { state: { lastCheck: { exitCode: 7, output: "no answer\n" } } },
  });
});

test("evidence is about one container, and what was told before is not told again", async () => {
  const world = await standing();
  world.engine.exit("test-a", 3);
  await world.rest();
  world.engine.exit("test-a", 4);
  await world.rest();
  // It waits before it starts it once more.
  world.engine.remove("test-a");
  await world.rest();
  await world.advance(30_000);
  world.engine.remove("test-a");
  await world.rest();
  const found = evidence(world);
  expect(found.map(({ reason }) => reason)).toEqual([
    "ContainerExited",
    "ContainerExited",
    "ContainerVanished",
    "ContainerVanished",
  ]);
  expect(found.map(actions)).toEqual([
    ["die", "disconnect"],
    ["die", "disconnect"],
    ["destroy"],
    ["kill", "die", "disconnect", "destroy"],
  ]);
  for (const { container, events } of found)
    expect(new Set(events.map(({ id }) => id))).toEqual(new Set([container?.id]));
});

test("what was said minutes ago is no evidence", async () => {
  const world = await standing();
  await world.engine.updateContainer("test-a", { pids: 99 });
  await world.advance(120_000, 5_000);
  world.engine.exit("test-a", 3);
  await world.rest();
  expect(evidence(world).map(actions)).toEqual([["die", "disconnect"]]);
});

test("what somebody changed by hand is told before it is mended, each time", async () => {
  const world = await standing({ memory: megabytes(256) });
  const { id } = await world.engine.inspectContainer("test-a");
  for (const memory of [megabytes(64), megabytes(64)]) {
    await world.engine.updateContainer("test-a", { memory, memorySwap: memory });
    await world.rest();
    await world.advance(5_000);
  }
  const drifted = expect.stringMatching(/^Drifted a: test-a drifted: resources\.memory 256Mi → 64Mi \(by hand\)/);
  expect(world.told().filter((line) => !line.startsWith("Settled"))).toEqual([drifted, drifted]);
  expect((await world.engine.inspectContainer(id)).config.memory).toBe(megabytes(256));
  const journal = world.journal.entries().flatMap((entry) => (entry.kind === "event" ? [entry.event.reason] : []));
  expect(journal.indexOf("Drifted")).toBeLessThan(journal.lastIndexOf("ActionStarted"));
  await world.engine.renameContainer(id, "mine");
  await world.rest();
  expect(world.told()).toContainEqual("Drifted a: test-a drifted: name test-a → mine (by hand)");
});

test("what the policy leaves to a person is told once, and what the spec changes is not told at all", async () => {
  const world = await standing({ memory: megabytes(256) });
  const fleet = fleetOf(["a"], {}, { config: containerConfig({ memory: megabytes(256) }) });
  const heal = { ...instanceSpec().heal, drift: "report" as const };
  const reporting = (memory: number) => ({
    ...fleet,
    instances: [instanceSpec({ name: "a", heal, config: containerConfig({ memory }) })],
  });
  world.loop.desire(reporting(megabytes(512)));
  await world.advance(5_000);
  expect(world.condition("a", "Synced")).toMatch(/^false Withheld/);
  expect(world.told().filter((line) => line.startsWith("Drifted"))).toEqual([]);
  await world.engine.updateContainer("test-a", { pids: 99 });
  await world.advance(1_300_000, 10_000);
  expect(world.told().filter((line) => line.startsWith("Drifted"))).toEqual([
    "Drifted a: test-a drifted: resources.pids none → 99 (by hand)",
  ]);
});

test("a source that somebody gave away is told, and so is a tag that moved", async () => {
  const mounts = [{ kind: "bind" as const, source: "/srv/a", target: "/data", readOnly: false }];
  const spec = instanceSpec({ name: "a", config: containerConfig({ mounts }) });
  const ownership = { uid: 1000, gid: 1000, mode: 0o755, repair: "auto" as const, recursive: false };
  const sources = spec.sources.map((source) => ({ ...source, ownership }));
  const world = await new LoopWorld(resolvedFleet([{ ...spec, sources }])).start();
  await world.advance(11_000);
  world.host.change("/srv/a", { uid: 0, gid: 0 });
  await world.advance(11_000);
  world.engine.addImage("fleet-test:1", { env: { REV: "2" } });
  await world.advance(11_000);
  expect(world.told().filter((line) => line.startsWith("Drifted"))).toEqual([
    "Drifted a: test-a drifted: ownership./srv/a 1000:1000 0755 → 0:0 0755 (on the host)",
    expect.stringMatching(/^Drifted a: test-a drifted: image sha256:\S+ → sha256:\S+ \(tag moved\)$/),
  ]);
});

test("a time of grace is none of the time that a reaction takes", async () => {
  const world = await standing();
  const before = world.reactions.length;
  world.engine.stop("test-a");
  await world.rest();
  await world.advance(11_000, 100);
  expect(await world.phases()).toEqual({ "test-a": "running" });
  expect(world.reactions.slice(before)).toEqual([0]);
});
