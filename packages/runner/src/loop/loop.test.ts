import { type CallOptions, type EventWatcher, FleetError } from "@fleet/core";
import { containerConfig, instanceSpec, resolvedFleet } from "@fleet/core/testing";
import { describe, expect, test } from "vitest";
import { fleetOf, LoopWorld } from "../../../../test/support/loop-world.ts";
import type { LoopStore } from "./store.ts";

const eight = ["a", "b", "c", "d", "e", "f", "g", "h"];
const running = (names: readonly string[]) => Object.fromEntries(names.map((name) => [`test-${name}`, "running"]));

/** A world whose fleet is up, and whose past does not matter any more. */
async function standing(fleet = fleetOf(eight)): Promise<LoopWorld> {
  const world = await new LoopWorld(fleet).start();
  await world.advance(1_000);
  expect(await world.phases()).toEqual(running(fleet.instances.map(({ name }) => name)));
  world.events.length = 0;
  return world;
}

describe("healing", () => {
  test("one that vanished is back without any time passing, and what happened is written before", async () => {
    const world = await standing();
    const before = world.calls;
    world.engine.remove("test-c");
    await world.rest();
    expect(await world.phases()).toEqual(running(eight));
    expect(world.acts(before)).toEqual(["createContainer test-c", expect.stringMatching(/^startContainer /)]);
    expect(world.told()).toEqual([
      "ContainerVanished c: test-c vanished: kill 9, exit 137, destroy",
      "Settled c: running",
    ]);
    const kinds = world.journal.entries().filter(({ instance }) => instance === "c");
    const evidence = kinds.findIndex(({ kind }) => kind === "evidence");
    const act = kinds.findLastIndex(
      (entry) => entry.kind === "event" && entry.event.message === "create container test-c",
    );
    expect(evidence).toBeGreaterThan(-1);
    expect(evidence).toBeLessThan(act);
    expect(kinds[evidence]).toMatchObject({
      evidence: { reason: "ContainerVanished", container: { name: "test-c" } },
    });
    const [found] = kinds.flatMap((entry) => (entry.kind === "evidence" ? [entry.evidence.events] : []));
    expect(found?.map(({ action }) => action)).toEqual(["kill", "die", "disconnect", "destroy"]);
  });

  test.each([
    [20, "kill 9, exit 137, destroy"],
    [500, "kill 9, exit 137"],
  ])(
    "an engine that says %d ms later that it removed a container is heard out, and not for long",
    async (delay, how) => {
      const world = new LoopWorld(fleetOf(["a"]));
      const { watchEvents } = world.engine;
      Object.assign(world.engine, {
        watchEvents: (watcher: EventWatcher, options: CallOptions) =>
          watchEvents(
            {
              ...watcher,
              onEvent: (event) => {
                if (event.action === "destroy") world.clock.setTimeout(() => watcher.onEvent(event), delay);
                else watcher.onEvent(event);
              },
            },
            options,
          ),
      });
      await world.start();
      world.engine.remove("test-a");
      await world.advance(60, 5);
      expect(await world.phases()).toEqual(running(["a"]));
      expect(world.told().filter((line) => line.startsWith("ContainerVanished"))).toEqual([
        `ContainerVanished a: test-a vanished: ${how}`,
      ]);
    },
  );

  test("one that vanishes before anybody saw it is told all the same, again and again", async () => {
    const world = new LoopWorld(fleetOf(["a"]));
    let rounds = 3;
    world.engine.onCall((call) => {
      if (call.verb !== "startContainer" || rounds === 0) return;
      rounds -= 1;
      // Once the call is done, and before the look after it.
      setImmediate(() => world.engine.remove("test-a"));
    });
    await world.start();
    await world.advance(60_000, 1_000);
    expect(await world.phases()).toEqual(running(["a"]));
    const vanished = world.told().filter((line) => line.startsWith("ContainerVanished"));
    expect(vanished).toEqual(Array(3).fill("ContainerVanished a: test-a vanished: kill 9, exit 137, destroy"));
  });

  test("one that exits by itself is started again, later and later, and that it loops can be seen", async () => {
    const world = await standing(fleetOf(["a"], { backoff: { base: 1_000, factor: 2, cap: 8_000, reset: 60_000 } }));
    const starts: number[] = [];
    const began = world.clock.monotonic();
    world.engine.onCall(({ verb }) => {
      if (verb === "startContainer") starts.push((world.clock.monotonic() - began) / 1000);
    });
    world.engine.exit("test-a", 3);
    await world.rest();
    for (let second = 0; second < 40; second += 1) {
      if ((await world.phases())["test-a"] === "running") {
        world.engine.exit("test-a", 3);
        await world.rest();
      }
      await world.advance(1_000);
    }
    expect(starts).toEqual([0, 1, 3, 7, 15, 23, 31, 39]);
    expect(world.condition("a", "Ready")).toMatch(/^false (CrashLoop|Flapping): exited 3/);
    await world.advance(70_000);
    world.engine.exit("test-a", 3);
    await world.rest();
    // It ran for as long as makes it stable: the next start waits for nothing.
    expect((await world.phases())["test-a"]).toBe("running");
  });

  test("C59: a stop from outside is told, and mended after a time of grace", async () => {
    const world = await standing(fleetOf(["a", "b"]));
    world.engine.stop("test-a");
    await world.rest();
    expect(world.told()).toEqual(["ContainerStoppedOutside a: somebody stopped test-a (exit code 137)"]);
    expect(world.loop.instance("a")).toMatchObject({
      phase: "deferred",
      hold: { kind: "StopGrace" },
      next: { what: "start test-a" },
    });
    await world.advance(9_000);
    expect(await world.phases()).toEqual({ "test-a": "exited", "test-b": "running" });
    await world.advance(2_000);
    expect(await world.phases()).toEqual(running(["a", "b"]));
  });

  test("C60: a paused one is unpaused, never replaced", async () => {
    const world = await standing(fleetOf(["a"]));
    const before = world.calls;
    world.engine.pause("test-a");
    await world.rest();
    expect(world.acts(before)).toEqual([expect.stringMatching(/^unpauseContainer /)]);
    expect(world.told()[0]).toBe("ContainerPaused a: somebody paused test-a");
  });

  test("C57: an unhealthy one is restarted, with growing waits", async () => {
    const sick = { healthcheck: { test: ["CMD", "false"], interval: 1_000, retries: 1 } };
    const world = await new LoopWorld(fleetOf(["a"], {}, { config: containerConfig(sick) })).start();
    const stops: number[] = [];
    world.engine.onCall(({ verb }) => {
      if (verb === "stopContainer") stops.push(world.clock.monotonic() / 1000);
    });
    await world.advance(30_000);
    const waits = stops.slice(1).map((at, index) => at - (stops[index] ?? 0));
    expect(stops.length).toBeGreaterThan(3);
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(waits.at(-1)).toBeGreaterThan(waits[0] ?? 0);
    expect(world.condition("a", "Ready")).toMatch(/^false (CrashLoop|Unhealthy|Flapping)/);
  });

  test("C57: nothing is done while the engine's own policy restarts it, nor while its check has not made up its mind", async () => {
    const slow = {
      healthcheck: { test: ["CMD", "true"], interval: 60_000, retries: 1 },
      restart: { policy: "always" as const },
    };
    const world = await new LoopWorld(fleetOf(["a"], {}, { config: containerConfig(slow) })).start();
    const before = world.calls;
    world.engine.exit("test-a", 1);
    await world.rest();
    await world.advance(20_000);
    expect(world.acts(before)).toEqual([]);
  });

  test("C61: a one-shot that is done stays done", async () => {
    const once = { config: containerConfig({ command: ["true"] }), lifecycle: { kind: "oneshot" as const } };
    const world = await new LoopWorld(fleetOf(["a"], {}, once)).start();
    await world.advance(2_000);
    const before = world.calls;
    await world.advance(1_300_000, 10_000);
    expect(world.acts(before)).toEqual([]);
    expect(world.condition("a", "Ready")).toBe("true Running: completed");
  });

  test("C50: one that was created and never started is started", async () => {
    const world = new LoopWorld(fleetOf(["a"]));
    world.engine.fail("startContainer", 1, new FleetError("Refused", "exited with 128 at boot"));
    await world.start();
    expect(await world.phases()).toEqual({ "test-a": "created" });
    await world.advance(2_000);
    expect(await world.phases()).toEqual(running(["a"]));
  });

  test("C53: a removal that never ends is waited for, and then needs a person", async () => {
    const world = await standing(fleetOf(["a", "b"]));
    const before = world.calls;
    world.engine.setPhase("test-a", "removing");
    await world.advance(60_000);
    expect(world.loop.instance("a")).toMatchObject({ phase: "deferred" });
    await world.advance(120_000);
    expect(world.loop.instance("a")).toMatchObject({ phase: "stalled" });
    expect(world.condition("a", "Stalled")).toBe("true Stalled: the engine is removing test-a");
    expect(world.acts(before)).toEqual([]);
  });

  test("C58: the time of day may jump: no wait is skipped, none lasts longer", async () => {
    const world = await standing(fleetOf(["a"], { backoff: { base: 10_000, factor: 2, cap: 60_000, reset: 60_000 } }));
    world.engine.exit("test-a", 1);
    await world.rest();
    world.engine.exit("test-a", 1);
    await world.rest();
    for (const jump of [7_200_000, -14_400_000]) {
      world.clock.step(jump);
      await world.advance(4_000);
      expect((await world.phases())["test-a"]).toBe("exited");
    }
    await world.advance(3_000);
    expect((await world.phases())["test-a"]).toBe("running");
  });

  test("each remedy can be switched off, for one instance too, and is said to be left to a person once", async () => {
    const fleet = fleetOf(eight);
    const instances = fleet.instances.map((spec) =>
      spec.name === "a" ? { ...spec, heal: { ...spec.heal, missing: "report" as const } } : spec,
    );
    const world = await standing(fleet);
    world.loop.desire({ ...fleet, instances });
    await world.rest();
    const before = world.calls;
    world.engine.remove("test-a");
    world.engine.remove("test-b");
    await world.advance(120_000, 5_000);
    expect(await world.phases()).toEqual(running(eight.slice(1)));
    expect(world.acts(before).filter((act) => act.endsWith("test-a"))).toEqual([]);
    expect(world.told().filter((line) => line.startsWith("Withheld"))).toEqual([
      "Withheld a: left to a person by the policy: create container test-a, start test-a",
    ]);
    expect(world.condition("a", "Synced")).toBe("false Withheld: create container test-a is left to a person");
  });

  test("mode observe does nothing but report", async () => {
    const world = await standing(fleetOf(["a", "b", "c"]));
    world.loop.desire(fleetOf(["a", "b", "c"], { mode: "observe", orphans: "remove" }));
    await world.rest();
    const before = world.calls;
    world.engine.remove("test-a");
    world.engine.pause("test-b");
    world.loop.desire(fleetOf(["a", "b"], { mode: "observe", orphans: "remove" }));
    await world.advance(60_000, 5_000);
    expect(world.acts(before)).toEqual([]);
    // Two instances that have nothing to do with each other: in any order.
    expect(
      world
        .told()
        .filter((line) => line.startsWith("Container"))
        .toSorted(),
    ).toEqual([
      "ContainerPaused b: somebody paused test-b",
      "ContainerVanished a: test-a vanished: kill 9, exit 137, destroy",
    ]);
  });

  test("a source that turns root's is mended within one relist, without an event", async () => {
    const mounts = [{ kind: "bind" as const, source: "/srv/a", target: "/data", readOnly: false }];
    const spec = instanceSpec({ name: "a", config: containerConfig({ mounts }) });
    const sources = spec.sources.map((source) => ({
      ...source,
      ownership: { uid: 1000, gid: 1000, mode: 0o755, repair: "auto" as const, recursive: false },
    }));
    const world = new LoopWorld(resolvedFleet([{ ...spec, sources }]));
    await world.start();
    await world.advance(11_000);
    expect(world.host.entries()["/srv/a"]).toMatchObject({ uid: 1000 });
    world.host.change("/srv/a", { uid: 0, gid: 0 });
    await world.advance(11_000);
    expect(world.host.entries()["/srv/a"]).toMatchObject({ uid: 1000, gid: 1000 });
  });
});

describe("sources that are owned as a whole", () => {
  const mounts = [{ kind: "bind" as const, source: "/srv/a", target: "/data", readOnly: false }];
  const spec = instanceSpec({ name: "a", config: containerConfig({ mounts }) });
  const sources = spec.sources.map((source) => ({
    ...source,
    ownership: { uid: 1000, gid: 1000, mode: 0o755, repair: "auto" as const, recursive: true },
  }));

  test("C36: what is below is walked at the deep resync alone, and mended", async () => {
    const world = await new LoopWorld(resolvedFleet([{ ...spec, sources }])).start();
    await world.advance(1_000);
    world.host.addFile("/srv/a/b/c", { uid: 0 });
    await world.advance(60_000, 5_000);
    expect(world.host.entries()["/srv/a/b/c"]).toMatchObject({ uid: 0 });
    await world.advance(600_000, 10_000);
    expect(world.host.entries()["/srv/a/b/c"]).toMatchObject({ uid: 1000, gid: 1000 });
    expect(world.condition("a", "Synced")).toMatch(/^true/);
  });

  test("what a walk found is said until another finds it mended", async () => {
    const heal = { ...spec.heal, ownership: "report" as const };
    const world = new LoopWorld(resolvedFleet([{ ...spec, sources, heal }]));
    world.host.addFile("/srv/a/b", { uid: 0 });
    world.host.change("/srv/a", { uid: 1000, gid: 1000, mode: 0o755 });
    await world.start();
    await world.advance(1_000);
    world.engine.stop("test-a");
    await world.advance(60_000, 5_000);
    expect(world.condition("a", "Ready")).toBe("true Running: running");
    expect(world.condition("a", "Synced")).toMatch(/^false Withheld/);
  });
});

describe("law 1: unknown is not missing", () => {
  test("while nobody answers nothing is done; one event each way; it goes on by itself", async () => {
    const world = await standing();
    const before = world.calls;
    world.engine.setUnreachable(true);
    await world.advance(60_000);
    expect(world.told()).toEqual([expect.stringMatching(/^EngineUnreachable \*: /)]);
    expect(world.acts(before)).toEqual([]);
    expect(world.loop.status()).toMatchObject({
      ready: false,
      engine: { reachable: false, error: expect.stringMatching(/nobody answers/) },
    });
    expect(world.condition("a", "Ready")).toMatch(/^unknown EngineUnreachable/);
    world.engine.setUnreachable(false);
    await world.advance(10_000);
    expect(world.told()[1]).toBe("EngineReachable *: memory: answers again");
    expect(world.condition("a", "Ready")).toBe("true Running: running");
    expect(world.acts(before)).toEqual([]);
  });

  test("one that goes down, and still answers on what is open, counts as back only once it takes up a new stream", async () => {
    const world = await standing();
    const gone = new FleetError("Unreachable", "there is no socket");
    world.engine.fail("watchEvents", () => true, gone);
    world.engine.fail("listContainers", 1, gone);
    await world.advance(30_000);
    expect(world.told()).toEqual(["EngineUnreachable *: there is no socket"]);
    world.engine.clearFaults();
    await world.advance(10_000);
    expect(world.told().slice(1)).toEqual(["EngineReachable *: memory: answers again"]);
    expect(world.loop.status()).toMatchObject({ ready: true, engine: { reachable: true } });
  });

  test("an engine that is not there at the start is waited for", async () => {
    const world = new LoopWorld(fleetOf(["a"]));
    world.engine.setUnreachable(true);
    await world.start();
    await world.advance(30_000);
    expect(world.loop.status().ready).toBe(false);
    world.engine.setUnreachable(false);
    await world.advance(10_000);
    expect(await world.phases()).toEqual(running(["a"]));
    expect(world.loop.status().ready).toBe(true);
  });

  test("another engine at the address halts everything until somebody confirms, over a restart too", async () => {
    const world = await standing(fleetOf(["a", "b"]));
    const before = world.calls;
    world.engine.replaceEngineId();
    world.engine.remove("test-a");
    await world.advance(30_000);
    expect(world.acts(before)).toEqual([]);
    expect(world.told().filter((line) => line.startsWith("EngineChanged"))).toHaveLength(1);
    await world.restart();
    await world.advance(30_000);
    expect(world.acts(before)).toEqual([]);
    expect(world.loop.status().hold).toMatchObject({ kind: "EngineChanged" });
    await world.loop.confirm("alice");
    await world.rest();
    expect(await world.phases()).toEqual(running(["a", "b"]));
  });

  test("one confirmation is enough for another engine that has nothing of the fleet, and nothing is said to have vanished", async () => {
    const world = await standing(fleetOf(["a", "b", "c"]));
    world.engine.replaceEngineId();
    for (const name of ["a", "b", "c"]) world.engine.remove(`test-${name}`);
    await world.advance(30_000);
    expect(world.loop.status().hold).toMatchObject({ kind: "EngineChanged" });
    world.events.length = 0;
    await world.loop.confirm("alice");
    await world.advance(5_000, 100);
    expect(world.loop.status().hold).toBeUndefined();
    expect(await world.phases()).toEqual(running(["a", "b", "c"]));
    expect(world.told().filter((line) => line.startsWith("ContainerVanished"))).toEqual([]);
  });

  test.each(["removes", "renames"])("a name that somebody %s is taken at once", async (how) => {
    const world = new LoopWorld(fleetOf(["a"]));
    world.engine.addContainer("test-a", containerConfig());
    await world.start();
    expect(world.loop.instance("a")).toMatchObject({ phase: "stalled", plan: { blocks: [{ reason: "NameTaken" }] } });
    if (how === "removes") world.engine.remove("test-a");
    else await world.engine.renameContainer("test-a", "theirs");
    await world.rest();
    expect((await world.phases())["test-a"]).toBe("running");
    expect(world.loop.instance("a")).toMatchObject({ phase: "settled" });
  });

  test("a name that was freed without an event is taken within one relist", async () => {
    const world = new LoopWorld(fleetOf(["a"]));
    world.engine.addContainer("test-a", containerConfig());
    await world.start();
    world.engine.cutEvents();
    world.engine.hang("watchEvents");
    world.engine.remove("test-a");
    await world.advance(10_000);
    expect(await world.phases()).toEqual(running(["a"]));
  });

  test("C63: an engine that refuses our version has nothing done to it, and says so", async () => {
    const world = await standing(fleetOf(["a"]));
    const before = world.calls;
    world.engine.fail("listContainers", () => true, new FleetError("Unsupported", "client version 1.41 is too old"));
    world.engine.remove("test-a");
    await world.advance(30_000);
    expect(world.acts(before)).toEqual([]);
    expect(world.loop.instance("a")).toMatchObject({ phase: "stalled", error: { code: "Unsupported" } });
    world.engine.clearFaults();
    await world.advance(11_000);
    expect(await world.phases()).toEqual(running(["a"]));
  });
});

describe("wake sources", () => {
  test("a stream that is cut is opened again, and what happened meanwhile is found at once", async () => {
    const world = await standing();
    world.engine.cutEvents();
    world.engine.remove("test-a");
    await world.rest();
    expect(await world.phases()).toEqual(running(eight));
    await world.advance(1_000);
    expect(world.reconnects).toBe(1);
  });

  test("a stream that fell silent is found out by the relist, healed past, and opened anew", async () => {
    const world = await standing();
    world.engine.muteEvents();
    world.engine.remove("test-a");
    await world.advance(8_000);
    expect(await world.phases()).toEqual(running(eight.slice(1)));
    await world.advance(2_000);
    expect(await world.phases()).toEqual(running(eight));
    await world.advance(2_000);
    expect(world.reconnects).toBe(1);
    world.engine.remove("test-b");
    await world.rest();
    expect(await world.phases()).toEqual(running(eight));
  });

  test("ten thousand events lead to a few looks, and to what is right in the end", async () => {
    const world = await standing();
    const before = world.calls;
    for (let round = 0; round < 5_000; round += 1) {
      world.engine.pause("test-a");
      await world.engine.unpauseContainer("test-a");
      if (round % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    world.engine.remove("test-b");
    await world.rest();
    await world.advance(15_000);
    expect(await world.phases()).toEqual(running(eight));
    const lists = world.engine.calls.slice(before).filter(({ verb }) => verb === "listContainers").length;
    expect(lists).toBeLessThan(200);
  });

  test("law 5: a drift made by hand that no list shows is found through its event", async () => {
    const world = await standing(fleetOf(["a"], {}, { config: containerConfig({ memory: 64 * 1024 ** 2 }) }));
    const before = world.calls;
    await world.engine.updateContainer("test-a", { memory: 128 * 1024 ** 2 });
    await world.rest();
    expect(world.acts(before)).toEqual(["updateContainer test-a", expect.stringMatching(/^updateContainer /)]);
  });
});

describe("what holds everything", () => {
  test("more than half of a fleet gone at once is held until somebody confirms", async () => {
    const world = await standing();
    const before = world.calls;
    for (const name of eight.slice(0, 5)) world.engine.remove(`test-${name}`);
    await world.advance(60_000);
    expect(world.acts(before)).toEqual([]);
    expect(world.told().filter((line) => line.startsWith("Held"))).toEqual([
      "Held *: 5 of 8 containers vanished at once: a, b, c, d, e; nothing is done until somebody confirms",
    ]);
    expect(world.loop.status().hold).toMatchObject({ kind: "Breaker", hint: expect.stringContaining("--confirm") });
    await world.loop.confirm("alice");
    await world.rest();
    await world.advance(1_000);
    expect(await world.phases()).toEqual(running(eight));
  });

  test("law 1: an engine that lists nothing where there was a fleet, also to a loop that has just started", async () => {
    const world = await standing();
    await world.loop.stop();
    for (const name of eight) world.engine.remove(`test-${name}`);
    const before = world.calls;
    world.loop = world.newLoop();
    await world.start();
    await world.advance(30_000);
    expect(world.acts(before)).toEqual([]);
    expect(world.loop.status().hold).toMatchObject({ kind: "Breaker" });
  });

  describe("while acts are under way", () => {
    const twelve = [..."abcdefghijkl"];
    /** Somebody removes so many of them that everything is held. */
    const burst = async (world: LoopWorld, names: readonly string[]): Promise<void> => {
      for (const name of names) world.engine.remove(`test-${name}`);
      await world.rest();
      expect(world.loop.status().hold).toMatchObject({ kind: "Breaker" });
    };
    const failed = (world: LoopWorld) => world.events.filter(({ reason }) => reason === "ActionFailed");

    test("a heal that has its turn goes no further, counts as no failure, and goes on once somebody confirms", async () => {
      const world = await standing(fleetOf(twelve));
      world.engine.delay("createContainer", 5_000);
      for (const name of ["a", "b", "c"]) world.engine.remove(`test-${name}`);
      await world.rest();
      await burst(world, ["d", "e", "f", "g"]);
      const before = world.calls;
      await world.advance(60_000);
      expect(world.acts(before)).toEqual([]);
      expect(await world.phases()).toEqual({
        ...running(twelve.slice(7)),
        "test-a": "created",
        "test-b": "created",
        "test-c": "created",
      });
      for (const name of ["a", "d"]) {
        expect(world.loop.instance(name)).toMatchObject({ phase: "deferred", hold: { kind: "Breaker" }, attempts: 0 });
        expect(world.loop.instance(name)).not.toHaveProperty("error");
      }
      expect(failed(world)).toEqual([]);
      world.engine.clearFaults();
      await world.loop.confirm("alice");
      await world.rest();
      expect(await world.phases()).toEqual(running(twelve));
    });

    const changed = fleetOf(["l"], {}, { config: containerConfig({ env: { REV: "2" } }) }).instances;
    const replaced = { ...fleetOf(twelve), instances: [...fleetOf(twelve.slice(0, 11)).instances, ...changed] };

    test("a replacement whose old container runs goes no further", async () => {
      const world = await standing(fleetOf(twelve));
      const { id } = await world.engine.inspectContainer("test-l");
      world.engine.delay("createContainer", 5_000);
      world.loop.desire(replaced);
      await world.rest();
      await burst(world, twelve.slice(0, 7));
      await world.advance(60_000);
      expect(await world.phases()).toEqual({ ...running(twelve.slice(7)), "test-l.next": "created" });
      expect(await world.engine.inspectContainer("test-l")).toMatchObject({ id });
      expect(world.loop.instance("l")).toMatchObject({ phase: "deferred", hold: { kind: "Breaker" }, attempts: 0 });
      world.engine.clearFaults();
      await world.loop.confirm("alice");
      await world.advance(5_000);
      expect(await world.phases()).toEqual(running(twelve));
      expect((await world.engine.inspectContainer("test-l")).config.env).toMatchObject({ REV: "2" });
      expect(failed(world)).toEqual([]);
    });

    test("a replacement whose old container was stopped is finished", async () => {
      const world = await standing(fleetOf(twelve));
      world.engine.delay("stopContainer", 5_000);
      world.loop.desire(replaced);
      await world.rest();
      await burst(world, twelve.slice(0, 7));
      await world.advance(60_000);
      expect(await world.phases()).toEqual(running(twelve.slice(7)));
      expect((await world.engine.inspectContainer("test-l")).config.env).toMatchObject({ REV: "2" });
    });

    test("law 1: on another engine not even that is finished", async () => {
      const world = await standing(fleetOf(["a", "b"]));
      world.engine.delay("stopContainer", 5_000);
      world.loop.desire(fleetOf(["a", "b"], {}, { config: containerConfig({ env: { REV: "2" } }) }));
      await world.rest();
      world.engine.replaceEngineId();
      await world.rest();
      expect(world.loop.status().hold).toMatchObject({ kind: "EngineChanged" });
      const before = world.calls;
      await world.advance(60_000);
      expect(world.acts(before)).toEqual([]);
      expect(failed(world)).toEqual([]);
    });

    test("a removal goes no further: nothing stands in for what goes", async () => {
      const world = await standing(fleetOf(twelve, { orphans: "remove" }));
      world.engine.delay("stopContainer", 5_000);
      world.loop.desire(fleetOf(twelve.slice(0, 11), { orphans: "remove" }));
      await world.rest();
      await burst(world, twelve.slice(0, 7));
      await world.advance(60_000);
      expect(await world.phases()).toEqual({ ...running(twelve.slice(7, 11)), "test-l": "exited" });
    });
  });

  describe("over a restart", () => {
    const started = (world: LoopWorld) => world.told().filter((line) => /^(Held|Confirmed)/.test(line));
    /** Five of eight were gone when it was held; three were being made, so that the next loop misses only two. */
    const held = async (): Promise<LoopWorld> => {
      const world = await standing();
      world.engine.delay("createContainer", 5_000);
      for (const name of ["a", "b", "c"]) world.engine.remove(`test-${name}`);
      await world.rest();
      for (const name of ["d", "e"]) world.engine.remove(`test-${name}`);
      await world.advance(30_000);
      await world.loop.stop();
      world.engine.clearFaults();
      expect(Object.keys(await world.phases())).toHaveLength(6);
      world.events.length = 0;
      return world;
    };
    const again = async (world: LoopWorld): Promise<void> => {
      world.loop = world.newLoop();
      await world.start();
    };
    const message = "5 of 8 containers vanished at once: a, b, c, d, e";

    test("what was held is held on, as it was, until somebody confirms", async () => {
      const world = await held();
      const { hold } = world.loop.status();
      const before = world.calls;
      await again(world);
      await world.advance(30_000);
      expect(world.acts(before)).toEqual([]);
      expect(hold).toMatchObject({ kind: "Breaker", message });
      expect(world.loop.status().hold).toEqual(hold);
      expect(started(world)).toEqual([`Held *: ${message}; nothing is done until somebody confirms`]);
      await world.loop.confirm("alice");
      await world.rest();
      expect(await world.phases()).toEqual(running(eight));
      world.events.length = 0;
      await world.restart();
      expect(world.loop.status().hold).toBeUndefined();
      expect(started(world)).toEqual([]);
    });

    test("what somebody confirmed while no loop ran is held no more, even if as much is still missing", async () => {
      const world = await held();
      for (const name of eight.slice(0, 3)) world.engine.remove(`test-${name}`);
      await world.store.confirm({ at: world.clock.now(), by: "alice" });
      await again(world);
      expect(started(world)).toEqual(["Confirmed *: alice says to go on"]);
      expect(world.loop.status().hold).toBeUndefined();
      expect(await world.phases()).toEqual(running(eight));
    });

    test("what somebody confirmed before it began says nothing about it", async () => {
      const world = await standing();
      await world.loop.confirm("alice");
      await world.advance(1_000);
      for (const name of eight.slice(0, 5)) world.engine.remove(`test-${name}`);
      await world.advance(1_000);
      await world.restart();
      expect(world.loop.status().hold).toMatchObject({ kind: "Breaker", message });
    });

    test("what is confirmed before the engine was first asked is not held again for the same", async () => {
      const world = await held();
      for (const name of eight.slice(0, 3)) world.engine.remove(`test-${name}`);
      world.engine.setUnreachable(true);
      await again(world);
      await world.loop.confirm("alice");
      world.engine.setUnreachable(false);
      await world.advance(10_000);
      expect(world.loop.status().hold).toBeUndefined();
      expect(await world.phases()).toEqual(running(eight));
    });

    test("stop waits until it is written down", async () => {
      const { store } = new LoopWorld(fleetOf(eight));
      let write = (): void => undefined;
      const slow: LoopStore = {
        ...store,
        remember: async (known) => {
          if (known.hold !== undefined) await new Promise<void>((resolve) => (write = resolve));
          await store.remember(known);
        },
      };
      const world = await new LoopWorld(fleetOf(eight), { store: slow }).start();
      for (const name of eight.slice(0, 5)) world.engine.remove(`test-${name}`);
      await world.rest();
      let stopped = false;
      const stopping = world.loop.stop().then(() => {
        stopped = true;
      });
      await world.rest();
      expect(stopped).toBe(false);
      write();
      await stopping;
      expect((await store.load()).known?.hold).toMatchObject({ kind: "Breaker", message });
    });

    test("another engine that comes and goes ends no hold of ours", async () => {
      const world = await standing();
      for (const name of eight.slice(0, 5)) world.engine.remove(`test-${name}`);
      await world.advance(1_000);
      world.engine.replaceEngineId();
      await world.advance(20_000);
      expect(world.loop.status().hold).toMatchObject({ kind: "EngineChanged" });
      await world.loop.stop();
      expect((await world.store.load()).known?.hold).toMatchObject({ kind: "Breaker", message });
    });

    test("a spec that is still empty removes nothing, also when it is read again; one that is not goes on", async () => {
      const policy = { orphans: "remove" } as const;
      const world = await standing(fleetOf(["a", "b"], policy));
      // It is written down before the engine is asked for anything.
      world.engine.setUnreachable(true);
      await world.rest();
      world.loop.desire(fleetOf([], policy));
      await world.restart(fleetOf([], policy));
      world.engine.setUnreachable(false);
      world.loop.desire(fleetOf([], policy));
      await world.advance(30_000);
      expect(world.loop.status().hold).toMatchObject({ message: "the spec has become empty" });
      expect(await world.phases()).toEqual(running(["a", "b"]));
      world.events.length = 0;
      await world.restart();
      expect(started(world)).toEqual(["Confirmed *: the spec is no longer empty"]);
      world.engine.remove("test-a");
      await world.rest();
      expect(await world.phases()).toEqual(running(["a", "b"]));
    });
  });

  test("half of it is not too much, and the limit can be moved", async () => {
    const world = await standing(fleetOf(eight, { breaker: { missing: 100, window: 10_000 } }));
    for (const name of eight) world.engine.remove(`test-${name}`);
    await world.advance(5_000);
    expect(await world.phases()).toEqual(running(eight));
  });

  test("a spec that was empty by mistake is followed again once it is not, and nobody has to confirm", async () => {
    const world = await standing(fleetOf(["a", "b"], { orphans: "remove" }));
    const before = world.calls;
    world.loop.desire(fleetOf([], { orphans: "remove" }));
    await world.advance(20_000, 1_000);
    expect(world.loop.status().hold).toMatchObject({ kind: "Breaker", message: "the spec has become empty" });
    world.loop.desire(fleetOf(["a", "b"], { orphans: "remove" }));
    expect(world.loop.status().hold).toBeUndefined();
    expect(world.acts(before)).toEqual([]);
    world.engine.remove("test-a");
    await world.rest();
    expect(await world.phases()).toEqual(running(["a", "b"]));
  });

  test("a spec that became empty changes nothing until somebody confirms", async () => {
    const fleet = fleetOf(["a", "b"], { orphans: "remove" });
    const world = await standing(fleet);
    world.loop.desire({ ...fleet, instances: [] });
    await world.advance(30_000);
    expect(await world.phases()).toEqual(running(["a", "b"]));
    await world.loop.confirm("alice");
    await world.advance(5_000);
    expect(await world.phases()).toEqual({});
  });

  test("a spec that does not hold leaves the last good one in force, and is told once", async () => {
    const world = await standing(fleetOf(["a"]));
    world.loop.refuse("fleet.yaml has 1 error");
    world.loop.refuse("fleet.yaml has 1 error");
    world.engine.remove("test-a");
    await world.rest();
    expect(await world.phases()).toEqual(running(["a"]));
    expect(world.told().filter((line) => line.startsWith("SpecInvalid"))).toHaveLength(1);
    expect(world.loop.status().specError).toBe("fleet.yaml has 1 error");
  });
});

test("what vanished while no loop ran is told by the next", async () => {
  const world = await standing();
  await world.loop.stop();
  world.engine.remove("test-a");
  world.events.length = 0;
  world.loop = world.newLoop();
  await world.start();
  expect(world.told()).toContain("ContainerVanished a: test-a vanished: while no loop ran");
  expect(await world.phases()).toEqual(running(eight));
});

describe("people", () => {
  test("one that is suspended is left as it is until its time, over a restart too", async () => {
    const world = await standing(fleetOf(["a", "b"]));
    await world.loop.suspend("a", { until: world.clock.now() + 3_600_000, reason: "a look inside", by: "alice" });
    world.engine.remove("test-a");
    await world.advance(60_000, 5_000);
    await world.restart();
    await world.advance(60_000, 5_000);
    expect(await world.phases()).toEqual(running(["b"]));
    expect(world.loop.instance("a")).toMatchObject({
      phase: "suspended",
      hold: { message: "suspended by alice: a look inside" },
    });
    await world.advance(3_600_000, 60_000);
    expect(await world.phases()).toEqual(running(["a", "b"]));
  });

  test("one that is suspended may be removed: that trips nothing", async () => {
    const world = await standing(fleetOf(["a", "b"]));
    await world.loop.suspend("a", { reason: "mine", by: "alice" });
    world.engine.remove("test-a");
    world.engine.remove("test-b");
    await world.advance(5_000);
    expect(await world.phases()).toEqual(running(["b"]));
  });

  test("resume mends at once", async () => {
    const world = await standing(fleetOf(["a", "b"]));
    await world.loop.suspend("a", { reason: "why not", by: "alice" });
    world.engine.stop("test-a");
    await world.advance(60_000, 5_000);
    expect((await world.phases())["test-a"]).toBe("exited");
    await world.loop.resume("a");
    await world.rest();
    expect((await world.phases())["test-a"]).toBe("running");
  });

  test("a name that the fleet does not have", async () => {
    const world = await standing(fleetOf(["a"]));
    await expect(world.loop.suspend("b", { reason: "", by: "" })).rejects.toMatchObject({ code: "NotFound" });
  });
});

describe("specs", () => {
  test("what is added comes, what changed is replaced, what is dropped stays unless orphans go", async () => {
    const world = await standing(fleetOf(["a", "b"]));
    const changed = containerConfig({ env: { REV: "2" } });
    world.loop.desire(resolvedFleet([instanceSpec({ name: "a", config: changed }), instanceSpec({ name: "c" })]));
    await world.advance(5_000, 100);
    expect(await world.phases()).toEqual(running(["a", "b", "c"]));
    expect((await world.engine.inspectContainer("test-a")).config.env).toMatchObject({ REV: "2" });
    expect(world.told()[0]).toBe("SpecChanged *: 1 added, 1 changed, 1 dropped");
    expect(world.loop.status().instances.map(({ instance }) => instance)).toEqual(["a", "c"]);
    world.loop.desire(fleetOf(["a", "c"], { orphans: "remove" }));
    await world.advance(5_000, 100);
    expect(Object.keys(await world.phases())).toEqual(["test-a", "test-c"]);
  });

  test("a spec that says the same wakes nobody, and one that changes an instance looks at that one alone", async () => {
    const world = await standing(fleetOf(["a", "b", "c"]));
    const before = world.engine.calls.length;
    world.loop.desire(fleetOf(["a", "b", "c"]));
    await world.rest();
    expect([world.told(), world.engine.calls.length]).toEqual([[], before]);
    const changed = instanceSpec({ name: "b", config: containerConfig({ memory: 64 * 1024 ** 2 }) });
    world.loop.desire(resolvedFleet([instanceSpec({ name: "a" }), changed, instanceSpec({ name: "c" })]));
    await world.rest();
    const { id } = await world.engine.inspectContainer("test-b");
    const looked = world.engine.calls.slice(before).filter(({ verb }) => verb === "inspectContainer");
    expect(new Set(looked.map(({ target }) => target))).toEqual(new Set([id, "test-b"]));
    expect((await world.engine.inspectContainer("test-b")).config.memory).toBe(64 * 1024 ** 2);
  });

  test("often the same spec does not keep lists from being made", async () => {
    const world = await standing(fleetOf(["a"]));
    const lists = () => world.engine.calls.filter(({ verb }) => verb === "listContainers").length;
    const before = lists();
    for (let second = 0; second < 60; second += 1) {
      world.loop.desire(fleetOf(["a"]));
      await world.advance(1_000);
    }
    expect(lists() - before).toBe(6);
  });

  test("a spec that holds again after one that did not is told, though it says the same", async () => {
    const world = await standing(fleetOf(["a"]));
    world.loop.refuse("nothing is called `comand` here");
    world.loop.desire(fleetOf(["a"]));
    expect(world.told()).toEqual([
      "SpecInvalid *: the last good spec stays: nothing is called `comand` here",
      "SpecChanged *: no instance changed",
    ]);
    expect(world.loop.status().specError).toBeUndefined();
  });

  test("C64: a foreign container and another fleet's are never touched", async () => {
    const world = await standing(fleetOf(["a"], { orphans: "remove" }));
    const labels = { "fleet.name": "other", "fleet.instance": "x" };
    world.engine.addContainer("other-x", containerConfig({ labels }));
    world.engine.addContainer("test-zz", containerConfig());
    await world.advance(1_300_000, 10_000);
    expect(await world.phases()).toEqual({ "other-x": "running", "test-a": "running", "test-zz": "running" });
  });

  test("running ones are replaced one at a time", async () => {
    const world = await standing(fleetOf(["a", "b", "c", "d"]));
    let down = 0;
    let most = 0;
    world.engine.onCall(({ verb }) => {
      if (verb === "stopContainer") down += 1;
      if (verb === "removeContainer") down -= 1;
      most = Math.max(most, down);
    });
    world.loop.desire(fleetOf(["a", "b", "c", "d"], {}, { config: containerConfig({ env: { REV: "2" } }) }));
    await world.advance(10_000, 100);
    for (const name of ["a", "b", "c", "d"]) {
      expect((await world.engine.inspectContainer(`test-${name}`)).config.env).toMatchObject({ REV: "2" });
    }
    expect(most).toBe(1);
  });
});

test("law 6: one whose calls hang holds up no other", async () => {
  const world = await standing();
  world.engine.hang("startContainer", ({ target }) => target === "test-a" || target.length === 64, { applied: false });
  world.engine.remove("test-a");
  await world.rest();
  world.engine.clearFaults();
  world.engine.remove("test-b");
  await world.rest();
  expect((await world.phases())["test-b"]).toBe("running");
});

test("24 hours of nothing: not one call that changes anything", async () => {
  const world = await standing();
  const before = world.calls;
  await world.advance(24 * 3_600_000, 10_000);
  expect(world.acts(before)).toEqual([]);
  expect(world.told()).toEqual([]);
}, 120_000);

test("stop lets the act under way end, and leaves no timer", async () => {
  const world = await standing(fleetOf(["a"]));
  world.engine.delay("createContainer", 5_000);
  world.engine.remove("test-a");
  await world.rest();
  const stopped = world.loop.stop();
  await world.advance(6_000);
  await stopped;
  expect(await world.phases()).toEqual(running(["a"]));
  expect(world.journal.entries().at(-1)).toMatchObject({ kind: "run", what: "stopped" });
  expect(world.clock.pending).toBe(0);
});
