import { FleetError, type FleetEvent, type InstanceSpec, observe, planFleet, type ResolvedFleet } from "@fleet/core";
import {
  containerConfig,
  instanceSpec,
  ManualClock,
  memoryEngine,
  memoryHost,
  resolvedFleet,
  sourceSpec,
} from "@fleet/core/testing";
import { describe, expect, test, vi } from "vitest";
import { type ApplyOptions, applyFleet } from "./apply.ts";
import { type BusyOptions, withBusy } from "./busy-plan.ts";
import type { LeaseRecord } from "./lease/lease.ts";

import type { ApplyResult } from "./outcome.ts";

// Many worlds in one test, on a machine that others may use too.
vi.setConfig({ testTimeout: 60_000 });

const { policy } = resolvedFleet([]);
const tick = () => new Promise((resolve) => setImmediate(resolve));

/** A fleet on a memory engine whose time runs only while an apply waits for it. */
class World {
  readonly clock = new ManualClock();
  readonly host = memoryHost();
  readonly engine = memoryEngine({ clock: this.clock, host: this.host, images: { "fleet-test:1": {} } });
  readonly events: FleetEvent[] = [];

  async apply(fleet: ResolvedFleet, options: Partial<ApplyOptions> = {}): Promise<ApplyResult> {
    let over = false;
    const run = applyFleet({
      engine: this.engine,
      host: this.host,
      fleet,
      apply: fleet.instances.map((spec) => spec.name),
      timeout: 120_000,
      clock: this.clock,
      onEvent: (event) => this.events.push(event),
      ...options,
    }).finally(() => {
      over = true;
    });
    run.catch(() => undefined);
    for (let waited = 0; !over && waited < 200_000; waited += 50) {
      for (let round = 0; round < 6 && !over; round += 1) await tick();
      if (!over) this.clock.advance(50);
    }
    return run;
  }

  /** `name phase`, sorted by name. */
  async containers(): Promise<readonly string[]> {
    return (await this.engine.listContainers()).map(({ name, phase }) => `${name} ${phase}`);
  }

  /** Mutating calls that reached the engine, as `verb target`, with ids as names where they were created here. */
  calls(): readonly string[] {
    return this.engine.calls.filter((call) => call.mutating).map((call) => `${call.verb} ${call.target}`);
  }

  count(verb: string): number {
    return this.calls().filter((call) => call.startsWith(`${verb} `)).length;
  }
}

const results = (result: ApplyResult) =>
  Object.fromEntries(result.outcomes.map((outcome) => [outcome.instance, outcome.result]));

const named = (name: string, changes: Partial<InstanceSpec> = {}) => instanceSpec({ name, ...changes });
const healthy = { test: ["CMD", "true"], interval: 1000 };
const sick = { test: ["CMD", "false"], interval: 1000, retries: 1 };

describe("what waiting may mend", () => {
  const file = sourceSpec({ path: "/srv/token", type: "file" });
  const mounts = [{ kind: "bind", source: "/srv/token", target: "/token", readOnly: true }] as const;
  const needy = named("needy", { config: containerConfig({ mounts }), sources: [file] });

  test("is waited for, but not for as long as the whole apply may take", async () => {
    const world = new World();
    const result = await world.apply(resolvedFleet([named("a"), needy]));
    expect(results(result)).toEqual({ a: "changed", needy: "blocked" });
    expect(result.outcomes[1]).toMatchObject({
      message: expect.stringMatching(/\/srv\/token/),
      hint: expect.any(String),
    });
    expect(result.duration).toBeGreaterThanOrEqual(10_000);
    expect(result.duration).toBeLessThan(12_000);
  });

  test("and is taken up when it comes", async () => {
    const world = new World();
    world.clock.setTimeout(() => world.host.addFile("/srv/token"), 4_000);
    expect(results(await world.apply(resolvedFleet([needy])))).toEqual({ needy: "changed" });
  });
});

describe("first apply and second", () => {
  test("every instance runs, and a second apply changes nothing", async () => {
    const world = new World();
    const fleet = resolvedFleet([named("a"), named("b"), named("c")]);
    const first = await world.apply(fleet);
    expect(results(first)).toEqual({ a: "changed", b: "changed", c: "changed" });
    expect(await world.containers()).toEqual(["test-a running", "test-b running", "test-c running"]);
    const before = world.calls().length;
    expect(await world.apply(fleet)).toEqual({
      schema: "fleet.apply/v1",
      fleet: "test",
      outcomes: ["a", "b", "c"].map((name) => ({
        instance: name,
        container: `test-${name}`,
        result: "unchanged",
        actions: [],
      })),
      duration: expect.any(Number),
    });
    expect(world.calls().length).toBe(before);
  });

  test("what is made is confirmed by itself: lists hang on no number of instances", async () => {
    const lists = async (count: number): Promise<number> => {
      const world = new World();
      const fleet = resolvedFleet(Array.from({ length: count }, (_, index) => named(`n${index}`)));
      expect(new Set(Object.values(results(await world.apply(fleet))))).toEqual(new Set(["changed"]));
      return world.engine.calls.filter(({ verb }) => verb === "listContainers").length;
    };
    expect(await lists(40)).toBe(await lists(2));
  });

  test("law 5: what is not as it was made is mended after a whole look", async () => {
    const world = new World();
    const off = world.engine.onCall(({ verb, target }) => {
      if (verb !== "inspectContainer" || target === "") return;
      off();
      world.engine.remove("test-a");
      // Somebody else is sooner: only a list tells.
      world.engine.addContainer("other", containerConfig({ labels: { "fleet.name": "test", "fleet.instance": "a" } }));
    });
    const result = await world.apply(resolvedFleet([named("a")]));
    expect(world.count("createContainer")).toBe(1);
    expect(results(result)).toEqual({ a: "changed" });
    expect(await world.containers()).toEqual(["test-a running"]);
  });

  test("what was done is reported in order, each with its reason", async () => {
    const world = new World();
    const fleet = resolvedFleet([named("a", { config: containerConfig({ networks: { app: { aliases: [] } } }) })]);
    const { outcomes } = await world.apply(fleet);
    const step = (kind: string, description: string, reason: string) => ({
      kind,
      description,
      reason,
      causes: [],
      duration: 0,
    });
    expect(outcomes[0]?.actions).toEqual([
      step("createNetwork", "create network app", "NetworkMissing"),
      {
        ...step("createContainer", "create container test-a", "ContainerMissing"),
        created: (await world.engine.inspectContainer("test-a")).id,
      },
      step("startContainer", "start test-a", "ContainerMissing"),
    ]);
    expect(world.events.map(({ reason, message }) => `${reason} ${message}`)).toEqual([
      "ActionStarted create network app",
      "ActionDone create network app",
      "ActionStarted create container test-a",
      "ActionDone create container test-a",
      "ActionStarted start test-a",
      "ActionDone start test-a",
      "Settled running",
    ]);
  });

  test("an apply of nothing ends at once", async () => {
    expect(results(await new World().apply(resolvedFleet([])))).toEqual({});
  });

  test("a name that the fleet does not have is refused, never taken for one to be removed", async () => {
    const world = new World();
    await world.apply(resolvedFleet([named("gone")]));
    const fleet = resolvedFleet([named("a")], { policy: { ...policy, orphans: "remove" } });
    await expect(world.apply(fleet, { apply: ["gone"] })).rejects.toMatchObject({ code: "Invalid" });
    expect(await world.containers()).toEqual(["test-gone running"]);
  });
});

describe("independence", () => {
  test("law 6: one that cannot start fails alone", async () => {
    const world = new World();
    const fleet = resolvedFleet([
      named("a"),
      named("bad", { config: containerConfig({ command: ["/nonexistent/agent"] }) }),
      named("c"),
    ]);
    const result = await world.apply(fleet);
    expect(results(result)).toEqual({ a: "changed", bad: "failed", c: "changed" });
    expect(result.outcomes.find(({ instance }) => instance === "bad")?.message).toMatch(/no such file/);
  });

  test("law 6: one whose calls hang holds up no other", async () => {
    const world = new World();
    world.engine.hang("createContainer", (call) => call.target === "test-bad");
    const result = await world.apply(resolvedFleet([named("a"), named("bad"), named("c")]), { timeout: 5_000 });
    expect(results(result)).toEqual({ a: "changed", bad: "unfinished", c: "changed" });
  });

  test("no more act at a time than the policy allows", async () => {
    const world = new World();
    world.engine.delay("createContainer", 200);
    let most = 0;
    world.engine.onCall(() => {
      const open = world.engine.calls.filter((call) => call.mutating && call.outcome === undefined).length;
      most = Math.max(most, open);
    });
    const names = Array.from({ length: 9 }, (_, index) => named(`i${index}`));
    const fleet = resolvedFleet(names, { policy: { ...policy, concurrency: 3 } });
    expect(new Set(Object.values(results(await world.apply(fleet))))).toEqual(new Set(["changed"]));
    expect(most).toBe(3);
  });

  test("an image that ten instances need is pulled once", async () => {
    const world = new World();
    world.engine.makePullable("app:1");
    world.engine.delay("pullImage", 500);
    const names = Array.from({ length: 10 }, (_, index) =>
      named(`i${index}`, { config: containerConfig({ image: "app:1" }) }),
    );
    const result = await world.apply(resolvedFleet(names));
    expect(new Set(Object.values(results(result)))).toEqual(new Set(["changed"]));
    expect(world.count("pullImage")).toBe(1);
  });

  test("a source that two instances share is made once, and made and mended are two things", async () => {
    const world = new World();
    world.host.addDirectory("/srv/shared");
    const ownership = { uid: 1000, gid: 1000, repair: "auto", recursive: false } as const;
    const source = sourceSpec({ path: "/srv/shared", nested: ["cache"], ownership });
    const config = containerConfig({
      mounts: [{ kind: "bind", source: "/srv/shared", target: "/srv/shared", readOnly: false }],
    });
    const fleet = resolvedFleet(["a", "b"].map((name) => named(name, { config, sources: [source] })));
    expect(results(await world.apply(fleet))).toEqual({ a: "changed", b: "changed" });
    const kinds = world.events.filter((event) => event.reason === "ActionDone").map((event) => event.action?.kind);
    expect(kinds.filter((kind) => kind === "makeSource" || kind === "mendSource")).toEqual([
      "makeSource",
      "mendSource",
    ]);
    expect(world.host.entries()["/srv/shared"]).toMatchObject({ uid: 1000, gid: 1000 });
  });
});

describe("dependencies", () => {
  const order = (world: World) =>
    world.engine.calls.filter((call) => call.verb === "createContainer").map((call) => call.target);

  test("started: the dependency is started first", async () => {
    const world = new World();
    const fleet = resolvedFleet([named("a", { dependsOn: [{ instance: "z", condition: "started" }] }), named("z")]);
    expect(results(await world.apply(fleet))).toEqual({ a: "changed", z: "changed" });
    expect(order(world)).toEqual(["test-z", "test-a"]);
  });

  test("healthy: the dependent waits for the check", async () => {
    const world = new World();
    const fleet = resolvedFleet([
      named("a", { dependsOn: [{ instance: "z", condition: "healthy" }] }),
      named("z", { config: containerConfig({ healthcheck: healthy }) }),
    ]);
    let healthOfZ: string | undefined;
    world.engine.onCall(async (call) => {
      if (call.verb === "createContainer" && call.target === "test-a") {
        healthOfZ = (await world.engine.inspectContainer("test-z")).state.health;
      }
    });
    expect(results(await world.apply(fleet))).toEqual({ a: "changed", z: "changed" });
    expect(healthOfZ).toBe("healthy");
  });

  test("completed: the dependent waits for the one-shot to end", async () => {
    const world = new World();
    const job = named("job", { config: containerConfig({ command: ["sleep", "2"] }), lifecycle: { kind: "oneshot" } });
    const fleet = resolvedFleet([named("a", { dependsOn: [{ instance: "job", condition: "completed" }] }), job]);
    expect(results(await world.apply(fleet))).toEqual({ a: "changed", job: "changed" });
    expect(order(world)).toEqual(["test-job", "test-a"]);
    expect(await world.containers()).toEqual(["test-a running", "test-job exited"]);
  });

  test("C61: a one-shot that is done stays done", async () => {
    const world = new World();
    const job = named("job", { config: containerConfig({ command: ["true"] }), lifecycle: { kind: "oneshot" } });
    await world.apply(resolvedFleet([job]));
    const before = world.calls().length;
    expect(results(await world.apply(resolvedFleet([job])))).toEqual({ job: "unchanged" });
    expect(world.calls().length).toBe(before);
  });

  test.each([
    ["cannot start", { command: ["/nonexistent/x"] }, "healthy", "failed"],
    ["is unhealthy", { healthcheck: sick }, "healthy", "notReady"],
  ] as const)("a dependency that %s blocks its dependents, and the run ends", async (_what, config, condition, bad) => {
    const world = new World();
    const fleet = resolvedFleet([
      named("z", { config: containerConfig(config) }),
      named("a", { dependsOn: [{ instance: "z", condition }] }),
      named("b", { dependsOn: [{ instance: "a", condition: "started" }] }),
      named("c"),
    ]);
    const result = await world.apply(fleet);
    expect(results(result)).toEqual({ a: "blocked", b: "blocked", c: "changed", z: bad });
    expect(result.outcomes[0]?.message).toBe("waits for z");
    expect(result.duration).toBeLessThan(60_000);
  });

  test("a failed one-shot blocks those who wait for its end", async () => {
    const world = new World();
    const job = named("job", { config: containerConfig({ command: ["false"] }), lifecycle: { kind: "oneshot" } });
    const fleet = resolvedFleet([named("a", { dependsOn: [{ instance: "job", condition: "completed" }] }), job]);
    expect(results(await world.apply(fleet))).toEqual({ a: "blocked", job: "failed" });
  });

  test("a dependency outside of the run counts by what is there", async () => {
    const world = new World();
    const fleet = resolvedFleet([named("a", { dependsOn: [{ instance: "z", condition: "started" }] }), named("z")]);
    expect(results(await world.apply(fleet, { apply: ["a"] }))).toEqual({ a: "blocked" });
    await world.apply(fleet, { apply: ["z"] });
    expect(results(await world.apply(fleet, { apply: ["a"] }))).toEqual({ a: "changed" });
  });

  test("a container that shares another one's network is in sync when applied alone", async () => {
    const world = new World();
    const a = named("a", { config: containerConfig({ networkMode: "container:test-z" }) });
    const fleet = resolvedFleet([{ ...a, dependsOn: [{ instance: "z", condition: "started" }] }, named("z")]);
    await world.apply(fleet);
    const undeclared = resolvedFleet([a, named("z")]);
    expect(results(await world.apply(undeclared, { apply: ["a"] }))).toEqual({ a: "unchanged" });
  });
});

describe("containers that do not do their work", () => {
  test("one that exits at once fails after three starts, with how it exited", async () => {
    const world = new World();
    const fleet = resolvedFleet([named("a", { config: containerConfig({ command: ["sh", "-c", "exit 7"] }) })]);
    const { outcomes } = await world.apply(fleet);
    expect(outcomes).toMatchObject([
      {
        result: "failed",
        message: "test-a does not stay up: exited 7, although started again 3 times",
        container: "test-a",
      },
    ]);
    expect(world.count("createContainer")).toBe(1);
  });

  test("an unhealthy one is as specified, and not ready", async () => {
    const world = new World();
    const fleet = resolvedFleet([named("a", { config: containerConfig({ healthcheck: sick }) })]);
    expect((await world.apply(fleet)).outcomes).toMatchObject([
      { result: "notReady", message: "test-a is unhealthy", hint: "docker logs test-a" },
    ]);
  });

  test("one that was in sync and unhealthy before is not ready either, and nothing is done to it", async () => {
    const world = new World();
    const fleet = resolvedFleet([named("a", { config: containerConfig({ healthcheck: sick }) })]);
    await world.apply(fleet);
    const before = world.calls().length;
    expect(results(await world.apply(fleet))).toEqual({ a: "notReady" });
    expect(world.calls().length).toBe(before);
  });

  test("a change that the engine takes without making it is given up, not repeated for ever", async () => {
    const world = new World();
    const fleet = resolvedFleet([named("a")]);
    await world.apply(fleet);
    const changed = resolvedFleet([named("a", { config: containerConfig({ cpus: 1 }) })]);
    const inspect = world.engine.inspectContainer;
    world.engine.inspectContainer = async (id, options) => {
      const found = await inspect(id, options);
      const { cpus: _, ...config } = found.config;
      return { ...found, config };
    };
    const { outcomes } = await world.apply(changed);
    expect(outcomes).toMatchObject([
      { result: "failed", message: "test-a still differs in resources.cpus after that was mended" },
    ]);
    expect(world.count("updateContainer")).toBe(3);
  });
});

describe("replacement", () => {
  const rev = (text: string, changes = {}) =>
    named("a", { config: containerConfig({ env: { REV: text }, ...changes }) });

  test("one whose successor cannot start stays as it was, and is not tried again by itself", async () => {
    const world = new World();
    await world.apply(resolvedFleet([rev("1")]));
    const [old] = await world.engine.listContainers();
    const { outcomes } = await world.apply(resolvedFleet([rev("2", { command: ["/nonexistent/x"] })]));
    expect(outcomes).toMatchObject([{ result: "failed", message: expect.stringMatching(/no such file/) }]);
    expect(await world.engine.listContainers()).toEqual([old]);
    expect(world.count("createContainer")).toBe(2);
  });

  test("C46, C66: a call that is refused in the middle leaves the old one or the new one running, and nothing else", async () => {
    for (const code of ["Forbidden", "Refused", "Unreachable", "NoSpace"] as const) {
      for (const applied of [false, true]) {
        for (let at = 0; at < 7; at += 1) {
          const world = new World();
          await world.apply(resolvedFleet([rev("1")]));
          let mutating = 0;
          const fault = new FleetError(code, "injected");
          world.engine.fail("*", (call) => call.mutating && mutating++ === at, fault, { applied });
          const { outcomes } = await world.apply(resolvedFleet([rev("2")]));
          const containers = await world.engine.listContainers();
          const where = `${code} at call ${at}, applied ${applied}: ${outcomes[0]?.result} ${outcomes[0]?.message}`;
          expect(await world.containers(), where).toEqual(["test-a running"]);
          const { config } = await world.engine.inspectContainer(containers[0]?.id ?? "");
          expect(config.env?.REV, where).toBe(outcomes[0]?.result === "changed" ? "2" : "1");
        }
      }
    }
  });

  test("law 7: one that was to be adopted runs on when its successor cannot start", async () => {
    const world = new World();
    const theirs = world.engine.addContainer("test-a", containerConfig());
    const adopting = { policy: { ...policy, adopt: "byName" } } as const;
    const bad = rev("2", { command: ["/nonexistent/x"] });
    expect(results(await world.apply(resolvedFleet([bad], adopting)))).toEqual({ a: "failed" });
    expect((await world.engine.listContainers()).map(({ id, name, phase }) => [id, name, phase])).toEqual([
      [theirs, "test-a", "running"],
    ]);
    expect(results(await world.apply(resolvedFleet([rev("2")], adopting)))).toEqual({ a: "changed" });
    expect(await world.containers()).toEqual(["test-a running"]);
  });

  test("C67: no space for the new container: the old one survives, and it is tried a few times", async () => {
    const world = new World();
    await world.apply(resolvedFleet([rev("1")]));
    world.engine.fail("createContainer", () => true, new FleetError("NoSpace", "no space left on device"));
    const { outcomes } = await world.apply(resolvedFleet([rev("2")]));
    expect(outcomes).toMatchObject([{ result: "failed", code: "NoSpace", message: "no space left on device" }]);
    expect(await world.containers()).toEqual(["test-a running"]);
    expect(world.count("createContainer")).toBe(1 + 3);
    expect(world.count("stopContainer")).toBe(0);
  });

  test("C65: a pull that fails while the image is there warns and goes on", async () => {
    const world = new World();
    world.engine.fail("pullImage", 1, new FleetError("RateLimited", "429 too many requests"));
    const spec = named("a", { image: { ref: "fleet-test:1", pull: "always", track: "id" } });
    expect(results(await world.apply(resolvedFleet([spec])))).toEqual({ a: "changed" });
    const warnings = world.events.filter((event) => event.type === "Warning").map((event) => event.message);
    expect(warnings).toEqual(["fleet-test:1 could not be pulled and the local image is used: 429 too many requests"]);
  });

  test("law 1: an engine that goes away in the middle and comes back is taken up where it was left", async () => {
    for (let at = 0; at < 7; at += 1) {
      const world = new World();
      await world.apply(resolvedFleet([rev("1")]));
      let mutating = 0;
      const off = world.engine.onCall((call) => {
        if (!call.mutating || mutating++ !== at) return;
        off();
        world.engine.setUnreachable(true);
        world.clock.setTimeout(() => world.engine.setUnreachable(false), 3_000);
      });
      const { outcomes } = await world.apply(resolvedFleet([rev("2")]));
      expect(outcomes, `away at call ${at}`).toMatchObject([{ result: "changed" }]);
      expect(await world.containers()).toEqual(["test-a running"]);
    }
  });
});

describe("the end of a run", () => {
  test("law 1: an engine that is not there is unknown: nothing is done, and the run says so", async () => {
    const world = new World();
    await world.apply(resolvedFleet([named("a")]));
    world.engine.setUnreachable(true);
    const before = world.calls().length;
    const { outcomes } = await world.apply(resolvedFleet([named("a"), named("b")]), { timeout: 5_000 });
    expect(outcomes.map(({ result, code }) => `${result} ${code}`)).toEqual([
      "unfinished Unreachable",
      "unfinished Unreachable",
    ]);
    expect(world.calls().length).toBe(before);
  });

  test("time runs out: what waits for a turn is unfinished, and what acts is let end", async () => {
    const world = new World();
    world.engine.delay("createContainer", 4_000);
    const fleet = resolvedFleet([named("a"), named("b")], {
      policy: { ...policy, concurrency: 1 },
    });
    const result = await world.apply(fleet, { timeout: 1_000 });
    expect(results(result)).toEqual({ a: "changed", b: "unfinished" });
    expect(await world.containers()).toEqual(["test-a running"]);
    expect(world.clock.pending).toBe(0);
  });

  test("an abort stops new acts and lets the one under way end", async () => {
    const world = new World();
    const abort = new AbortController();
    world.engine.onCall((call) => {
      if (call.verb === "createContainer") abort.abort();
    });
    const fleet = resolvedFleet([named("a"), named("b")], {
      policy: { ...policy, concurrency: 1 },
    });
    expect(results(await world.apply(fleet, { signal: abort.signal }))).toEqual({ a: "changed", b: "unfinished" });
    expect(await world.containers()).toEqual(["test-a running"]);
  });

  test("aborted before it began: nothing is done", async () => {
    const world = new World();
    const result = await world.apply(resolvedFleet([named("a")]), { signal: AbortSignal.abort() });
    expect(results(result)).toEqual({ a: "unfinished" });
    expect(await world.containers()).toEqual([]);
  });

  test.each(["listContainers", "createContainer", "startContainer", "pullImage"] as const)(
    "a %s that is never answered leaves no timer and no call behind",
    async (verb) => {
      const world = new World();
      world.engine.hang(verb);
      const spec = named("a", { image: { ref: "fleet-test:1", pull: "always", track: "id" } });
      await world.apply(resolvedFleet([spec]), { timeout: 2_000 });
      await tick();
      expect(world.clock.pending).toBe(0);
      expect(world.engine.calls.filter((call) => call.outcome === undefined)).toEqual([]);
    },
  );

  test("a run that ended leaves no timer", async () => {
    const world = new World();
    await world.apply(resolvedFleet([named("a"), named("b")]));
    expect(world.clock.pending).toBe(0);
  });
});

describe("removal", () => {
  const remove = (reason: "Orphaned" | "Destroyed", ...names: string[]) => ({ apply: [], remove: { names, reason } });

  test("orphans go, and nothing else", async () => {
    const world = new World();
    await world.apply(resolvedFleet([named("a"), named("gone")]));
    world.engine.addContainer("stranger", containerConfig());
    const fleet = resolvedFleet([named("a")], { policy: { ...policy, orphans: "remove" } });
    const result = await world.apply(fleet, { ...remove("Orphaned", "gone"), apply: ["a"] });
    expect(results(result)).toEqual({ a: "unchanged", gone: "removed" });
    expect(await world.containers()).toEqual(["stranger running", "test-a running"]);
  });

  test("a paused orphan goes too", async () => {
    const world = new World();
    await world.apply(resolvedFleet([named("gone")]));
    world.engine.pause("test-gone");
    const fleet = resolvedFleet([], { policy: { ...policy, orphans: "remove" } });
    expect(results(await world.apply(fleet, remove("Orphaned", "gone")))).toEqual({ gone: "removed" });
  });

  test("destroy: dependents first; law 8: volumes stay", async () => {
    const world = new World();
    const mounts = [{ kind: "volume", source: "state", target: "/state", readOnly: false }] as const;
    const fleet = resolvedFleet([
      named("a", { config: containerConfig({ mounts }) }),
      named("b", { dependsOn: [{ instance: "a", condition: "started" }] }),
      named("c", { dependsOn: [{ instance: "b", condition: "started" }] }),
    ]);
    await world.apply(fleet);
    const ids = Object.fromEntries((await world.engine.listContainers()).map(({ id, name }) => [id, name]));
    const result = await world.apply(fleet, remove("Destroyed", "a", "b", "c"));
    expect(results(result)).toEqual({ a: "removed", b: "removed", c: "removed" });
    const removed = world.engine.calls.filter((call) => call.verb === "removeContainer");
    expect(removed.map((call) => ids[call.target])).toEqual(["test-c", "test-b", "test-a"]);
    expect((await world.engine.listVolumes()).map(({ name }) => name)).toEqual(["state"]);
  });

  test("what is not there is removed at once", async () => {
    const world = new World();
    const result = await world.apply(resolvedFleet([named("a")]), remove("Destroyed", "a"));
    expect(results(result)).toEqual({ a: "removed" });
    expect(world.calls()).toEqual([]);
  });

  test("C53: a removal that the engine is already at is waited for", async () => {
    const world = new World();
    await world.apply(resolvedFleet([named("a")]));
    world.engine.setPhase("test-a", "removing");
    const result = await world.apply(resolvedFleet([named("a")]), { ...remove("Destroyed", "a"), timeout: 60_000 });
    expect(result.outcomes).toMatchObject([{ result: "failed", code: "InProgress" }]);
    expect(result.duration).toBeLessThan(10_000);
  });
});

describe("work inside", () => {
  const changed = (name: string, changes: Partial<InstanceSpec> = {}) =>
    named(name, { config: containerConfig({ env: { REV: "2" } }), ...changes });
  const lease = (instance: string, until = 3_600_000) =>
    ({ id: "1", instance, holder: "task-4711", since: 0, until }) satisfies LeaseRecord;
  const asked = ({ engine }: World, before: number) =>
    engine.calls.slice(before).filter(({ verb }) => verb === "listExecs").length;
  const hint = "fleet apply again once it has ended, or with --force to cut it";
  const forced = (drainTimeout: number) => ({ policy: { ...policy, whenBusy: "force" as const, drainTimeout } });

  test("a running exec holds up its replacement: blocked at once, and nothing is done; the rest goes on", async () => {
    const world = new World();
    await world.apply(resolvedFleet([named("a"), named("b")]));
    const exec = world.engine.startExec("test-a");
    const { id } = await world.engine.inspectContainer("test-a");
    const fleet = resolvedFleet([changed("a"), changed("b")]);
    const result = await world.apply(fleet);
    expect(result.outcomes).toMatchObject([
      { instance: "a", result: "blocked", actions: [], message: "1 running exec inside", hint },
      { instance: "b", result: "changed" },
    ]);
    expect(result.duration).toBeLessThan(2_000);
    expect(await world.engine.listExecs(id)).toHaveLength(1);
    expect(await world.containers()).toEqual(["test-a running", "test-b running"]);
    world.engine.endExec("test-a", exec);
    expect(results(await world.apply(fleet))).toEqual({ a: "changed", b: "unchanged" });
  });

  test("a lease does the same until its time is over, and holds up nothing else", async () => {
    const world = new World();
    await world.apply(resolvedFleet([named("a"), named("b")]));
    const fleet = resolvedFleet([changed("a"), changed("b")]);
    world.clock.advance(60_000 - world.clock.now());
    expect((await world.apply(fleet, { leases: [lease("a")] })).outcomes).toMatchObject([
      { result: "blocked", message: "1 task inside (task-4711, 1m)", hint },
      { result: "changed" },
    ]);
    expect(results(await world.apply(fleet, { leases: [lease("a", world.clock.now())] }))).toEqual({
      a: "changed",
      b: "unchanged",
    });
  });

  test("what cuts nothing is done, and nobody is asked", async () => {
    const world = new World();
    await world.apply(resolvedFleet([named("a"), named("b"), named("c")]));
    world.engine.startExec("test-a");
    world.engine.exit("test-b", 1);
    const before = world.engine.calls.length;
    const fleet = resolvedFleet([
      named("a", { config: containerConfig({ memory: 1 << 28 }) }),
      changed("b"),
      named("c"),
    ]);
    const result = await world.apply(fleet, { leases: [lease("a"), lease("b"), lease("c")] });
    expect(results(result)).toEqual({ a: "changed", b: "changed", c: "unchanged" });
    expect(asked(world, before)).toBe(0);
  });

  test("who begins while the successor is made is not cut, and nothing of the replacement is left", async () => {
    const world = new World();
    await world.apply(resolvedFleet([named("a")]));
    const old = await world.engine.inspectContainer("test-a");
    world.engine.onCall(({ verb }) => {
      if (verb === "createContainer") world.engine.startExec("test-a");
    });
    const result = await world.apply(resolvedFleet([changed("a")]));
    expect(result.outcomes).toMatchObject([{ result: "blocked", message: "1 running exec inside" }]);
    expect(await world.containers()).toEqual(["test-a running"]);
    expect((await world.engine.inspectContainer("test-a")).id).toBe(old.id);
    expect(await world.engine.listExecs(old.id)).toHaveLength(1);
    expect(world.count("stopContainer")).toBe(0);
  });

  test("a container that is to be adopted is not cut either", async () => {
    const world = new World();
    world.engine.addContainer("test-a", containerConfig());
    world.engine.startExec("test-a");
    const fleet = resolvedFleet([changed("a")], { policy: { ...policy, adopt: "byName" } });
    const { outcomes } = await world.apply(fleet);
    expect(outcomes).toMatchObject([{ result: "blocked", message: "1 running exec inside" }]);
    expect(world.count("stopContainer")).toBe(0);
  });

  test("force cuts it, and asks nobody", async () => {
    const world = new World();
    await world.apply(resolvedFleet([named("a")]));
    world.engine.startExec("test-a");
    const before = world.engine.calls.length;
    const result = await world.apply(resolvedFleet([changed("a")]), { force: true, leases: [lease("a")] });
    expect(results(result)).toEqual({ a: "changed" });
    expect(asked(world, before)).toBe(0);
  });

  test("whenBusy: force waits until its deadline, and then cuts it", async () => {
    const world = new World();
    await world.apply(resolvedFleet([named("a")]));
    world.engine.startExec("test-a");
    const result = await world.apply(resolvedFleet([changed("a")], forced(60_000)));
    expect(results(result)).toEqual({ a: "changed" });
    expect(result.duration).toBeGreaterThan(60_000);
    expect(result.duration).toBeLessThan(70_000);
  });

  test("whenBusy: force goes on as soon as the work has ended", async () => {
    const world = new World();
    await world.apply(resolvedFleet([named("a")]));
    const exec = world.engine.startExec("test-a");
    world.clock.setTimeout(() => world.engine.endExec("test-a", exec), 10_000);
    const result = await world.apply(resolvedFleet([changed("a")], forced(60_000)));
    expect(results(result)).toEqual({ a: "changed" });
    expect(result.duration).toBeLessThan(20_000);
  });

  test("whenBusy: force with a deadline beyond the run's own is not waited for", async () => {
    const world = new World();
    await world.apply(resolvedFleet([named("a")]));
    world.engine.startExec("test-a");
    const result = await world.apply(resolvedFleet([changed("a")], forced(600_000)));
    expect(result.outcomes).toMatchObject([
      { result: "blocked", hint: expect.stringContaining("a --timeout of more than 10m") },
    ]);
    expect(result.duration).toBeLessThan(2_000);
  });

  test.each([
    ["Forbidden", "allow GET /exec/ID/json, or pass --force to cut whatever runs inside"],
    ["Timeout", undefined],
    ["Refused", undefined],
  ] as const)("an engine that does not say who is inside (%s) has nothing cut", async (code, told) => {
    const world = new World();
    await world.apply(resolvedFleet([named("a")]));
    world.engine.fail("listExecs", () => true, new FleetError(code, "no answer"));
    const fleet = resolvedFleet([changed("a")]);
    const { outcomes } = await world.apply(fleet);
    expect(outcomes.map((outcome) => [outcome.result, outcome.code, outcome.hint])).toEqual([["failed", code, told]]);
    expect(world.count("stopContainer")).toBe(0);
    expect(results(await world.apply(fleet, { force: true }))).toEqual({ a: "changed" });
  });

  test("destroy: who is busy stays, and what it depends on; the rest goes", async () => {
    const world = new World();
    const fleet = resolvedFleet([
      named("a"),
      named("b", { dependsOn: [{ instance: "a", condition: "started" }] }),
      named("c"),
    ]);
    await world.apply(fleet);
    world.engine.startExec("test-b");
    const destroy = { apply: [], remove: { names: ["a", "b", "c"], reason: "Destroyed" } } as const;
    const result = await world.apply(fleet, destroy);
    expect(result.outcomes).toMatchObject([
      { instance: "a", result: "blocked", message: "waits for b" },
      {
        instance: "b",
        result: "blocked",
        message: "1 running exec inside",
        hint: "fleet destroy again once it has ended, or with --force to cut it",
      },
      { instance: "c", result: "removed" },
    ]);
    expect(await world.containers()).toEqual(["test-a running", "test-b running"]);
    expect(results(await world.apply(fleet, { ...destroy, force: true }))).toEqual({
      a: "removed",
      b: "removed",
      c: "removed",
    });
  });

  test("a plan is shown with who is inside, by one question for each container that it would cut", async () => {
    const world = new World();
    const { engine, host } = world;
    await world.apply(resolvedFleet([named("a"), named("b"), named("c"), named("d")]));
    engine.startExec("test-a");
    engine.startExec("test-a");
    const fleet = resolvedFleet([changed("a"), named("b"), changed("c"), changed("d")]);
    const observation = await observe(engine, host, { fleet: "test", instances: fleet.instances, now: 180_000 });
    const bare = planFleet(fleet, observation, { address: "memory:" });
    const before = engine.calls.length;
    const told = async (options: Pick<BusyOptions, "policy" | "force">) => {
      const plan = await withBusy(bare, observation, { engine, leases: [lease("b"), lease("c")], ...options });
      expect(plan.basis).toBe(bare.basis);
      return plan.instances.map(({ busy }) => busy);
    };
    const [execs, task] = [{ message: "2 running execs inside" }, { message: "1 task inside (task-4711, 3m)" }];
    expect(await told({ policy })).toEqual([execs, undefined, task, undefined]);
    expect(asked(world, before)).toBe(3);
    expect(await told({ ...forced(60_000) })).toEqual([
      { ...execs, cutAfter: 60_000 },
      undefined,
      { ...task, cutAfter: 60_000 },
      undefined,
    ]);
    expect(await told({ policy, force: true })).toEqual([
      { ...execs, cutAfter: 0 },
      undefined,
      { ...task, cutAfter: 0 },
      undefined,
    ]);
  });
});

describe("one that the engine's own policy restarts", () => {
  const crashing = (command: string) =>
    resolvedFleet([
      instanceSpec({
        name: "a",
        config: containerConfig({ command: ["sh", "-c", command], restart: { policy: "always" } }),
      }),
    ]);

  test("again and again does not become ready, and what the engine did is said", async () => {
    const { outcomes, duration } = await new World().apply(crashing("sleep 0.15; exit 3"));
    expect(outcomes).toMatchObject([
      { result: "notReady", message: expect.stringMatching(/^test-a is restarting: the engine restarted it 3 times/) },
    ]);
    expect(duration).toBeLessThan(10_000);
  });

  test("once, and that then stays up, is waited for", async () => {
    const world = new World();
    const fleet = crashing("sleep infinity");
    world.engine.onCall(({ verb }) => {
      if (verb === "startContainer") setImmediate(() => world.engine.exit("test-a", 3));
    });
    const { outcomes, duration } = await world.apply(fleet);
    expect(outcomes).toMatchObject([{ result: "changed" }]);
    expect(duration).toBeGreaterThanOrEqual(10_000);
  });

  test("not at all is not waited for", async () => {
    const { outcomes, duration } = await new World().apply(crashing("sleep infinity"));
    expect(outcomes).toMatchObject([{ result: "changed" }]);
    expect(duration).toBeLessThan(1_000);
  });
});
