import { FleetError, type FleetPolicy, type InstanceSpec, type Remedy, type ResolvedFleet } from "@fleet/core";
import { containerConfig, instanceSpec } from "@fleet/core/testing";
import { describe, expect, test } from "vitest";
import { fleetOf, LoopWorld } from "../../../../test/support/loop-world.ts";
import type { LoopHooks } from "./hooks.ts";

type Changes = Partial<InstanceSpec>;

/** What is to be done to a busy container, and how that comes about. */
interface Due {
  readonly what: string;
  readonly remedy: Remedy;
  readonly changes?: Changes;
  /** `fleet`: the same with other changes; none without the instance. */
  readonly happen: (world: LoopWorld, fleet: (changes?: Changes) => ResolvedFleet) => void;
}

const { heal } = instanceSpec();
const bound = { kind: "bind" as const, source: "/srv/a", target: "/work", readOnly: false };

const due: readonly Due[] = [
  {
    what: "a replacement for another spec",
    remedy: "replace",
    happen: ({ loop }, fleet) => loop.desire(fleet({ config: containerConfig({ env: { REV: "2" } }) })),
  },
  {
    what: "a replacement for another image of the same tag",
    remedy: "replace",
    happen: ({ engine }) => void engine.addImage("fleet-test:1"),
  },
  {
    what: "a restart of one that is unhealthy",
    remedy: "restart",
    changes: { config: containerConfig({ healthcheck: { test: ["CMD", "true"], interval: 3_600_000, retries: 1 } }) },
    happen: ({ engine }) => engine.setHealth("test-a", "unhealthy"),
  },
  {
    what: "a restart for a source that was replaced",
    remedy: "restart",
    changes: { config: containerConfig({ mounts: [bound] }), heal: { ...heal, staleMount: "restart" } },
    happen: ({ host, loop }) => {
      host.rename("/srv/a", "/srv/old");
      host.addDirectory("/srv/a");
      loop.wake("a");
    },
  },
  {
    what: "the removal of one that nobody wants any more",
    remedy: "remove",
    happen: ({ loop }, fleet) => loop.desire(fleet()),
  },
];

/** A world in which nothing is due yet; `happen` changes that. */
async function quiet({ changes = {}, happen }: Due, policy: Partial<FleetPolicy> = {}, hooks: LoopHooks = {}) {
  const fleet = (given?: Changes): ResolvedFleet => {
    const others = fleetOf(["b"], { orphans: "remove", ...policy });
    const { instances } = fleetOf(given === undefined ? [] : ["a"], {}, { ...changes, ...given });
    return { ...others, instances: [...instances, ...others.instances] };
  };
  const world = await new LoopWorld(fleet({}), { hooks }).start();
  if (changes.config?.healthcheck !== undefined) world.engine.setHealth("test-a", "healthy");
  await world.advance(2_000);
  const { id, state } = await world.engine.inspectContainer("test-a");
  const before = world.calls;
  return {
    world,
    happen: async () => {
      happen(world, fleet);
      await world.advance(1_000, 100);
    },
    /** Calls that end its run, or its life. */
    cuts: (): readonly string[] =>
      world.acts(before).filter((act) => /^(stop|remove|rename)/.test(act) && act.endsWith(id)),
    isAsBefore: async (): Promise<boolean> => {
      const found = await world.engine.inspectContainer(id).catch(() => undefined);
      return found?.state.phase === "running" && found.state.startedAt === state.startedAt;
    },
  };
}

/** The same, with something due to a container that is used for an hour. */
async function busy(one: Due, policy: Partial<FleetPolicy> = {}) {
  const { happen, ...rest } = await quiet(one, policy);
  const acquired = await rest.world.loop.acquire("a", { holder: "task-4711", ttl: 3_600_000 });
  if (!acquired.ok) throw new Error(acquired.message);
  await happen();
  return { ...rest, lease: acquired.lease };
}

describe.each(due)("$what", (one) => {
  test("waits for whoever is inside, is listed with the reason, and is done at once when they leave", async () => {
    const { world, lease, cuts, isAsBefore } = await busy(one);
    await world.advance(1_800_000, 5_000);
    expect([cuts(), await isAsBefore()]).toEqual([[], true]);
    const status = world.loop.instance("a");
    expect(status).toMatchObject({ phase: "deferred", plan: { remedy: one.remedy } });
    // It lasts until they leave: there is no deadline to be told.
    expect(status?.hold).toEqual({ kind: "Busy", message: "1 task inside (task-4711, 30m1s)", container: status?.id });
    expect(world.condition("a", "Progressing")).toMatch(/^true Waiting: 1 task inside \(task-4711, /);
    lease.release();
    await world.advance(1_000, 100);
    expect(await isAsBefore()).toBe(false);
    expect(cuts()).not.toEqual([]);
  });

  test("with whenBusy: force waits until its deadline, which is listed, and no longer", async () => {
    const drainTimeout = 120_000;
    const { world, cuts, isAsBefore } = await busy(one, { whenBusy: "force", drainTimeout });
    const hold = world.loop.instance("a")?.hold;
    const until = hold?.until ?? 0;
    expect(hold).toMatchObject({ kind: "Busy", message: expect.stringMatching(/task-4711/) });
    expect(until - world.clock.now()).toBeGreaterThan(drainTimeout - 2_000);
    expect(until - world.clock.now()).toBeLessThanOrEqual(drainTimeout);
    expect(world.loop.instance("a")?.next?.at).toBe(until);
    await world.advance(until - world.clock.now() - 1, 1_000);
    expect([cuts(), await isAsBefore()]).toEqual([[], true]);
    await world.advance(2_000, 100);
    expect(await isAsBefore()).toBe(false);
  });

  test("waits for the embedder's hook, for as long as it says no", async () => {
    let agrees = false;
    const asked = new Set<string>();
    const hooks: LoopHooks = {
      beforeDisruption: (name, { remedy }) => {
        asked.add(`${name} ${remedy}`);
        return name !== "a" || agrees;
      },
    };
    const { world, happen, cuts, isAsBefore } = await quiet(one, {}, hooks);
    await happen();
    await world.advance(60_000, 1_000);
    expect([cuts(), await isAsBefore()]).toEqual([[], true]);
    expect(asked).toContain(`a ${one.remedy}`);
    expect(world.loop.instance("a")?.hold).toMatchObject({
      kind: "Busy",
      message: "the embedding program says not now",
    });
    agrees = true;
    await world.advance(10_000, 500);
    expect(await isAsBefore()).toBe(false);
  });
});

describe("work that begins while a replacement is made ready", () => {
  const changed = fleetOf(["a"], {}, { config: containerConfig({ env: { REV: "2" } }) });

  test("is not cut: what was made goes, and it is replaced once that work has ended", async () => {
    const world = await new LoopWorld(fleetOf(["a"])).start();
    const { id } = await world.engine.inspectContainer("test-a");
    let exec: string | undefined;
    world.engine.onCall(({ verb }) => {
      if (verb === "createContainer" && exec === undefined) exec = world.engine.startExec("test-a");
    });
    world.loop.desire(changed);
    await world.advance(20_000, 1_000);
    expect(await world.phases()).toEqual({ "test-a": "running" });
    expect((await world.engine.inspectContainer("test-a")).id).toBe(id);
    expect(world.loop.instance("a")).toMatchObject({
      phase: "deferred",
      hold: { kind: "Busy", message: "1 running exec inside" },
    });
    world.engine.endExec("test-a", exec ?? "");
    await world.advance(10_000, 1_000);
    expect((await world.engine.inspectContainer("test-a")).config.env).toMatchObject({ REV: "2" });
  });

  test("what an engine does not tell of is not cut", async () => {
    const world = await new LoopWorld(fleetOf(["a"])).start();
    const { id } = await world.engine.inspectContainer("test-a");
    world.engine.fail("listExecs", () => true, new FleetError("NoSpace", "cannot say"));
    world.loop.desire(changed);
    await world.advance(60_000, 1_000);
    expect((await world.engine.inspectContainer("test-a")).id).toBe(id);
    world.engine.clearFaults();
    await world.advance(600_000, 5_000);
    expect((await world.engine.inspectContainer("test-a")).config.env).toMatchObject({ REV: "2" });
  });
});
