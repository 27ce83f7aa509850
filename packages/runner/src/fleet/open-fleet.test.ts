import { mkdtempSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { type Engine, FleetError, type FleetSpec } from "@fleet/core";
import { ManualClock, type MemoryControls, memoryEngine, memoryHost } from "@fleet/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readLast } from "../journal/read.ts";
import { makeStateFolder } from "../state/folder.ts";
import { acquireLock } from "../state/lock.ts";
import { defineFleet } from "./define-fleet.ts";
import { InvalidSpec } from "./desired.ts";
import type { RecordedFleetEvent } from "./event-log.ts";
import { type Fleet, type OpenFleetOptions, openFleet } from "./open-fleet.ts";

type Instance = FleetSpec["spec"]["instances"][number];

const sleeper = { image: "fleet-test:1", command: ["sleep", "infinity"] };

/** `names` of a fleet of sleepers, each changed by `changes`. */
function specOf(names: readonly string[], changes: Omit<Instance, "name"> = {}, name = "test"): FleetSpec {
  return defineFleet({
    apiVersion: "fleet/v1",
    kind: "Fleet",
    metadata: { name },
    spec: { instances: names.map((each) => ({ name: each, ...sleeper, ...changes })) },
  });
}

/** An embedder, on a memory engine whose time a test moves. */
class Embedder {
  readonly clock = new ManualClock();
  readonly host = memoryHost();
  readonly engine: Engine & MemoryControls = memoryEngine({
    clock: this.clock,
    host: this.host,
    images: { "fleet-test:1": {} },
  });
  readonly events: RecordedFleetEvent[] = [];
  spec: unknown = specOf(["a", "b"]);

  open(more: Partial<OpenFleetOptions> = {}): Promise<Fleet> {
    return openFleet({
      spec: () => this.spec as FleetSpec,
      engine: this.engine,
      host: this.host,
      clock: this.clock,
      onEvent: (event) => this.events.push(event),
      ...more,
    });
  }

  /** A fleet that is as its spec says. */
  async standing(more: Partial<OpenFleetOptions> = {}): Promise<Fleet> {
    const fleet = await this.open(more);
    await fleet.start();
    await this.settled(fleet);
    return fleet;
  }

  /** Until nobody has anything to do, or is to be left alone. */
  settled(fleet: Fleet): Promise<void> {
    const done = ["settled", "unknown", "suspended", "stalled", "deferred"];
    return this.until(() => fleet.status().instances.every(({ phase }) => done.includes(phase)));
  }

  /** Lets time pass, and the disk do its work, until something holds. */
  async until(holds: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await holds())) {
      await this.advance(20, 20);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** Until these are there, and so. */
  async become(...expected: readonly string[]): Promise<void> {
    await this.until(async () => JSON.stringify(await this.containers()) === JSON.stringify(expected));
  }

  /** Lets everything happen that needs no time. */
  async rest(): Promise<void> {
    for (let round = 0; round < 40; round += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  async advance(milliseconds: number, step = 1_000): Promise<void> {
    for (let left = milliseconds; left > 0; left -= step) {
      this.clock.advance(Math.min(step, left));
      await this.rest();
    }
  }

  async containers(): Promise<readonly string[]> {
    return (await this.engine.listContainers()).map(({ name, phase }) => `${name} ${phase}`);
  }

  env(name: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    return this.engine.inspectContainer(name).then(
      ({ config }) => config.env,
      () => undefined,
    );
  }

  told(): readonly string[] {
    return this.events.filter(({ action }) => action === undefined).map(({ reason }) => reason);
  }
}

let embedder: Embedder;
let folder: string;
const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);

beforeEach(() => {
  embedder = new Embedder();
  folder = mkdtempSync(join(tmpdir(), "fleet-open-"));
  process.on("unhandledRejection", note);
});
afterEach(async () => {
  await embedder.rest();
  process.off("unhandledRejection", note);
  rmSync(folder, { recursive: true });
  expect(unhandled.splice(0)).toEqual([]);
});

describe("the spec", () => {
  test("comes from a provider, at once or later; what it gives after a change is followed", async () => {
    for (const later of [false, true]) {
      const one = new Embedder();
      let changed: () => void = () => undefined;
      let watched = 0;
      const fleet = await one.standing({
        spec: () => (later ? one.rest().then(() => one.spec as FleetSpec) : (one.spec as FleetSpec)),
        watchSpec: (tell) => {
          changed = tell;
          watched += 1;
          return () => {
            watched -= 1;
          };
        },
      });
      expect(await one.containers()).toEqual(["test-a running", "test-b running"]);
      one.spec = specOf(["b", "c"], { env: { REV: "2" } });
      changed();
      await one.until(async () => (await one.env("test-b"))?.REV === "2");
      await one.become("test-a running", "test-b running", "test-c running");
      expect(await one.env("test-b")).toEqual({ REV: "2" });
      expect(fleet.status().instances.map(({ instance }) => instance)).toEqual(["b", "c"]);
      await fleet.stop();
      expect(watched).toBe(0);
    }
  });

  test("a change while it starts is not lost", async () => {
    let changed: () => void = () => undefined;
    const fleet = await embedder.open({
      watchSpec: (tell) => {
        changed = tell;
        return () => undefined;
      },
      spec: async () => {
        const read = embedder.spec as FleetSpec;
        if (read === first) {
          embedder.spec = specOf(["c"]);
          changed();
        }
        await embedder.rest();
        return read;
      },
    });
    const first = embedder.spec;
    await fleet.start();
    await embedder.advance(1_000);
    expect(fleet.status().instances.map(({ instance }) => instance)).toEqual(["c"]);
    await fleet.stop();
  });

  test("many changes at once are one reading, and an older answer never overtakes a newer one", async () => {
    let asked = 0;
    let changed: () => void = () => undefined;
    const fleet = await embedder.standing({
      watchSpec: (tell) => {
        changed = tell;
        return () => undefined;
      },
      spec: async () => {
        asked += 1;
        const read = embedder.spec as FleetSpec;
        for (let round = asked; round < 3; round += 1) await embedder.rest();
        return read;
      },
    });
    for (const names of [["c"], ["d"], ["e"]]) {
      embedder.spec = specOf(names);
      changed();
    }
    await embedder.advance(5_000);
    expect([asked, fleet.status().instances.map(({ instance }) => instance)]).toEqual([2, ["e"]]);
    await fleet.stop();
  });

  test("one that does not hold at the start is refused with everything that is wrong with it", async () => {
    embedder.spec = {
      ...specOf([]),
      spec: {
        instances: [
          { name: "a", imgae: "x" },
          { nam: "b", image: "x" },
        ],
      },
    };
    const fleet = await embedder.open();
    const error = await fleet.start().catch((caught) => caught);
    expect(error).toBeInstanceOf(InvalidSpec);
    expect(error.code).toBe("SpecInvalid");
    expect(error.diagnostics.map(({ path }: { path: string }) => path)).toEqual([
      "spec.instances[0].imgae",
      "spec.instances[1].nam",
      "spec.instances[1].name",
    ]);
    expect([embedder.clock.pending, embedder.engine.calls.length]).toEqual([0, 0]);
    embedder.spec = specOf(["a"]);
    await fleet.start();
    await embedder.advance(1_000);
    expect(await embedder.containers()).toEqual(["test-a running"]);
    await fleet.stop();
  });

  test("one that does not hold later, or is of another fleet, is told once: the last good one stays", async () => {
    const fleet = await embedder.standing();
    for (const [next, message] of [
      [{ ...specOf(["c"]), kind: "Flete" }, /`Fleet`/],
      [specOf(["c"], {}, "other"), /of fleet other now, and this keeps test/],
    ] as const) {
      embedder.spec = next;
      await fleet.reconcile();
      await fleet.reconcile();
      expect(fleet.status().specError).toMatch(message);
    }
    expect(embedder.told().filter((reason) => reason === "SpecInvalid")).toHaveLength(2);
    embedder.engine.remove("test-a");
    await embedder.advance(1_000);
    expect(await embedder.containers()).toEqual(["test-a running", "test-b running"]);
    embedder.spec = specOf(["a"]);
    await fleet.reconcile();
    expect(fleet.status().specError).toBe(undefined);
    await fleet.stop();
  });

  test("a provider that fails fails the start, and later is a spec that does not hold", async () => {
    let fails = true;
    const fleet = await embedder.open({
      spec: async () => {
        if (fails) throw new Error("the database is closed");
        return embedder.spec as FleetSpec;
      },
    });
    await expect(fleet.start()).rejects.toThrow("the database is closed");
    fails = false;
    await fleet.start();
    fails = true;
    await fleet.reconcile();
    expect(fleet.status().specError).toBe("Error: the database is closed");
    await fleet.stop();
  });
});

describe("secrets", () => {
  test("another value replaces the container, and none is in anything that comes out", async () => {
    const values = ["hunter2-first", "hunter2-second"];
    let value = values[0];
    embedder.spec = specOf(["a"], { env: { TOKEN: { secret: "TOKEN_A" }, MODE: "plain" } });
    const asked: string[] = [];
    const fleet = await embedder.standing({
      stateFolder: folder,
      secrets: async (name) => {
        asked.push(name);
        return value;
      },
    });
    const { id } = await embedder.engine.inspectContainer("test-a");
    const outputs: unknown[] = [await fleet.plan()];
    value = values[1];
    outputs.push(await fleet.acquire("a", { holder: "t" }));
    await fleet.reconcile();
    outputs.push(await fleet.plan(), fleet.status(), fleet.instance("a"));
    const [acquired] = outputs.filter((output): output is { ok: true; lease: { release(): void } } =>
      Object.hasOwn(Object(output), "ok"),
    );
    acquired?.lease.release();
    await embedder.until(async () => (await embedder.env("test-a"))?.TOKEN === "hunter2-second");
    await embedder.settled(fleet);
    const replaced = await embedder.engine.inspectContainer("test-a");
    expect(replaced.id).not.toBe(id);
    expect(await embedder.env("test-a")).toEqual({ MODE: "plain", TOKEN: "hunter2-second" });
    expect(asked).toEqual(["TOKEN_A", "TOKEN_A"]);
    embedder.spec = { ...(embedder.spec as object), kind: "Nothing" };
    await fleet.reconcile();
    await fleet.stop();
    outputs.push(embedder.events, await readLast(join(folder, "test/journal"), Number.POSITIVE_INFINITY));
    const text = JSON.stringify(outputs);
    expect(text).toContain("env.TOKEN");
    expect(values.filter((each) => text.includes(each))).toEqual([]);
  });

  test("one that there is not is named, and nothing is begun", async () => {
    embedder.spec = specOf(["a"], { env: { TOKEN: { secret: "TOKEN_A" } } });
    const fleet = await embedder.open({ secrets: () => undefined });
    await expect(fleet.start()).rejects.toThrow(/TOKEN_A/);
    expect(embedder.engine.calls).toEqual([]);
  });
});

describe("start and stop", () => {
  test("twice is once; before, after and between them every other call says so", async () => {
    const fleet = await embedder.open();
    const calls = [
      () => fleet.status(),
      () => fleet.instance("a"),
      () => fleet.pickReady(),
      () => fleet.acquire("a", { holder: "t" }),
      () => fleet.drain("a", { deadline: 1 }),
      () => fleet.plan(),
      () => fleet.reconcile(),
      () => fleet.suspend("a", { reason: "r", by: "me" }),
      () => fleet.resume(),
      () => fleet.confirm("me"),
    ];
    const refuse = async (): Promise<void> => {
      for (const call of calls) {
        await expect((async () => call())()).rejects.toMatchObject({ code: "Invalid" });
      }
    };
    await refuse();
    await fleet.stop();
    await Promise.all([fleet.start(), fleet.start()]);
    await fleet.start();
    await embedder.advance(1_000);
    await Promise.all([fleet.stop(), fleet.stop()]);
    await refuse();
    expect(embedder.told().filter((reason) => reason.startsWith("Loop"))).toEqual(["LoopStarted", "LoopStopped"]);
  });

  test("after a stop nothing is left: no timer, nobody who waits, containers as they were", async () => {
    const fleet = await embedder.standing();
    await fleet.acquire("a", { holder: "t" });
    embedder.engine.fail("createContainer", () => true, new FleetError("Refused", "no"));
    embedder.engine.remove("test-b");
    await embedder.rest();
    const waiting = fleet.acquire("b", { holder: "u", timeout: 60_000 });
    const drained = fleet.drain("a", { deadline: 60_000 });
    const reconciled = fleet.reconcile();
    await embedder.rest();
    await fleet.stop();
    expect(embedder.clock.pending).toBe(0);
    expect(await waiting).toEqual({ ok: false, reason: "Draining", message: "the fleet is being stopped" });
    await drained;
    await reconciled;
    expect(await embedder.containers()).toEqual(["test-a running"]);
  });

  test("an engine that is not there is waited for", async () => {
    embedder.engine.setUnreachable(true);
    const fleet = await embedder.standing();
    expect(await fleet.acquire("a", { holder: "t" })).toMatchObject({ ok: false, reason: "EngineUnreachable" });
    embedder.engine.setUnreachable(false);
    await embedder.advance(30_000);
    expect(await embedder.containers()).toEqual(["test-a running", "test-b running"]);
    await fleet.stop();
  });

  test("a listener that fails, at once or later, changes nothing", async () => {
    for (const onEvent of [
      () => {
        throw new Error("at once");
      },
      () => Promise.reject(new Error("later")),
    ]) {
      const one = new Embedder();
      const fleet = await one.standing({ onEvent, beforeDisruption: onEvent, afterReplace: onEvent });
      one.spec = specOf(["a", "b"], { env: { REV: "2" } });
      const reconciled = fleet.reconcile();
      await one.until(async () => (await one.env("test-b"))?.REV === "2");
      await one.become("test-a running", "test-b running");
      await reconciled;
      await fleet.stop();
    }
  });

  test("two fleets in one program keep out of each other's way", async () => {
    const one = await embedder.open({ stateFolder: folder });
    const two = await embedder.open({ stateFolder: folder, spec: () => specOf(["a"], { env: { OF: "two" } }, "two") });
    await Promise.all([one.start(), two.start()]);
    await embedder.become("test-a running", "test-b running", "two-a running");
    await embedder.settled(two);
    await two.acquire("a", { holder: "t" });
    expect([one, two].map((fleet) => fleet.instance("a")?.leases.length)).toEqual([0, 1]);
    await one.stop();
    embedder.engine.remove("two-a");
    embedder.engine.remove("test-a");
    await embedder.become("test-b running", "two-a running");
    await two.stop();
  });
});

describe("events", () => {
  const take = async (events: AsyncIterable<RecordedFleetEvent>): Promise<readonly string[]> => {
    const found: string[] = [];
    for await (const { reason } of events) found.push(reason);
    return found;
  };

  test("from now on, or from where a reader was, until the fleet stops", async () => {
    const fleet = await embedder.open();
    const all = take(fleet.events());
    await fleet.start();
    await embedder.advance(1_000);
    const { seq } = embedder.events.at(-1) ?? { seq: 0 };
    const late = take(fleet.events());
    embedder.engine.pause("test-a");
    await embedder.advance(1_000);
    const resumed = take(fleet.events({ after: seq }));
    await fleet.stop();
    const told = embedder.events.map(({ reason }) => reason);
    const since = embedder.events.filter((event) => event.seq > seq).map(({ reason }) => reason);
    expect(await all).toEqual(told);
    expect(await late).toEqual(since);
    expect(await resumed).toEqual(since);
    expect(since[0]).toBe("ContainerPaused");
  });

  test("a reader that aborts ends, whether it waits or reads", async () => {
    const fleet = await embedder.standing();
    const ending = new AbortController();
    const waiting = take(fleet.events({ signal: ending.signal }));
    await embedder.rest();
    ending.abort();
    expect(await waiting).toEqual([]);
    expect(await take(fleet.events({ after: 0, signal: ending.signal }))).toEqual([]);
    await fleet.stop();
  });

  test("a second start tells on, with higher numbers", async () => {
    const fleet = await embedder.standing();
    await fleet.stop();
    await fleet.start();
    await embedder.settled(fleet);
    const next = fleet.events()[Symbol.asyncIterator]();
    embedder.engine.pause("test-a");
    await embedder.advance(1_000);
    expect((await next.next()).value).toMatchObject({ reason: "ContainerPaused" });
    const numbers = embedder.events.map(({ seq }) => seq);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    await fleet.stop();
  });
});

describe("from memory", () => {
  test("ten thousand looks at the status ask the engine nothing", async () => {
    const fleet = await embedder.standing();
    const before = embedder.engine.calls.length;
    for (let round = 0; round < 10_000; round += 1) {
      fleet.status();
      fleet.instance("a");
      fleet.pickReady();
    }
    await embedder.rest();
    expect(embedder.engine.calls.length).toBe(before);
    await fleet.stop();
  });

  test("the instance that can take work soonest: free before busy, running before stopped", async () => {
    embedder.spec = specOf(["a", "b", "c"]);
    const { spec } = embedder.spec as FleetSpec;
    embedder.spec = {
      ...(embedder.spec as object),
      spec: { ...spec, instances: [...spec.instances, { name: "d", ...sleeper, lifecycle: "lazy" }] },
    };
    const fleet = await embedder.standing();
    const picked: (string | undefined)[] = [];
    for (let round = 0; round < 4; round += 1) {
      const name = fleet.pickReady(({ instance }) => instance !== "b")?.instance;
      picked.push(name);
      if (name !== undefined) await fleet.acquire(name, { holder: `t${round}` });
    }
    // The lazy one is started by no look at it: a busy one that runs can take work sooner.
    expect(picked).toEqual(["a", "c", "a", "c"]);
    expect(fleet.pickReady(({ instance }) => instance === "d")?.instance).toBe("d");
    await fleet.stop();
  });
});

describe("what outlives a stop", () => {
  test.each([
    ["in memory", false],
    ["in a folder", true],
  ])("%s: suspensions and leases", async (_where, onDisk) => {
    const more = onDisk ? { stateFolder: folder } : {};
    const fleet = await embedder.standing(more);
    await fleet.suspend("b", { reason: "a look inside", by: "alice" });
    await fleet.acquire("a", { holder: "task-1", ttl: 15_000 });
    await fleet.stop();
    embedder.engine.remove("test-b");
    embedder.spec = specOf(["a", "b"], { env: { REV: "2" } });
    const next = onDisk ? await embedder.open(more) : fleet;
    await next.start();
    await embedder.settled(next);
    expect(next.instance("a")).toMatchObject({ phase: "deferred", leases: [{ holder: "task-1" }] });
    expect(next.instance("b")).toMatchObject({ phase: "suspended", hold: { message: /alice.*a look inside/ } });
    expect(await embedder.containers()).toEqual(["test-a running"]);
    await embedder.until(async () => (await embedder.env("test-a"))?.REV === "2");
    await next.resume("b");
    await embedder.become("test-a running", "test-b running");
    await next.stop();
    expect(embedder.clock.pending).toBe(0);
  });

  test("a state folder keeps a second one out, until the first has stopped", async () => {
    const first = await embedder.standing({ stateFolder: folder });
    const second = await embedder.open({ stateFolder: folder });
    await expect(second.start()).rejects.toMatchObject({
      code: "Locked",
      message: expect.stringMatching(/^fleet test on this engine is held by an embedding program \(pid \d+ on /),
    });
    expect(first.status().ready).toBe(true);
    await first.stop();
    await second.start();
    await second.stop();
  });

  test("so does a command that changes the fleet on the engine, be it reached at the start or later", async () => {
    const { id: engineId } = await embedder.engine.info();
    const state = join(folder, "test");
    await makeStateFolder(state, process.geteuid?.() ?? 0);
    const holder = { pid: process.pid, host: hostname(), since: embedder.clock.now(), what: "fleet apply" } as const;
    const lock = await acquireLock({ folder: state, engineId, holder, clock: embedder.clock });
    const fleet = await embedder.open({ stateFolder: folder });
    await expect(fleet.start()).rejects.toMatchObject({
      code: "Locked",
      message: expect.stringMatching(/fleet apply/),
    });
    embedder.engine.setUnreachable(true);
    await fleet.start();
    embedder.engine.setUnreachable(false);
    await embedder.advance(5_000);
    expect(await embedder.containers()).toEqual([]);
    await lock.release();
    await embedder.become("test-a running", "test-b running");
    await fleet.stop();
  });

  test("one that another may have taken over stops by itself, and says so", async () => {
    const fleet = await embedder.standing({ stateFolder: folder });
    const told = fleet.events();
    embedder.clock.advance(60_000);
    await embedder.until(() => embedder.told().includes("LoopStopped"));
    expect(embedder.events.at(-1)).toMatchObject({
      type: "Warning",
      message: "the lock on fleet test could not be renewed for 20 s, so that another host may take it",
    });
    for await (const _ of told);
    expect(() => fleet.status()).toThrow("the fleet is not started");
    expect([embedder.clock.pending, await embedder.containers()]).toEqual([0, ["test-a running", "test-b running"]]);
  });
});
