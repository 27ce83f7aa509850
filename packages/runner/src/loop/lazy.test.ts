import type { InstanceSpec } from "@fleet/core";
import { describe, expect, test } from "vitest";
import { fleetOf, LoopWorld } from "../../../../test/support/loop-world.ts";

const hot: Partial<InstanceSpec> = { lifecycle: { kind: "hot" } };
/** Milliseconds. */
const lazy = (idleStop: number): Partial<InstanceSpec> => ({ lifecycle: { kind: "lazy", idleStop } });

async function standing(changes: Partial<InstanceSpec>): Promise<LoopWorld> {
  const world = await new LoopWorld(fleetOf(["a"], {}, changes)).start();
  await world.advance(1_000);
  return world;
}

async function lease(world: LoopWorld) {
  const acquired = await world.loop.acquire("a", { holder: "task-1", ttl: 3_600_000 });
  if (!acquired.ok) throw new Error(acquired.message);
  return acquired.lease;
}

const phase = async (world: LoopWorld): Promise<string | undefined> => (await world.phases())["test-a"];
const id = async (world: LoopWorld): Promise<string> => (await world.engine.inspectContainer("test-a")).id;

describe("in sync", () => {
  test("one that is stopped, by whomever, is in sync and ready to be used", async () => {
    const world = await standing(lazy(60_000));
    const before = world.calls;
    for (const happen of [
      () => undefined,
      () => world.engine.startContainer("test-a"),
      () => world.engine.stop("test-a"),
    ]) {
      await happen();
      await world.advance(20_000);
      expect(world.condition("a", "Synced")).toBe("true InSync: as its spec says");
      expect(world.condition("a", "Ready")).toMatch(/^true /);
    }
    expect(world.acts(before)).toEqual([expect.stringMatching(/^startContainer test-a/)]);
  });

  test("one that is missing is not: it is made, and not started", async () => {
    const world = await standing(lazy(60_000));
    const old = await id(world);
    const before = world.calls;
    world.engine.delay("createContainer", 5_000);
    world.engine.remove("test-a");
    await world.rest();
    expect(world.loop.instance("a")).toMatchObject({
      state: "missing",
      plan: { verdict: "pending", remedy: "create" },
    });
    await world.advance(60_000);
    expect([await phase(world), (await id(world)) === old]).toEqual(["created", false]);
    expect(world.acts(before).filter((act) => act.startsWith("start"))).toEqual([]);
  });
});

describe("a change of the lifecycle replaces nothing", () => {
  test("a shorter idleStop holds at once, and a longer one too", async () => {
    const world = await standing(lazy(300_000));
    const container = await id(world);
    for (const [idleStop, before, after] of [
      [60_000, 58_000, 4_000],
      [120_000, 118_000, 4_000],
    ] as const) {
      (await lease(world)).release();
      expect(await phase(world)).toBe("running");
      const calls = world.calls;
      world.loop.desire(fleetOf(["a"], {}, lazy(idleStop)));
      await world.advance(before);
      expect([await phase(world), world.acts(calls)]).toEqual(["running", []]);
      await world.advance(after);
      expect([await phase(world), await id(world)]).toEqual(["exited", container]);
    }
  });

  test("from hot to lazy: it runs on while it is used, and is stopped once nobody has used it for idleStop", async () => {
    const world = await standing(hot);
    const container = await id(world);
    const held = await lease(world);
    const before = world.calls;
    world.loop.desire(fleetOf(["a"], {}, lazy(60_000)));
    await world.advance(300_000, 5_000);
    expect([await phase(world), world.acts(before)]).toEqual(["running", []]);
    held.release();
    await world.advance(58_000);
    expect([await phase(world), world.acts(before)]).toEqual(["running", []]);
    await world.advance(4_000);
    expect([await phase(world), await id(world)]).toEqual(["exited", container]);
  });

  test("from lazy to hot: one that is stopped is started, and stays up", async () => {
    const world = await standing(lazy(60_000));
    const container = await id(world);
    world.loop.desire(fleetOf(["a"], {}, hot));
    await world.advance(600_000, 5_000);
    expect([await phase(world), await id(world)]).toEqual(["running", container]);
  });

  test("from lazy to hot while its stop is due: it stays up", async () => {
    const world = await standing(lazy(60_000));
    (await lease(world)).release();
    await world.advance(59_000);
    const before = world.calls;
    world.loop.desire(fleetOf(["a"], {}, hot));
    await world.advance(600_000, 5_000);
    expect([await phase(world), world.acts(before)]).toEqual(["running", []]);
  });

  test("from lazy to hot right after fleet stopped it: it is started at once, and nobody else is said to have stopped it", async () => {
    const world = await standing(lazy(60_000));
    (await lease(world)).release();
    await world.advance(61_000);
    expect(await phase(world)).toBe("exited");
    const before = world.events.length;
    world.loop.desire(fleetOf(["a"], {}, hot));
    await world.rest();
    expect(await phase(world)).toBe("running");
    expect(world.told(before).filter((line) => line.startsWith("ContainerStoppedOutside"))).toEqual([]);
  });
});
