import type { ResolvedFleet } from "@fleet/core";
import { containerConfig, type EngineCall, instanceSpec, resolvedFleet } from "@fleet/core/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { LoopWorld } from "../../../../test/support/loop-world.ts";
import type { Acquired, Lease } from "./uses.ts";

/** A sample that is the same in every run; more with FLEET_PROPERTY_RUNS=2000, others with FLEET_PROPERTY_SEED. */
const numRuns = Number(process.env.FLEET_PROPERTY_RUNS ?? 150);
const seed = Number(process.env.FLEET_PROPERTY_SEED ?? 4711);

const names = ["hot", "lazy", "other"] as const;
type Name = (typeof names)[number];

/** Milliseconds. */
const idleStop = 10_000;
const step = 250;

type Deed =
  | {
      readonly do: "acquire";
      readonly name: Name;
      readonly ttl: number;
      readonly timeout: number;
      readonly workingDir: string | undefined;
      readonly abortAfter: number | undefined;
    }
  | { readonly do: "release" | "renew"; readonly which: number }
  | { readonly do: "remove" | "kill" | "stop" | "pause" | "drift" | "drain" | "resume"; readonly name: Name }
  | { readonly do: "spec"; readonly rev: number; readonly names: readonly Name[] }
  | { readonly do: "lose" | "regain" | "slow" | "quick" | "cutEvents" }
  | { readonly do: "pass"; readonly time: number };

const named = fc.constantFrom(...names);
const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("acquire" as const),
      name: named,
      ttl: fc.constantFrom(2_000, 20_000, 120_000),
      timeout: fc.constantFrom(500, 5_000, 30_000),
      workingDir: fc.constantFrom(undefined, "/", "/gone"),
      abortAfter: fc.constantFrom(undefined, undefined, undefined, 0, 300),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("release" as const, "renew" as const), which: fc.nat(9) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom(
        ...(["remove", "kill", "stop", "pause", "drift", "drift", "drain", "resume", "resume"] as const),
      ),
      name: named,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("spec" as const),
      rev: fc.nat(3),
      names: fc.subarray([...names], { minLength: 1 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom(...(["lose", "regain", "regain", "slow", "quick", "cutEvents"] as const)),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("pass" as const),
      time: fc.constantFrom(0, 250, 1_000, 3_000, 9_900, 20_000),
    }),
  },
);

function fleetAt(rev: number, among: readonly Name[]): ResolvedFleet {
  const config = containerConfig({ env: { REV: String(rev) } });
  const instances = among.map((name) =>
    instanceSpec({ name, config, lifecycle: name === "lazy" ? { kind: "lazy", idleStop } : { kind: "hot" } }),
  );
  const fleet = resolvedFleet(instances, { name: "test" });
  const { policy } = fleet;
  const backoff = { base: 500, factor: 2, cap: 4_000, reset: 60_000 };
  // What vanishes here is nobody's accident.
  return { ...fleet, policy: { ...policy, backoff, orphans: "remove", breaker: { missing: 100, window: 10_000 } } };
}

/** One history: what is done to a fleet, and what must never be. */
class History {
  readonly #world = new LoopWorld(fleetAt(0, names));
  readonly #held: Lease[] = [];
  /** Containers that somebody else put an end to: nothing inside is left to be cut. */
  readonly #harmed = new Set<string>();
  /** Calls that end what runs in a container. */
  readonly #cutting: EngineCall[] = [];
  readonly #wrong: string[] = [];
  readonly #open = new Set<string>();
  #serial = 0;
  #over = false;
  #last = fleetAt(0, names);

  /** `abruptly`: the loop is stopped in the middle of it. */
  async run(deeds: readonly Deed[], abruptly: boolean): Promise<readonly string[]> {
    const world = this.#world;
    world.engine.onCall((call) => this.#called(call));
    await world.start();
    for (const one of deeds) {
      await this.#do(one);
      await world.rest();
    }
    if (!abruptly) await this.#comeRight();
    await this.#stop();
    return this.#wrong;
  }

  async #do(one: Deed): Promise<void> {
    const { loop, engine } = this.#world;
    switch (one.do) {
      case "acquire":
        return this.#acquire(one);
      case "release":
      case "renew": {
        const lease = this.#held[one.which % Math.max(1, this.#held.length)];
        if (one.do === "renew") lease?.renew();
        else lease?.release();
        return;
      }
      case "remove":
      case "kill":
      case "stop":
      case "pause":
        return this.#harm(one.do, one.name);
      case "drift":
        await engine.updateContainer(`test-${one.name}`, { memory: 64 * 1024 ** 2 }).catch(() => undefined);
        return;
      case "drain":
        // It goes on meanwhile, and ends with its deadline or the loop.
        if (loop.instance(one.name) !== undefined) void loop.drain(one.name, 20_000);
        return;
      case "resume":
        if (loop.instance(one.name) !== undefined) await loop.resume(one.name);
        return;
      case "spec":
        this.#last = fleetAt(one.rev, one.names);
        return loop.desire(this.#last);
      case "lose":
      case "regain":
        return engine.setUnreachable(one.do === "lose");
      case "slow":
        for (const verb of ["startContainer", "stopContainer", "createContainer", "exec", "listExecs"] as const)
          engine.delay(verb, 2_500);
        return;
      case "quick":
        return engine.clearFaults();
      case "cutEvents":
        return engine.cutEvents();
      case "pass":
        return this.#world.advance(one.time, step);
    }
  }

  #acquire({ name, ttl, timeout, workingDir, abortAfter }: Extract<Deed, { readonly do: "acquire" }>): void {
    const { loop, clock } = this.#world;
    if (loop.instance(name) === undefined) return;
    this.#serial += 1;
    const holder = `task-${this.#serial}`;
    const began = clock.monotonic();
    const ending = new AbortController();
    if (abortAfter !== undefined) clock.setTimeout(() => ending.abort(), abortAfter);
    this.#open.add(holder);
    const answered = (acquired?: Acquired): void => {
      this.#open.delete(holder);
      const took = clock.monotonic() - began;
      if (took > timeout + step) this.#wrong.push(`${holder} was answered after ${took} ms of ${timeout}`);
      if (acquired?.ok) this.#granted(acquired.lease);
    };
    loop
      .acquire(name, { holder, ttl, timeout, signal: ending.signal, ...(workingDir !== undefined && { workingDir }) })
      .then(answered, () => answered());
  }

  #granted(lease: Lease): void {
    this.#held.push(lease);
    const { id } = lease.container;
    if (!this.#isHeld(lease)) this.#wrong.push(`${lease.holder} got a lease that had ended`);
    if (this.#cutting.some(({ target, outcome }) => target === id && outcome === undefined))
      this.#wrong.push(`${lease.holder} got a container that is being stopped`);
    if (this.#over) lease.release();
  }

  #harm(how: "remove" | "kill" | "stop" | "pause", name: Name): void {
    const { engine } = this.#world;
    for (const { container } of this.#held) if (container.name === `test-${name}`) this.#harmed.add(container.id);
    try {
      engine[how](`test-${name}`);
    } catch {
      // It is not there.
    }
  }

  #called(call: EngineCall): void {
    if (call.verb !== "stopContainer" && call.verb !== "removeContainer") return;
    this.#cutting.push(call);
    for (const lease of this.#held) {
      if (lease.container.id !== call.target || this.#harmed.has(call.target) || !this.#isHeld(lease)) continue;
      this.#wrong.push(`${call.verb} of ${lease.container.name} while ${lease.holder} was inside`);
    }
  }

  #isHeld({ instance, holder }: Lease): boolean {
    const found = this.#world.loop.instance(instance);
    // One that is no longer in the spec keeps its leases, and cannot be asked for them.
    return found === undefined || found.leases.some((lease) => lease.holder === holder);
  }

  /** As it must once nobody does anything any more. */
  async #comeRight(): Promise<void> {
    const { loop, engine } = this.#world;
    this.#over = true;
    engine.setUnreachable(false);
    engine.clearFaults();
    await loop.resume();
    for (const lease of this.#held) lease.release();
    loop.desire(this.#last);
    await this.#world.advance(31_000, step);
    this.#wrong.push(...[...this.#open].map((holder) => `${holder} was never answered`));
    const left = loop.status().instances.filter(({ leases }) => leases.length > 0);
    this.#wrong.push(...left.map(({ instance }) => `${instance} is still leased`));
    await this.#world.advance(150_000, 1_000);
    const found = await this.#world.phases();
    const wanted = Object.fromEntries(
      this.#last.instances.map(({ name }) => [`test-${name}`, name === "lazy" ? expect.anything() : "running"]),
    );
    expect(found).toEqual(wanted);
    if (found["test-lazy"] === "running") this.#wrong.push("the lazy one runs on without use");
  }

  /** Nothing is left of it. */
  async #stop(): Promise<void> {
    const { loop, clock } = this.#world;
    const stopped = loop.stop();
    await this.#world.advance(31_000, step);
    await stopped;
    this.#wrong.push(...[...this.#open].map((holder) => `${holder} was never answered`));
    if (clock.pending > 0) this.#wrong.push(`${clock.pending} timers are left`);
  }
}

test("whatever happens: no work is cut, every acquire is answered in time, nothing is left in the end", {
  timeout: 30_000 + numRuns * 1_000,
}, async () => {
  const histories = fc.array(deed, { minLength: 5, maxLength: 40, size: "max" });
  const property = fc.asyncProperty(histories, fc.boolean(), async (deeds, abruptly) => {
    expect(await new History().run(deeds, abruptly)).toEqual([]);
  });
  await fc.assert(property, { numRuns, seed });
});
