import type { FleetEvent, InstanceSpec, ResolvedFleet } from "@fleet/core";
import { instanceSpec, ManualClock, memoryEngine, memoryHost, resolvedFleet } from "@fleet/core/testing";
import { memoryJournal } from "../../packages/runner/src/journal/memory.ts";
import { Loop, type LoopOptions } from "../../packages/runner/src/loop/loop.ts";
import { memoryStore } from "../../packages/runner/src/loop/memory-store.ts";
import type { LoopStore } from "../../packages/runner/src/loop/store.ts";
import type { LoopMeter } from "../../packages/runner/src/loop/view.ts";

/** A fleet of sleepers on a memory engine, kept by a loop whose time a test moves. */
export class LoopWorld {
  readonly clock = new ManualClock();
  readonly host = memoryHost();
  readonly engine = memoryEngine({ clock: this.clock, host: this.host, images: { "fleet-test:1": {} } });
  readonly journal = memoryJournal();
  readonly store: LoopStore = memoryStore();
  readonly events: FleetEvent[] = [];
  readonly reactions: number[] = [];
  loop: Loop;
  reconnects = 0;

  readonly fleet: ResolvedFleet;

  readonly #more: Partial<LoopOptions>;

  constructor(fleet: ResolvedFleet, more: Partial<LoopOptions> = {}) {
    this.fleet = fleet;
    this.#more = more;
    this.loop = this.newLoop();
  }

  newLoop(fleet: ResolvedFleet = this.fleet): Loop {
    const { engine, host, journal, store, clock } = this;
    const meter: LoopMeter = {
      looked: () => undefined,
      acted: () => undefined,
      reacted: (duration) => this.reactions.push(duration),
      reconnected: () => {
        this.reconnects += 1;
      },
    };
    const loop = new Loop({
      engine,
      host,
      fleet,
      journal,
      store,
      clock,
      meter,
      program: { pid: 1, version: "0" },
      ...this.#more,
    });
    loop.onEvent(({ seq: _, ...event }) => this.events.push(event));
    return loop;
  }

  async start(): Promise<this> {
    await this.loop.start();
    await this.rest();
    return this;
  }

  /** Lets everything happen that needs no time. */
  async rest(): Promise<void> {
    for (let round = 0; round < 40; round += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Moves time on in steps, so that what one timer starts can set the next. Milliseconds. */
  async advance(milliseconds: number, step = 1_000): Promise<void> {
    for (let left = milliseconds; left > 0; left -= step) {
      this.clock.advance(Math.min(step, left));
      await this.rest();
    }
  }

  /** Another daemon after this one. */
  async restart(fleet: ResolvedFleet = this.fleet): Promise<void> {
    await this.loop.stop();
    this.loop = this.newLoop(fleet);
    await this.start();
  }

  /** What was done to containers, from the `from`-th call on: `startContainer test-a`. */
  acts(from = 0): string[] {
    return this.engine.calls
      .slice(from)
      .flatMap(({ verb, target, mutating }) => (mutating ? [`${verb} ${target}`] : []));
  }

  get calls(): number {
    return this.engine.calls.length;
  }

  /** Reasons and messages of what was told from the `from`-th event on, without what an act says of itself. */
  told(from = 0): string[] {
    return this.events
      .slice(from)
      .filter(({ action }) => action === undefined)
      .map(({ reason, instance, message }) => `${reason} ${instance ?? "*"}: ${message}`);
  }

  async phases(): Promise<Record<string, string>> {
    const containers = await this.engine.listContainers();
    return Object.fromEntries(containers.map(({ name, phase }) => [name, phase]));
  }

  condition(name: string, type: string): string {
    const found = this.loop.instance(name)?.conditions.find((condition) => condition.type === type);
    return `${found?.status} ${found?.reason}: ${found?.message}`;
  }
}

/** `names` of the fleet `test`, each changed by `changes`, under the default policy changed by `policy`. */
export function fleetOf(
  names: readonly string[],
  policy: Partial<ResolvedFleet["policy"]> = {},
  changes: Partial<InstanceSpec> = {},
): ResolvedFleet {
  const fleet = resolvedFleet(names.map((name) => instanceSpec({ name, ...changes })));
  return { ...fleet, policy: { ...fleet.policy, ...policy } };
}
