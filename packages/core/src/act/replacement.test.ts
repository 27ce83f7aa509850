import { describe, expect, test, vi } from "vitest";
import type { Engine } from "../engine/engine.ts";
import { memoryEngine } from "../engine/memory.ts";
import type { MemoryControls } from "../engine/memory-controls.ts";
import { FleetError, isFleetError } from "../errors.ts";
import { memoryHost } from "../host/memory.ts";
import { ManualClock } from "../manual-clock.ts";
import type { Action } from "../plan/action.ts";
import { planInstance } from "../plan/instance.ts";
import { containerConfig, instanceSpec, resolvedFleet } from "../spec/builders.ts";
import type { InstanceSpec, Lifecycle } from "../spec/instance.ts";
import type { FleetPolicy } from "../spec/policy.ts";
import { observe } from "./observe.ts";
import { perform } from "./perform.ts";

// Many worlds in one test, on a machine that others may use too.
vi.setConfig({ testTimeout: 60_000 });

/*
 * A replacement that is cut off after any of its steps, or fails at any of them, and is then taken up by somebody who
 * knows nothing but what is there.
 */

const before = instanceSpec({ config: containerConfig({ env: { REV: "1" } }) });
const after = instanceSpec({ config: containerConfig({ env: { REV: "2" } }) });
const broken = instanceSpec({ config: containerConfig({ env: { REV: "2" }, command: ["/nonexistent/agent"] }) });
const { policy } = resolvedFleet([before]);

class World {
  readonly clock = new ManualClock();
  readonly engine: Engine & MemoryControls = memoryEngine({ clock: this.clock, images: { "fleet-test:1": {} } });
  readonly host = memoryHost();

  adopt: FleetPolicy["adopt"] = "never";
  lifecycle: Lifecycle = { kind: "hot" };

  async plan(spec: InstanceSpec): Promise<readonly Action[]> {
    const observation = await observe(this.engine, this.host, { fleet: "test", instances: [spec], now: 0 });
    return planInstance(spec, observation, { ...policy, adopt: this.adopt }).actions;
  }

  /** Performs `actions` until one fails or `limit` are done, and sees after each that something is left. */
  async run(actions: readonly Action[], limit = actions.length): Promise<FleetError | null> {
    let successor: string | undefined;
    for (const action of actions.slice(0, limit)) {
      try {
        const stage = {
          engine: this.engine,
          host: this.host,
          fleet: "test",
          lifecycle: this.lifecycle,
          wait: {
            sleep: async (ms: number) => this.clock.advance(ms),
            now: this.clock.monotonic,
            readyTimeout: 5_000,
            settleTime: 300,
          },
          ...(successor !== undefined && { successor }),
        };
        successor = (await perform(action, stage)).created ?? successor;
      } catch (error) {
        if (!isFleetError(error)) throw error;
        return error;
      } finally {
        this.engine.clearFaults();
        expect((await this.ours()).length, `a container is left after ${action.kind}`).toBeGreaterThan(0);
      }
    }
    return null;
  }

  /** Fresh look, plan and act, over and over, until nothing is left to do. */
  async converge(spec: InstanceSpec, rounds = 8): Promise<void> {
    for (let round = 0; round < rounds; round += 1) {
      const actions = await this.plan(spec);
      if (actions.length === 0) return;
      await this.run(actions);
    }
    throw new Error(`still to do: ${JSON.stringify((await this.plan(spec)).map((action) => action.kind))}`);
  }

  /** Only finishes or takes back what was left over. */
  async clearUp(spec: InstanceSpec): Promise<void> {
    for (let round = 0; round < 4; round += 1) {
      const actions = await this.plan(spec);
      if (!actions.some((action) => action.reason === "ReplacementUnfinished")) return;
      await this.run(actions.filter((action) => action.reason === "ReplacementUnfinished"));
    }
    throw new Error("leftovers stay");
  }

  async ours(): Promise<readonly string[]> {
    const containers = await this.engine.listContainers();
    const mine = containers.filter(({ name }) => /^test-one(\.next|\.old)?$/.test(name));
    return Promise.all(
      mine.map(async ({ id, name, phase }) => {
        const { config } = await this.engine.inspectContainer(id);
        return `${name} ${phase} REV=${config.env?.REV}`;
      }),
    );
  }

  static async standing(state: (engine: MemoryControls) => void = () => undefined): Promise<World> {
    const world = new World();
    await world.converge(before);
    expect(await world.ours()).toEqual(["test-one running REV=1"]);
    state(world.engine);
    return world;
  }

  /** A lazy one, brought to where it is when it is to be replaced. */
  static async idle(state: (engine: Engine & MemoryControls) => Promise<void>): Promise<World> {
    const world = new World();
    world.lifecycle = lazily(before).lifecycle;
    await world.converge(lazily(before));
    expect(await world.ours()).toEqual(["test-one created REV=1"]);
    await state(world.engine);
    world.clock.advance(1_000);
    return world;
  }
}

const lazily = (spec: InstanceSpec): InstanceSpec => ({ ...spec, lifecycle: { kind: "lazy", idleStop: 60_000 } });

const states: Record<string, (engine: MemoryControls) => void> = {
  running: () => undefined,
  exited: (engine) => engine.exit("test-one", 3),
  stopped: (engine) => engine.stop("test-one"),
  paused: (engine) => engine.pause("test-one"),
};

const steps = [
  "createContainer",
  "stopContainer",
  "renameContainer",
  "renameContainer",
  "startContainer",
  "awaitReady",
  "removeContainer",
] as const;

test("nothing is stopped before the new container exists, nothing removed before it is ready", async () => {
  const world = await World.standing();
  expect((await world.plan(after)).map(({ kind }) => kind)).toEqual(steps);
});

describe.each(Object.entries(states))("the old container %s", (_name, state) => {
  test("a run that is cut off after any step is finished by the next", async () => {
    for (let done = 0; done <= steps.length + 1; done += 1) {
      const world = await World.standing(state);
      await world.run(await world.plan(after), done);
      await world.converge(after);
      expect(await world.ours(), `cut off after ${done} steps`).toEqual(["test-one running REV=2"]);
    }
  });

  test("a new container that cannot start leaves the old one running, wherever the run is cut off", async () => {
    for (let done = 1; done <= steps.length + 1; done += 1) {
      const world = await World.standing(state);
      await world.run(await world.plan(broken), done);
      await world.clearUp(broken);
      expect(await world.ours(), `cut off after ${done} steps`).toEqual(["test-one running REV=1"]);
    }
  });

  test("a step that fails, whether or not the engine did it, is got over", async () => {
    const lost = new FleetError("Timeout", "injected");
    for (const applied of [false, true]) {
      for (let at = 0; at < steps.length; at += 1) {
        const world = await World.standing(state);
        const actions = await world.plan(after);
        let mutating = 0;
        world.engine.fail("*", (call) => call.mutating && mutating++ === at, lost, { applied });
        await world.run(actions);
        await world.converge(after);
        expect(await world.ours(), `at call ${at}, applied ${applied}`).toEqual(["test-one running REV=2"]);
      }
    }
  });

  test("two faults in a row are got over too", async () => {
    for (let first = 0; first < steps.length; first += 1) {
      for (let second = 0; second < 5; second += 1) {
        const world = await World.standing(state);
        await world.run(await world.plan(after), first);
        await world.run(await world.plan(after), second);
        await world.converge(after);
        expect(await world.ours(), `cut off after ${first}, then ${second}`).toEqual(["test-one running REV=2"]);
      }
    }
  });
});

const uses: Record<string, [state: (engine: Engine & MemoryControls) => Promise<void>, phase: string]> = {
  "was never started": [async () => undefined, "created"],
  "is stopped": [
    async (engine) => {
      await engine.startContainer("test-one");
      engine.stop("test-one");
    },
    "created",
  ],
  runs: [async (engine) => engine.startContainer("test-one"), "running"],
};

describe.each(Object.entries(uses))("lazy, and the old container %s", (_name, [state, phase]) => {
  const wanted = lazily(after);

  test("a run that is cut off after any step is finished by the next, and what was idle is not started", async () => {
    for (let done = 0; done <= steps.length; done += 1) {
      const world = await World.idle(state);
      const seen = world.engine.calls.length;
      await world.run(await world.plan(wanted), done);
      await world.converge(wanted);
      expect(await world.ours(), `cut off after ${done} steps`).toEqual([`test-one ${phase} REV=2`]);
      const started = world.engine.calls.slice(seen).some(({ verb }) => verb === "startContainer");
      expect(started, `cut off after ${done} steps`).toBe(phase === "running");
    }
  });

  test("a step that fails, whether or not the engine did it, is got over", async () => {
    const lost = new FleetError("Timeout", "injected");
    for (const applied of [false, true]) {
      for (let at = 0; at < steps.length; at += 1) {
        const world = await World.idle(state);
        const actions = await world.plan(wanted);
        let mutating = 0;
        world.engine.fail("*", (call) => call.mutating && mutating++ === at, lost, { applied });
        await world.run(actions);
        await world.converge(wanted);
        expect(await world.ours(), `at call ${at}, applied ${applied}`).toEqual([`test-one ${phase} REV=2`]);
      }
    }
  });

  test("two faults in a row are got over too, though one that ran may then be idle", async () => {
    for (let first = 0; first < steps.length; first += 1) {
      for (let second = 0; second < 5; second += 1) {
        const world = await World.idle(state);
        await world.run(await world.plan(wanted), first);
        await world.run(await world.plan(wanted), second);
        await world.converge(wanted);
        const left = expect.stringMatching(new RegExp(`^test-one (${phase}|created) REV=2$`));
        expect(await world.ours(), `cut off after ${first}, then ${second}`).toEqual([left]);
      }
    }
  });
});

test("lazy: a new container that cannot start leaves the old one running, wherever the run is cut off", async () => {
  for (let done = 1; done <= steps.length; done += 1) {
    const world = await World.idle(async (engine) => engine.startContainer("test-one"));
    await world.run(await world.plan(lazily(broken)), done);
    await world.clearUp(lazily(broken));
    expect(await world.ours(), `cut off after ${done} steps`).toEqual(["test-one running REV=1"]);
  }
});

describe("adoption of a container that is not ours", () => {
  function standing(): World {
    const world = new World();
    world.adopt = "byName";
    world.engine.addContainer("test-one", before.config);
    return world;
  }

  test("a run that is cut off after any step is finished by the next", async () => {
    for (let done = 0; done <= steps.length; done += 1) {
      const world = standing();
      await world.run(await world.plan(after), done);
      await world.converge(after);
      expect(await world.ours(), `cut off after ${done} steps`).toEqual(["test-one running REV=2"]);
    }
  });

  test("a new container that cannot start leaves the old one running, wherever the run is cut off", async () => {
    for (let done = 1; done <= steps.length; done += 1) {
      const world = standing();
      await world.run(await world.plan(broken), done);
      await world.clearUp(broken);
      expect(await world.ours(), `cut off after ${done} steps`).toEqual(["test-one running REV=1"]);
    }
  });

  test("law 4: a container that was not adopted is never taken for a predecessor", async () => {
    const world = standing();
    await world.converge(after);
    world.engine.addContainer("test-one.old", before.config);
    world.engine.stop("test-one.old");
    await world.converge(after);
    expect(await world.ours()).toEqual(["test-one running REV=2", "test-one.old exited REV=1"]);
  });
});

test("a container that restarts over and over is no successor: the old one comes back", async () => {
  const world = await World.standing();
  const crashing = instanceSpec({
    config: containerConfig({ env: { REV: "2" }, command: ["false"], restart: { policy: "always" } }),
  });
  const failure = await world.run(await world.plan(crashing));
  expect(failure?.code).toBe("Refused");
  await world.clearUp(crashing);
  expect(await world.ours()).toEqual(["test-one running REV=1"]);
});

test("an engine restart that starts the old container again does not leave two", async () => {
  const world = await World.standing();
  await world.run(await world.plan(after), 6);
  await world.engine.startContainer("test-one.old");
  await world.converge(after);
  expect(await world.ours()).toEqual(["test-one running REV=2"]);
});

test("law 4: a container that is not ours is never touched, whatever its name", async () => {
  const world = await World.standing();
  const foreign = world.engine.addContainer("test-one-x", containerConfig());
  const seen = world.engine.calls.length;
  await world.converge(after);
  expect((await world.engine.inspectContainer(foreign)).state.phase).toBe("running");
  expect(world.engine.calls.slice(seen).filter((call) => call.mutating && call.target === foreign)).toEqual([]);
});
