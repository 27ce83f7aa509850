import { describe, expect, test } from "vitest";
import { observe } from "../act/observe.ts";
import { perform } from "../act/perform.ts";
import type { Engine } from "../engine/engine.ts";
import { memoryEngine } from "../engine/memory.ts";
import { FleetError } from "../errors.ts";
import { memoryHost } from "../host/memory.ts";
import { ManualClock } from "../manual-clock.ts";
import type { InstancePlan } from "../plan/plan.ts";
import type { Hold } from "../report/hold.ts";
import { containerConfig, instanceSpec, resolvedFleet } from "../spec/builders.ts";
import type { InstanceSpec } from "../spec/instance.ts";
import type { InstanceInput, Outlook } from "./context.ts";
import { createInstance, type Instance } from "./instance.ts";

const tick = () => new Promise((resolve) => setImmediate(resolve));

const labels = { "fleet.name": "test", "fleet.instance": "one" };

const patience = {
  backoff: { base: 1_000, factor: 2, cap: 8_000 },
  maxFailures: 4,
  maxStarts: 4,
  recheck: 200,
  away: 200,
  waitAtMost: 60_000,
  stableAfter: 10_000,
};

/** One machine over a memory engine, with counted effects that a test can hold up or make fail. */
class Bench {
  readonly clock = new ManualClock();
  readonly engine: Engine & ReturnType<typeof memoryEngine> = memoryEngine({
    clock: this.clock,
    images: { "fleet-test:1": {} },
  });
  readonly instance: Instance;
  readonly phases: string[] = [];
  readonly reports: string[] = [];
  readonly acted: InstancePlan[] = [];
  looks = 0;
  turnsOut = 0;
  turnsTaken = 0;
  waitingFor: readonly string[] = [];
  hold: Hold | undefined;
  /** The look that is under way asks its first question. */
  begin: () => void = () => undefined;
  /** Awaited before each effect. */
  beforeLook: () => Promise<unknown> = async () => undefined;
  beforeTurn: () => Promise<unknown> = async () => undefined;
  beforeAct: () => Promise<unknown> = async () => undefined;
  readonly signals: AbortSignal[] = [];

  constructor(changes: Partial<InstanceInput> = {}, spec: InstanceSpec | null = instanceSpec()) {
    const host = memoryHost();
    const { policy } = resolvedFleet([]);
    this.instance = createInstance(
      { name: "one", policy, healing: false, patience, ...(spec && { spec }), ...changes },
      {
        clock: this.clock,
        look: async (_name, signal, begun): Promise<Outlook> => {
          this.begin = begun;
          this.signals.push(signal);
          this.looks += 1;
          await this.beforeLook();
          const instances = spec === null ? [] : [spec];
          const observation = await observe(this.engine, host, { fleet: "test", instances, now: this.clock.now() });
          return { observation, waitingFor: this.waitingFor, ...(this.hold && { hold: this.hold }) };
        },
        turn: async () => {
          await this.beforeTurn();
          this.turnsTaken += 1;
          this.turnsOut += 1;
          return { release: () => (this.turnsOut -= 1) };
        },
        act: async (plan, _outlook, signal) => {
          this.signals.push(signal);
          this.acted.push(plan);
          await this.beforeAct();
          let successor: string | undefined;
          for (const action of plan.actions) {
            const wait = { sleep: async () => undefined, now: () => 0, readyTimeout: 0, settleTime: 0 };
            const stage = { engine: this.engine, host, fleet: "test", lifecycle: { kind: "hot" }, wait } as const;
            successor = (await perform(action, { ...stage, ...(successor && { successor }) })).created ?? successor;
          }
        },
      },
    );
    this.instance.onChange(({ phase }) => {
      if (this.phases.at(-1) !== phase) this.phases.push(phase);
    });
    this.instance.onReport(({ severity, reason, message }) => this.reports.push(`${severity} ${reason} ${message}`));
  }

  async start(): Promise<this> {
    this.instance.start();
    await this.rest();
    return this;
  }

  /** Lets everything happen that needs no time. */
  async rest(): Promise<void> {
    for (let round = 0; round < 12; round += 1) await tick();
  }

  async advance(milliseconds: number): Promise<void> {
    this.clock.advance(milliseconds);
    await this.rest();
  }

  get phase(): string {
    return this.instance.state().phase;
  }
}

function gate(): { promise: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

describe("the way there", () => {
  test("looks, takes a turn, acts, and believes it only after another look", async () => {
    const bench = await new Bench().start();
    expect(bench.phases).toEqual(["observing", "awaitingTurn", "acting", "observing", "settled"]);
    expect(bench.reports).toEqual(["Normal Settled running"]);
    expect(bench.instance.state()).toMatchObject({ acts: 1, attempts: 0, error: null, decision: { to: "settled" } });
    expect(bench.turnsOut).toBe(0);
  });

  test("in sync: no turn, no act", async () => {
    const bench = new Bench();
    bench.engine.addContainer("test-one", containerConfig({ labels }));
    await bench.start();
    expect([bench.phase, bench.turnsTaken, bench.acted.length, bench.looks]).toEqual(["settled", 0, 0, 1]);
  });

  test("what waits for others looks again by itself, and goes on when they are ready", async () => {
    const bench = new Bench();
    bench.waitingFor = ["db"];
    await bench.start();
    expect(bench.phase).toBe("deferred");
    await bench.advance(patience.recheck);
    expect([bench.phase, bench.looks]).toEqual(["deferred", 2]);
    bench.waitingFor = [];
    bench.instance.wake();
    await bench.rest();
    expect(bench.phase).toBe("settled");
  });

  test("one that is no longer in the spec is removed, and ends", async () => {
    const bench = new Bench({ removal: "Destroyed" }, null);
    bench.engine.addContainer("test-one", containerConfig({ labels }));
    await bench.start();
    expect(bench.phases).toEqual(["observing", "awaitingTurn", "acting", "observing", "retired"]);
    expect([await bench.engine.listContainers(), bench.clock.pending, bench.turnsOut]).toEqual([[], 0, 0]);
    bench.instance.wake();
    await bench.rest();
    expect([bench.phase, bench.looks]).toEqual(["retired", 2]);
  });
});

describe("law 5: wakes", () => {
  test("a wake during a look leads to one more look, however many there were", async () => {
    const bench = new Bench();
    const first = gate();
    bench.beforeLook = () => (bench.looks === 1 ? first.promise : Promise.resolve());
    await bench.start();
    for (let wakes = 0; wakes < 100; wakes += 1) bench.instance.wake();
    first.open();
    await bench.rest();
    expect([bench.phase, bench.looks, bench.acted.length]).toEqual(["settled", 3, 1]);
  });

  test("a wake before the look has begun leads to no other look, and one after that does", async () => {
    const bench = new Bench();
    const { promise, open } = gate();
    bench.beforeLook = () => promise;
    bench.instance.start();
    await bench.rest();
    bench.instance.wake();
    bench.begin();
    open();
    await bench.rest();
    const looks = bench.looks;
    bench.instance.wake();
    await bench.rest();
    expect(bench.looks).toBe(looks + 1);
    const second = gate();
    bench.beforeLook = () => second.promise;
    bench.instance.wake();
    await bench.rest();
    bench.begin();
    bench.instance.wake();
    bench.beforeLook = async () => undefined;
    second.open();
    await bench.rest();
    expect([bench.phase, bench.looks]).toEqual(["settled", looks + 3]);
  });

  test("a spec that changes while a look is under way is looked at anew", async () => {
    const bench = new Bench();
    bench.engine.addContainer("test-one", containerConfig({ labels }));
    const { promise, open } = gate();
    bench.beforeLook = () => promise;
    bench.instance.start();
    await bench.rest();
    bench.beforeLook = async () => undefined;
    const { policy } = resolvedFleet([]);
    bench.instance.desire({ policy, patience, spec: instanceSpec({ config: containerConfig({ env: { REV: "2" } }) }) });
    bench.begin();
    open();
    await bench.rest();
    expect((await bench.engine.inspectContainer("test-one")).config.env).toMatchObject({ REV: "2" });
  });

  test("many wakes at rest are one look", async () => {
    const bench = await new Bench().start();
    const { looks } = bench;
    for (let wakes = 0; wakes < 100; wakes += 1) bench.instance.wake();
    await bench.rest();
    expect(bench.looks - looks).toBeLessThanOrEqual(2);
  });

  test("what was planned before a wake is not done: the turn is given back and it looks again", async () => {
    const bench = new Bench();
    const turn = gate();
    bench.beforeTurn = () => turn.promise;
    await bench.start();
    expect(bench.phase).toBe("awaitingTurn");
    bench.engine.addContainer("test-one", containerConfig());
    bench.instance.wake();
    turn.open();
    await bench.rest();
    expect([bench.phase, bench.acted, bench.turnsOut]).toEqual(["stalled", [], 0]);
    expect(bench.instance.state().plan?.blocks[0]?.reason).toBe("NameTaken");
  });

  test("a wake during an act leads to no second act", async () => {
    const bench = new Bench();
    const act = gate();
    bench.beforeAct = () => act.promise;
    await bench.start();
    for (let wakes = 0; wakes < 10; wakes += 1) bench.instance.wake();
    act.open();
    await bench.rest();
    expect([bench.phase, bench.acted.length]).toEqual(["settled", 1]);
  });

  test("a wake finds what has changed", async () => {
    const bench = await new Bench().start();
    bench.engine.remove("test-one");
    bench.instance.wake();
    await bench.rest();
    expect([bench.phase, bench.acted.length]).toEqual(["settled", 2]);
  });

  test("a wake during a backoff does not cut it short", async () => {
    const bench = new Bench();
    bench.beforeAct = () => Promise.reject(new FleetError("Refused", "no"));
    await bench.start();
    bench.instance.wake();
    await bench.advance(999);
    expect([bench.phase, bench.acted.length]).toEqual(["backingOff", 1]);
    await bench.advance(1);
    expect([bench.phase, bench.acted.length]).toEqual(["backingOff", 2]);
  });
});

describe("failures", () => {
  test("tries again after waits that grow, then stalls with what it failed with", async () => {
    const bench = new Bench();
    bench.beforeAct = () => Promise.reject(new FleetError("Refused", "port is taken", { hint: "free it" }));
    await bench.start();
    const tries: number[] = [];
    for (let second = 0; second < 20; second += 1) {
      tries.push(bench.acted.length);
      await bench.advance(1_000);
    }
    expect(tries).toEqual([1, 2, 2, 3, 3, 3, 3, ...Array(13).fill(4)]);
    expect(bench.instance.state()).toMatchObject({
      phase: "stalled",
      attempts: 4,
      decision: { to: "stalled", message: "port is taken", hint: "free it" },
    });
    expect(bench.reports.at(-1)).toBe("Warning Stalled port is taken");
    expect(bench.clock.pending).toBe(0);
  });

  test("an error that the same call never gets over stalls at once", async () => {
    const bench = new Bench();
    bench.beforeAct = () => Promise.reject(new FleetError("Forbidden", "the proxy says no"));
    await bench.start();
    expect([bench.phase, bench.acted.length, bench.turnsOut]).toEqual(["stalled", 1, 0]);
  });

  test("a turn is given back after an act that failed, with whatever", async () => {
    const bench = new Bench();
    bench.beforeAct = () => Promise.reject("a string");
    await bench.start();
    expect([bench.turnsTaken, bench.turnsOut, bench.instance.state().error?.code]).toEqual([1, 0, "Refused"]);
  });

  test("a turn is given back when the machine is stopped in the middle of an act, and the act is told", async () => {
    const bench = new Bench();
    bench.beforeAct = () => new Promise(() => undefined);
    await bench.start();
    expect([bench.phase, bench.turnsOut]).toEqual(["acting", 1]);
    bench.instance.stop();
    bench.instance.wake();
    expect([bench.turnsOut, bench.signals.at(-1)?.aborted, bench.clock.pending]).toEqual([0, true, 0]);
  });

  test("a container that exits again and again is started a few times, with waits between", async () => {
    const spec = instanceSpec({ config: containerConfig({ command: ["sh", "-c", "exit 7"] }) });
    const bench = await new Bench({}, spec).start();
    for (let second = 0; second < 60; second += 1) {
      await bench.advance(1_000);
      if (bench.phase === "settled") bench.instance.wake();
      await bench.rest();
    }
    expect(bench.phase).toBe("stalled");
    expect(bench.reports.at(-1)).toBe(
      "Warning Stalled test-one does not stay up: exited 7, although started again 4 times",
    );
    expect(bench.engine.calls.filter(({ verb }) => verb === "startContainer").length).toBe(5);
  });

  test("one that ran for a while starts over with a clean sheet", async () => {
    const bench = await new Bench().start();
    for (let round = 0; round < 10; round += 1) {
      bench.engine.exit("test-one", 1);
      bench.instance.wake();
      await bench.rest();
      expect([bench.phase, bench.instance.state().attempts]).toEqual(["settled", 1]);
      await bench.advance(patience.stableAfter);
      expect(bench.instance.state().attempts).toBe(0);
    }
  });

  test("a mend that does not take is counted as a failure, and given up", async () => {
    const bench = await new Bench({}, instanceSpec({ config: containerConfig({ pids: 10 }) })).start();
    const { inspectContainer } = bench.engine;
    bench.engine.inspectContainer = async (id, options) => {
      const found = await inspectContainer(id, options);
      return { ...found, config: { ...found.config, pids: 9 } };
    };
    bench.instance.wake();
    for (let second = 0; second < 30; second += 1) await bench.advance(1_000);
    expect(bench.phase).toBe("stalled");
    expect(bench.acted.length).toBe(1 + 4);
    expect(bench.instance.state().error?.message).toBe(
      "test-one still differs in resources.pids after that was mended",
    );
  });
});

test("what is gone when it is to be stopped is planned anew, not given up", async () => {
  const bench = await new Bench().start();
  bench.engine.setPhase("test-one", "dead");
  bench.beforeAct = async () => {
    bench.beforeAct = async () => undefined;
    // An engine calls a container dead for a moment while it removes it.
    bench.engine.remove("test-one");
  };
  bench.instance.wake();
  await bench.rest();
  await bench.advance(1_000);
  expect([bench.phase, (await bench.engine.listContainers()).map(({ name, phase }) => `${name} ${phase}`)]).toEqual([
    "settled",
    ["test-one running"],
  ]);
});

describe("law 1: unknown is not missing", () => {
  test("an engine that cannot be reached: no act, looked for again, and no trace of it later", async () => {
    const bench = await new Bench().start();
    bench.engine.setUnreachable(true);
    bench.instance.wake();
    await bench.rest();
    for (let round = 0; round < 20; round += 1) await bench.advance(patience.recheck);
    expect([bench.phase, bench.acted.length]).toEqual(["unknown", 1]);
    expect(bench.instance.state().error?.code).toBe("Unreachable");
    bench.engine.setUnreachable(false);
    await bench.advance(patience.recheck);
    expect([bench.phase, bench.acted.length, bench.instance.state().error]).toEqual(["settled", 1, null]);
  });

  test("a look that gets no answer in time is unknown too", async () => {
    const bench = await new Bench().start();
    bench.engine.hang("listContainers");
    bench.instance.wake();
    await bench.rest();
    await bench.advance(30_000);
    expect([bench.phase, bench.acted.length]).toEqual(["unknown", 1]);
  });

  test("a look that is refused stalls: nothing is known, nothing is done", async () => {
    const bench = new Bench();
    bench.beforeLook = () => Promise.reject(new FleetError("Forbidden", "403"));
    await bench.start();
    expect([bench.phase, bench.acted.length, bench.reports]).toEqual(["stalled", 0, ["Warning Stalled 403"]]);
  });

  test("an engine that goes away does not make a failure forgotten", async () => {
    const bench = new Bench();
    bench.beforeAct = () => {
      bench.engine.setUnreachable(true);
      return Promise.reject(new FleetError("Forbidden", "the proxy says no"));
    };
    await bench.start();
    bench.engine.setUnreachable(false);
    await bench.advance(patience.recheck);
    expect([bench.phase, bench.acted.length, bench.instance.state().error?.code]).toEqual(["stalled", 1, "Forbidden"]);
  });
});

describe("replacement", () => {
  const other = instanceSpec({ config: containerConfig({ env: { REV: "2" }, command: ["/nonexistent/x"] }) });

  async function standing(spec: InstanceSpec): Promise<Bench> {
    const bench = new Bench({}, spec);
    bench.engine.addContainer("test-one", containerConfig({ labels }));
    return bench.start();
  }

  test("one that fails is taken back at once, and not tried again", async () => {
    const bench = await standing(other);
    for (let second = 0; second < 60; second += 1) await bench.advance(1_000);
    expect(bench.phase).toBe("stalled");
    expect(bench.acted.map(({ actions }) => actions[0]?.reason)).toEqual(["FieldsDiffer", "ReplacementUnfinished"]);
    expect((await bench.engine.listContainers()).map(({ name, phase }) => `${name} ${phase}`)).toEqual([
      "test-one running",
    ]);
    expect(bench.instance.state().decision).toMatchObject({ message: expect.stringMatching(/no such file/) });
  });

  test("one that fails after tries that did not get so far is still taken back", async () => {
    const bench = new Bench({}, other);
    bench.engine.addContainer("test-one", containerConfig({ labels }));
    bench.engine.fail("createContainer", 3, new FleetError("NoSpace", "disk is full"));
    await bench.start();
    for (let second = 0; second < 60; second += 1) await bench.advance(1_000);
    expect((await bench.engine.listContainers()).map(({ name, phase }) => `${name} ${phase}`)).toEqual([
      "test-one running",
    ]);
  });
});

describe("holds", () => {
  const suspended = (bench: Bench, until?: number): Hold => ({
    kind: "Suspended",
    message: "suspended by alice: a look inside",
    ...(until !== undefined && { until: bench.clock.now() + until }),
  });

  test("one that is suspended is left as it is, and goes on by itself when the time is over", async () => {
    const bench = await new Bench().start();
    bench.hold = suspended(bench, 60_000);
    bench.engine.remove("test-one");
    bench.instance.wake();
    await bench.rest();
    expect([bench.phase, bench.acted.length, bench.reports.at(-1)]).toEqual([
      "suspended",
      1,
      "Normal Suspended suspended by alice: a look inside",
    ]);
    await bench.advance(30_000);
    expect(bench.phase).toBe("suspended");
    bench.hold = undefined;
    await bench.advance(30_000);
    expect([bench.phase, bench.acted.length]).toEqual(["settled", 2]);
  });

  test("one that is suspended without an end waits for a wake", async () => {
    const bench = await new Bench().start();
    bench.hold = suspended(bench);
    bench.instance.wake();
    await bench.rest();
    bench.hold = undefined;
    await bench.advance(60_000);
    expect(bench.phase).toBe("suspended");
    bench.instance.wake();
    await bench.rest();
    expect(bench.phase).toBe("settled");
  });

  test("a stop by hand holds up the start, and nothing else", async () => {
    const bench = await new Bench().start();
    bench.hold = { kind: "StopGrace", message: "somebody stopped it", until: bench.clock.now() + 10_000 };
    bench.engine.stop("test-one");
    bench.instance.wake();
    await bench.rest();
    expect(bench.phase).toBe("deferred");
    bench.engine.remove("test-one");
    bench.instance.wake();
    await bench.rest();
    expect(bench.phase).toBe("settled");
  });

  test("what holds the whole fleet holds every act", async () => {
    const bench = await new Bench().start();
    bench.hold = { kind: "Breaker", message: "too much is missing" };
    bench.engine.remove("test-one");
    bench.instance.wake();
    await bench.rest();
    await bench.advance(60_000);
    expect([bench.phase, bench.acted.length]).toEqual(["deferred", 1]);
  });
});

describe("trying anew", () => {
  test("a wake does not make it forget what failed; a retry does", async () => {
    const bench = new Bench();
    bench.beforeAct = () => Promise.reject(new FleetError("Forbidden", "the proxy says no"));
    await bench.start();
    bench.beforeAct = async () => undefined;
    bench.instance.wake();
    await bench.rest();
    expect([bench.phase, bench.acted.length]).toEqual(["stalled", 1]);
    bench.instance.retry();
    await bench.rest();
    expect([bench.phase, bench.acted.length]).toEqual(["settled", 2]);
  });

  test("a wake while it backs off looks, and does not shorten the wait", async () => {
    const bench = new Bench();
    bench.beforeAct = () => Promise.reject(new FleetError("NoSpace", "disk is full"));
    await bench.start();
    const acts: number[] = [];
    for (let tenth = 0; tenth < 70; tenth += 1) {
      const before = bench.acted.length;
      await bench.advance(100);
      if (bench.acted.length > before) acts.push(tenth + 1);
      bench.instance.wake();
      await bench.rest();
    }
    expect(acts).toEqual([10, 30, 70]);
  });

  test("a container that somebody else brought back ends the waiting", async () => {
    const bench = await new Bench().start();
    for (let round = 0; round < 2; round += 1) {
      bench.engine.exit("test-one", 1);
      bench.instance.wake();
      await bench.rest();
    }
    expect(bench.phase).toBe("backingOff");
    await bench.engine.startContainer("test-one");
    bench.instance.wake();
    await bench.rest();
    expect(bench.phase).toBe("settled");
  });

  test("another spec is followed at once, from wherever it rests", async () => {
    const bench = new Bench();
    bench.beforeAct = () => Promise.reject(new FleetError("Forbidden", "the proxy says no"));
    await bench.start();
    expect(bench.phase).toBe("stalled");
    bench.beforeAct = async () => undefined;
    const { policy } = resolvedFleet([]);
    bench.instance.desire({ policy, patience, spec: instanceSpec({ config: containerConfig({ env: { REV: "2" } }) }) });
    await bench.rest();
    expect(bench.phase).toBe("settled");
    expect((await bench.engine.inspectContainer("test-one")).config.env).toMatchObject({ REV: "2" });
  });

  test.each([
    ["another spec", { spec: instanceSpec({ config: containerConfig({ env: { REV: "2" } }) }) }, "settled"],
    ["no spec", { removal: "Orphaned" as const }, "retired"],
  ])("what an act for the old spec fails with says nothing about %s", async (_what, desired, phase) => {
    const bench = new Bench();
    const { promise, open } = gate();
    bench.engine.addContainer("test-one", containerConfig({ labels, env: { REV: "1" }, memory: 2 ** 26 }));
    bench.beforeAct = () => promise.then(() => Promise.reject(new FleetError("Forbidden", "the proxy says no")));
    await bench.start();
    expect(bench.phase).toBe("acting");
    bench.beforeAct = async () => undefined;
    const { policy } = resolvedFleet([]);
    bench.instance.desire({ policy, patience, ...desired });
    open();
    await bench.rest();
    expect(bench.phase).toBe(phase);
  });

  test("without a spec the container goes", async () => {
    const bench = await new Bench().start();
    const { policy } = resolvedFleet([]);
    bench.instance.desire({ policy, patience, removal: "Orphaned" });
    await bench.rest();
    expect([bench.phase, await bench.engine.listContainers()]).toEqual(["retired", []]);
  });
});

test("a storm of wakes does not keep it from acting", async () => {
  const bench = new Bench();
  let actedAtLook = 0;
  bench.beforeLook = async () => {
    if (bench.acted.length === 1) actedAtLook ||= bench.looks;
    if (bench.looks < 50) bench.instance.wake();
  };
  await bench.start();
  expect([bench.phase, bench.acted.length]).toEqual(["settled", 1]);
  expect(actedAtLook).toBeLessThan(10);
});
