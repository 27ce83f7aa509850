import type { InstancePlan } from "@fleet/core";
import { containerConfig } from "@fleet/core/testing";
import { describe, expect, test } from "vitest";
import { fleetOf, LoopWorld } from "../../../../test/support/loop-world.ts";
import { openLeases } from "../lease/leases.ts";
import type { Acquired } from "./uses.ts";

const lazy = { lifecycle: { kind: "lazy" as const, idleStop: 300_000 } };
const other = { config: containerConfig({ env: { REV: "2" } }) };

/** A world whose fleet is as its spec says. */
async function standing(fleet = fleetOf(["a", "b"]), more = {}): Promise<LoopWorld> {
  const world = await new LoopWorld(fleet, more).start();
  await world.advance(1_000);
  return world;
}

function leaseOf(acquired: Acquired) {
  if (!acquired.ok) throw new Error(`${acquired.reason}: ${acquired.message}`);
  return acquired.lease;
}

describe("acquire", () => {
  test("a ready container costs no call, and what it is comes with the lease", async () => {
    const world = await standing();
    const before = world.calls;
    const lease = leaseOf(await world.loop.acquire("a", { holder: "task-1" }));
    expect([lease.holder, lease.container.name, world.calls - before]).toEqual(["task-1", "test-a", 0]);
    expect(world.loop.instance("a")?.leases).toMatchObject([{ holder: "task-1" }]);
    lease.release();
    expect(world.loop.instance("a")?.leases).toEqual([]);
  });

  test("what was looked into lately is not looked into again, until something happens to it", async () => {
    const world = await standing();
    const execs = (): number => world.engine.calls.filter(({ verb }) => verb === "exec").length;
    const acquire = async () => leaseOf(await world.loop.acquire("a", { holder: "t", workingDir: "/" })).release();
    await acquire();
    await acquire();
    expect(execs()).toBe(1);
    world.engine.pause("test-a");
    await world.advance(2_000, 500);
    await acquire();
    expect(execs()).toBe(2);
  });

  test("C62: a working directory that is not there is named, and the container is left as it is", async () => {
    const world = await standing();
    const before = world.calls;
    expect(await world.loop.acquire("a", { holder: "t", workingDir: "/gone" })).toMatchObject({
      ok: false,
      reason: "WorkingDirMissing",
    });
    expect(world.acts(before).filter((act) => !act.startsWith("exec"))).toEqual([]);
    expect(world.loop.instance("a")?.leases).toEqual([]);
  });

  test("a path that the container's user cannot write is named", async () => {
    const world = await standing();
    world.engine.setPath("test-a", "/state", { type: "directory", writable: false });
    expect(await world.loop.acquire("a", { holder: "t", writable: ["/tmp", "/state"] })).toEqual({
      ok: false,
      reason: "MountNotWritable",
      message: "/state in test-a cannot be written by its user",
      hint: "fleet plan shows who owns its source",
    });
  });

  test("one that is about to be healed is waited for", async () => {
    const world = await standing();
    world.engine.delay("startContainer", 2_000);
    world.engine.remove("test-a");
    const acquired = world.loop.acquire("a", { holder: "t" });
    await world.advance(4_000, 500);
    expect((await acquired).ok).toBe(true);
  });

  test("the answer comes in time, with what it waited for", async () => {
    const world = await standing();
    world.engine.hang("createContainer");
    world.engine.remove("test-a");
    const acquired = world.loop.acquire("a", { holder: "t", timeout: 5_000 });
    await world.advance(6_000, 500);
    expect(await acquired).toMatchObject({ ok: false, reason: "ContainerMissing" });
  });

  test("an engine that does not answer, a suspension, a name that there is not, an abort", async () => {
    const world = await standing();
    await world.loop.suspend("b", { reason: "a look inside", by: "alice" });
    await world.rest();
    expect(await world.loop.acquire("b", { holder: "t" })).toEqual({
      ok: false,
      reason: "Suspended",
      message: "suspended by alice: a look inside",
      hint: "fleet resume b",
    });
    await expect(world.loop.acquire("c", { holder: "t" })).rejects.toMatchObject({ code: "NotFound" });
    const aborted = AbortSignal.abort();
    world.engine.pause("test-a");
    await expect(world.loop.acquire("a", { holder: "t", signal: aborted })).rejects.toMatchObject({
      code: "Cancelled",
    });
    world.engine.setUnreachable(true);
    await world.advance(1_000);
    expect(await world.loop.acquire("a", { holder: "t" })).toMatchObject({ ok: false, reason: "EngineUnreachable" });
    expect(world.loop.status().instances.flatMap(({ leases }) => leases)).toEqual([]);
  });
});

describe("law 3 of the reason to exist: work is never cut", () => {
  test("a replacement waits until the last lease has ended, and says for whom", async () => {
    const world = await standing();
    const lease = leaseOf(await world.loop.acquire("a", { holder: "task-4711" }));
    const before = world.calls;
    world.loop.desire(fleetOf(["a", "b"], {}, other));
    await world.advance(180_000, 1_000);
    expect(world.loop.instance("a")).toMatchObject({
      phase: "deferred",
      hold: { kind: "Busy", message: "1 task inside (task-4711, 3m)" },
    });
    expect((await world.engine.inspectContainer("test-b")).config.env).toMatchObject({ REV: "2" });
    expect(world.acts(before).filter((act) => act.endsWith(lease.container.id))).toEqual([]);
    lease.release();
    await world.advance(2_000, 200);
    expect((await world.engine.inspectContainer("test-a")).config.env).toMatchObject({ REV: "2" });
  });

  test("an exec that nobody leased counts as work too, and is looked for again until it ends", async () => {
    const world = await standing();
    const exec = world.engine.startExec("test-a");
    world.loop.desire(fleetOf(["a"], {}, other));
    await world.advance(60_000, 1_000);
    expect(world.loop.instance("a")).toMatchObject({ phase: "deferred", hold: { message: "1 running exec inside" } });
    world.engine.endExec("test-a", exec);
    await world.advance(8_000, 500);
    expect((await world.engine.inspectContainer("test-a")).config.env).toMatchObject({ REV: "2" });
  });

  test("with whenBusy: force the work has until the drain timeout", async () => {
    const world = await standing();
    leaseOf(await world.loop.acquire("a", { holder: "t", ttl: 3_600_000 }));
    world.loop.desire(fleetOf(["a"], { whenBusy: "force", drainTimeout: 120_000 }, other));
    await world.advance(115_000, 1_000);
    expect(world.loop.instance("a")?.phase).toBe("deferred");
    await world.advance(10_000, 500);
    expect((await world.engine.inspectContainer("test-a")).config.env).toMatchObject({ REV: "2" });
  });

  test("a lease that nobody renews ends, is told, and lets what waited go on", async () => {
    const world = await standing();
    leaseOf(await world.loop.acquire("a", { holder: "t", ttl: 60_000 }));
    world.loop.desire(fleetOf(["a"], {}, other));
    await world.advance(65_000, 1_000);
    expect(world.told().filter((line) => line.startsWith("LeaseExpired"))).toHaveLength(1);
    expect((await world.engine.inspectContainer("test-a")).config.env).toMatchObject({ REV: "2" });
  });

  test("leases outlive the loop: the journal tells the next one", async () => {
    const world = await standing();
    leaseOf(await world.loop.acquire("a", { holder: "t", ttl: 600_000 }));
    leaseOf(await world.loop.acquire("b", { holder: "t", ttl: 600_000 })).release();
    await world.loop.stop();
    const changes = world.journal.entries().flatMap((entry) => (entry.kind === "lease" ? [entry] : []));
    const leases = openLeases(changes, world.clock.now());
    world.loop = new LoopWorld(world.fleet, {
      engine: world.engine,
      host: world.host,
      clock: world.clock,
      leases,
    }).loop;
    await world.start();
    world.loop.desire(fleetOf(["a", "b"], {}, other));
    await world.advance(30_000, 500);
    expect(world.loop.instance("a")).toMatchObject({ phase: "deferred", hold: { kind: "Busy" } });
    expect((await world.engine.inspectContainer("test-b")).config.env).toMatchObject({ REV: "2" });
    await world.advance(600_000, 5_000);
    expect((await world.engine.inspectContainer("test-a")).config.env).toMatchObject({ REV: "2" });
  });

  test("the embedder's hook may say not now, and hears of the new container", async () => {
    let agrees = false;
    const asked: string[] = [];
    const replaced: unknown[] = [];
    const hooks = {
      beforeDisruption: (name: string, { remedy }: InstancePlan) => {
        asked.push(`${name} ${remedy}`);
        return agrees;
      },
      afterReplace: (name: string, ids: { readonly old: string; readonly new: string }) => replaced.push([name, ids]),
    };
    const world = await standing(fleetOf(["a"]), { hooks });
    const { id: old } = await world.engine.inspectContainer("test-a");
    world.loop.desire(fleetOf(["a"], {}, other));
    await world.advance(20_000, 1_000);
    expect([(await world.engine.inspectContainer("test-a")).id, asked[0]]).toEqual([old, "a replace"]);
    agrees = true;
    await world.advance(10_000, 500);
    const { id } = await world.engine.inspectContainer("test-a");
    expect(id).not.toBe(old);
    expect(replaced).toEqual([["a", { old, new: id }]]);
  });
});

describe("lazy", () => {
  test("it is there and does not run, until somebody needs it; without use it is stopped again", async () => {
    const world = await standing(fleetOf(["a"], {}, lazy));
    expect(await world.phases()).toEqual({ "test-a": "created" });
    const lease = leaseOf(await world.loop.acquire("a", { holder: "t" }));
    expect(await world.phases()).toEqual({ "test-a": "running" });
    await world.advance(600_000, 5_000);
    expect(await world.phases()).toEqual({ "test-a": "running" });
    lease.release();
    await world.advance(299_000, 1_000);
    expect(await world.phases()).toEqual({ "test-a": "running" });
    await world.advance(2_000, 500);
    expect(await world.phases()).toEqual({ "test-a": "exited" });
    expect(world.told().filter((line) => /Stopped|Exited/.test(line))).toEqual([]);
    await world.advance(60_000, 5_000);
    expect(world.loop.instance("a")).toMatchObject({ phase: "settled", state: "idle" });
  });

  test("a task that comes while it is being stopped gets it running", async () => {
    const world = await standing(fleetOf(["a"], {}, lazy));
    leaseOf(await world.loop.acquire("a", { holder: "t" })).release();
    world.engine.delay("stopContainer", 3_000);
    await world.advance(301_000, 1_000);
    const acquired = world.loop.acquire("a", { holder: "late" });
    await world.advance(6_000, 500);
    expect((await acquired).ok).toBe(true);
    expect(await world.phases()).toEqual({ "test-a": "running" });
  });

  test("an exec keeps it up", async () => {
    const world = await standing(fleetOf(["a"], {}, lazy));
    leaseOf(await world.loop.acquire("a", { holder: "t" })).release();
    const exec = world.engine.startExec("test-a");
    await world.advance(700_000, 5_000);
    expect(await world.phases()).toEqual({ "test-a": "running" });
    world.engine.endExec("test-a", exec);
    await world.advance(310_000, 5_000);
    expect(await world.phases()).toEqual({ "test-a": "exited" });
  });
});

test("drain gives no more leases, and ends with the last one or at its deadline", async () => {
  const world = await standing();
  const lease = leaseOf(await world.loop.acquire("a", { holder: "t" }));
  const late = world.loop.drain("a", 10_000);
  expect(await world.loop.acquire("a", { holder: "u" })).toMatchObject({ ok: false, reason: "Draining" });
  await world.advance(11_000, 500);
  expect(await late).toMatchObject([{ holder: "t" }]);
  const empty = world.loop.drain("a", 600_000);
  lease.release();
  await world.rest();
  expect(await empty).toEqual([]);
  await world.loop.resume("a");
  expect((await world.loop.acquire("a", { holder: "v" })).ok).toBe(true);
});

test("stop leaves no timer, whoever holds or waits for a lease", async () => {
  const world = await standing();
  leaseOf(await world.loop.acquire("a", { holder: "t" }));
  world.engine.hang("createContainer");
  world.engine.remove("test-b");
  const waiting = world.loop.acquire("b", { holder: "u" });
  await world.rest();
  world.engine.clearFaults();
  const stopped = world.loop.stop(5_000);
  await world.advance(120_000, 1_000);
  await stopped;
  expect((await waiting).ok).toBe(false);
  expect(world.clock.pending).toBe(0);
});

test("an abort ends a drain at once", async () => {
  const world = await standing();
  leaseOf(await world.loop.acquire("a", { holder: "t" }));
  const ending = new AbortController();
  const drained = world.loop.drain("a", 600_000, ending.signal);
  ending.abort();
  expect(await drained).toMatchObject([{ holder: "t" }]);
});

test("a start that hangs keeps nobody beyond the time that they gave it", async () => {
  const world = await standing(fleetOf(["a"], {}, lazy));
  world.engine.hang("startContainer");
  const first = world.loop.acquire("a", { holder: "t", timeout: 5_000 });
  const second = world.loop.acquire("a", { holder: "u", timeout: 2_000 });
  const third = world.loop.acquire("a", { holder: "v", signal: AbortSignal.timeout(0) });
  await expect(third).rejects.toMatchObject({ code: "Cancelled" });
  await world.advance(2_000, 500);
  const late = { ok: false, reason: "ContainerStopped", message: "a was not started in time" };
  expect(await second).toEqual(late);
  await world.advance(3_000, 500);
  expect(await first).toEqual(late);
  expect(world.loop.instance("a")?.leases).toEqual([]);
});

test("a lease begins its time when it is given, however long that took", async () => {
  const world = await standing(fleetOf(["a"], {}, lazy));
  world.engine.delay("startContainer", 8_000);
  const acquired = world.loop.acquire("a", { holder: "t", ttl: 10_000 });
  await world.advance(9_000, 500);
  const lease = leaseOf(await acquired);
  await world.advance(8_000, 500);
  expect(lease.renew()).toBe(true);
  await world.advance(10_000, 500);
  expect(lease.renew()).toBe(false);
});

test("who waits for a container holds up nothing that makes it usable", async () => {
  const sick = { config: containerConfig({ healthcheck: { test: ["CMD", "true"], interval: 1_000, retries: 1 } }) };
  const world = await standing(fleetOf(["a"], {}, sick));
  await world.advance(2_000, 500);
  world.engine.setHealth("test-a", "unhealthy");
  const acquired = world.loop.acquire("a", { holder: "t", timeout: 30_000 });
  await world.advance(20_000, 500);
  expect(await acquired).toMatchObject({ ok: true });
});

test("what is paused goes on at once, whatever is due besides: that waits for the lease", async () => {
  const world = await standing(fleetOf(["a"]));
  const lease = leaseOf(await world.loop.acquire("a", { holder: "t", ttl: 600_000 }));
  world.engine.pause("test-a");
  world.loop.desire(fleetOf(["a"], {}, other));
  const waiting = world.loop.acquire("a", { holder: "u", ttl: 600_000 });
  await world.advance(5_000, 500);
  expect(await world.phases()).toMatchObject({ "test-a": "running" });
  expect((await world.engine.inspectContainer("test-a")).id).toBe(lease.container.id);
  const second = leaseOf(await waiting);
  expect(second.container.id).toBe(lease.container.id);
  lease.release();
  second.release();
  await world.advance(5_000, 500);
  expect((await world.engine.inspectContainer("test-a")).config.env).toMatchObject({ REV: "2" });
});
