import { setMaxListeners } from "node:events";
import {
  type ActionReport,
  type Clock,
  type ContainerSummary,
  createInstance,
  cutsWork,
  type Engine,
  type EngineInfo,
  FleetError,
  type Hold,
  type Host,
  type Instance,
  type InstanceEvent,
  type InstancePlan,
  type InstanceSpec,
  type InstanceState,
  type Observation,
  type Outlook,
  observe,
  type Patience,
  planInstance,
  planRemoval,
  type ResolvedFleet,
  systemClock,
} from "@fleet/core";
import { Acts, settleTime } from "./acts.ts";
import { remainingDependents, stillWaitingFor, unmetDependencies } from "./dependencies.ts";
import { isFinished } from "./finished.ts";
import type { LeaseRecord } from "./lease/lease.ts";
import { Listing } from "./listing.ts";
import { Looks } from "./looks.ts";
import { Occupants } from "./occupants.ts";
import { type ApplyResult, outcomeOf } from "./outcome.ts";
import { busyPhases, Phases } from "./phases.ts";
import { sleep } from "./sleep.ts";
import { SpecIndex } from "./spec-index.ts";
import { Turns } from "./turns.ts";

/** What an apply works on, and how long. */
export interface ApplyOptions {
  readonly engine: Engine;
  readonly host: Host;
  readonly fleet: ResolvedFleet;
  /** Instances to bring to their spec, by name. */
  readonly apply: readonly string[];
  /** Instances whose containers are to go, by name: orphans, or the whole fleet. */
  readonly remove?: { readonly names: readonly string[]; readonly reason: "Orphaned" | "Destroyed" };
  /** Milliseconds until what is not settled is reported as unfinished. */
  readonly timeout: number;
  /**
   * Containers that are in use. What would cut them, or an exec that runs inside, is deferred as `policy.whenBusy` says:
   * the instance is `blocked`, unless `drainTimeout` passes within `timeout`.
   */
  readonly leases?: readonly LeaseRecord[];
  /** Cuts work inside at once, whoever it is. */
  readonly force?: boolean;
  /** Hears what happens, in order. */
  readonly onEvent?: (event: InstanceEvent) => void;
  /** Short lines about a pull under way. */
  readonly onProgress?: (instance: string, line: string) => void;
  /** Stops the run: no new act begins, those under way are finished. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  readonly patience?: Partial<Patience>;
}

const defaultPatience: Patience = {
  backoff: { base: 500, factor: 2, cap: 10_000 },
  maxFailures: 3,
  maxStarts: 3,
  recheck: 200,
  away: 200,
  waitAtMost: 10_000,
  stableAfter: 10_000,
};

/** For so long after an answer the engine is taken to be the one that gave it: none starts that fast in another's place. Milliseconds. */
const identityFresh = 1_000;

/** How long acts under way may take to end after a stop or a timeout. Milliseconds. */
const stopGrace = 30_000;
/** How long the look after them may take. Milliseconds. */
const lastLookGrace = 2_000;

/**
 * Runs one machine for each selected instance until every one is settled, stalled, or out of time. One that fails or
 * hangs holds up no other, save those that depend on it. Never rejects for what happens to an instance; rejects with
 * `Invalid` when asked to apply one that the fleet does not have.
 */
export async function applyFleet(options: ApplyOptions): Promise<ApplyResult> {
  return new Run(options).result();
}

class Run {
  readonly #options: ApplyOptions;
  readonly #clock: Clock;
  readonly #specs: SpecIndex;
  readonly #instances = new Map<string, Instance>();
  /** What was done for each, in order, failures included. */
  readonly #done = new Map<string, readonly ActionReport[]>();
  readonly #turns: Turns;
  readonly #acts: Acts;
  readonly #occupants: Occupants;
  readonly #looks: Looks;
  readonly #listing: Listing;
  readonly #phases = new Phases();
  readonly #ended = new AbortController();
  /** When the last act on each ended, failed or not. Monotonic milliseconds. */
  readonly #actedAt = new Map<string, number>();
  /** Where the next look of an instance need not search. */
  readonly #made = new Map<
    string,
    Pick<Observation, "images"> & { readonly containers: readonly ContainerSummary[] }
  >();
  #info: Promise<EngineInfo> | undefined;
  /** When the engine last answered. Monotonic milliseconds. */
  #heard = Number.NEGATIVE_INFINITY;
  #changed: () => void = () => undefined;

  constructor(options: ApplyOptions) {
    this.#options = options;
    // Every call of a look listens to it, and a look of a large fleet makes many at once.
    setMaxListeners(0, this.#ended.signal);
    this.#clock = options.clock ?? systemClock;
    const { engine, host, fleet } = options;
    this.#specs = new SpecIndex(fleet.instances);
    this.#turns = new Turns(fleet.policy.concurrency);
    this.#acts = new Acts({
      engine,
      host,
      fleet: fleet.name,
      clock: this.#clock,
      say: (event) => this.#say(event),
      ...(options.onProgress && { onProgress: options.onProgress }),
    });
    this.#occupants = new Occupants({
      engine,
      clock: this.#clock,
      policy: fleet.policy,
      leases: options.leases ?? [],
      force: options.force === true,
      deadline: this.#clock.monotonic() + options.timeout,
      command: options.remove?.reason === "Destroyed" ? "fleet destroy" : "fleet apply",
      signal: this.#ended.signal,
    });
    this.#listing = new Listing(fleet.name);
    this.#looks = new Looks({
      engine,
      host,
      fleet: fleet.name,
      spec: (name) => this.#specs.byName.get(name),
      clock: this.#clock,
      signal: this.#ended.signal,
      info: () => this.#identity(),
      onList: (containers, names) => this.#listed(containers, names),
    });
    for (const name of options.apply) this.#add(name, this.#required(name));
    for (const name of options.remove?.names ?? []) this.#add(name, undefined);
  }

  /** Who answers. Asked after a silence alone: an old engine takes longer over that than over all the rest of a look. */
  #identity(): Promise<EngineInfo> {
    if (this.#info === undefined || this.#clock.monotonic() - this.#heard >= identityFresh) {
      const info = this.#options.engine.info({ signal: this.#ended.signal });
      info.catch(() => {
        this.#info = undefined;
      });
      this.#info = info;
    }
    return this.#info;
  }

  /** What fails may have failed since another engine is there. */
  async #hearing<T>(answer: Promise<T>): Promise<T> {
    try {
      const given = await answer;
      this.#heard = this.#clock.monotonic();
      return given;
    } catch (error) {
      this.#info = undefined;
      throw error;
    }
  }

  async result(): Promise<ApplyResult> {
    const began = this.#clock.monotonic();
    for (const instance of this.#instances.values()) instance.start();
    await this.#finish();
    const states = [...this.#instances.values()].map((instance) => instance.state());
    for (const instance of this.#instances.values()) instance.stop();
    this.#ended.abort();
    return {
      schema: "fleet.apply/v1",
      fleet: this.#options.fleet.name,
      outcomes: states
        .map((state) => outcomeOf(state, this.#containerOf(state), this.#done.get(state.name) ?? []))
        .sort((a, b) => (a.instance < b.instance ? -1 : 1)),
      duration: this.#clock.monotonic() - began,
    };
  }

  /** Until everything is finished and has proved to stay so, or until the run is to stop. */
  async #finish(): Promise<void> {
    const stop = new AbortController();
    const timer = this.#clock.setTimeout(() => stop.abort(), this.#options.timeout);
    const abort = (): void => stop.abort();
    if (this.#options.signal?.aborted) stop.abort();
    this.#options.signal?.addEventListener("abort", abort, { once: true });
    try {
      await this.#until(() => this.#allFinished(), stop.signal);
      // A container can die right after its start: whatever was done is looked at once more.
      for (let verified = 0; verified < this.#actCount() && !stop.signal.aborted; ) {
        verified = this.#actCount();
        // Those that run for long enough already are looked at while the last ones prove themselves.
        const proven = this.#clock.monotonic() - settleTime;
        this.#lookForRestarts((actedAt) => actedAt <= proven);
        const left = Math.max(...this.#actedAt.values(), proven) - proven;
        await sleep(this.#clock, left, stop.signal).catch(() => undefined);
        await this.#until(() => this.#allFinished(), stop.signal);
        await this.#listAgain(stop.signal, proven);
        await this.#until(() => this.#allFinished(), stop.signal);
      }
      if (stop.signal.aborted) await this.#letActsEnd();
    } finally {
      this.#clock.clearTimeout(timer);
      this.#options.signal?.removeEventListener("abort", abort);
    }
  }

  /** Never rejects: what goes wrong is for each look to say. */
  async #listAgain(signal: AbortSignal, proven: number): Promise<void> {
    try {
      this.#listed(await this.#options.engine.listContainers({ signal }), new Set());
      this.#lookForRestarts((actedAt) => actedAt > proven);
    } catch {
      for (const instance of this.#instances.values()) instance.wake();
    }
  }

  /** A list does not tell of a container that its own policy has restarted. */
  #lookForRestarts(isDue: (actedAt: number) => boolean): void {
    for (const [name, actedAt] of this.#actedAt) {
      const { policy = "no" } = this.#specs.byName.get(name)?.config.restart ?? {};
      if (policy !== "no" && isDue(actedAt) && !this.#isBusy(name)) this.#instances.get(name)?.wake();
    }
  }

  /** Whom something befell since it was looked at looks again. */
  #listed(containers: readonly ContainerSummary[], looking: ReadonlySet<string>): void {
    for (const name of this.#listing.take(containers)) {
      // Who looks or acts now looks again anyway.
      if (!looking.has(name) && !this.#isBusy(name)) this.#instances.get(name)?.wake();
    }
  }

  #isBusy(name: string): boolean {
    return busyPhases.some((phase) => this.#phases.has(name, phase));
  }

  async #letActsEnd(): Promise<void> {
    this.#turns.close();
    const grace = new AbortController();
    const timer = this.#clock.setTimeout(() => grace.abort(), stopGrace);
    await this.#until(() => !this.#phases.isAnybodyIn("acting"), grace.signal);
    this.#clock.clearTimeout(timer);
    // What was done last counts once it has been seen.
    const lookGrace = this.#clock.setTimeout(() => grace.abort(), lastLookGrace);
    await this.#until(() => !this.#phases.isAnybodyIn("observing"), grace.signal);
    this.#clock.clearTimeout(lookGrace);
  }

  /** Resolves when `condition` holds or the signal aborts. */
  #until(condition: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!signal.aborted && !condition()) return;
        this.#changed = () => undefined;
        signal.removeEventListener("abort", check);
        resolve();
      };
      this.#changed = check;
      signal.addEventListener("abort", check);
      check();
    });
  }

  #allFinished(): boolean {
    if (this.#phases.isAnybodyIn(...busyPhases)) return false;
    return isFinished(
      new Map(this.#states().map((state) => [state.name, { state, waitingFor: this.#stillWaitingFor(state) }])),
    );
  }

  #stillWaitingFor(state: InstanceState): string[] {
    return stillWaitingFor(state, this.#specs.byName.get(state.name), (name) => this.#instances.get(name)?.state());
  }

  #actCount(): number {
    return this.#states().reduce((sum, state) => sum + state.acts, 0);
  }

  #states(): InstanceState[] {
    return [...this.#instances.values()].map((instance) => instance.state());
  }

  #containerOf(state: InstanceState): string {
    return this.#specs.byName.get(state.name)?.container ?? state.plan?.container ?? state.name;
  }

  /** A name without a spec would be taken for one that is to be removed. */
  #required(name: string): InstanceSpec {
    const spec = this.#specs.byName.get(name);
    if (spec !== undefined) return spec;
    throw new FleetError("Invalid", `fleet ${this.#options.fleet.name} has no instance ${name} that could be applied`);
  }

  #add(name: string, spec: InstanceSpec | undefined): void {
    const { fleet, patience, remove } = this.#options;
    const instance = createInstance(
      {
        name,
        policy: fleet.policy,
        healing: false,
        patience: { ...defaultPatience, ...patience },
        ...(spec && { spec }),
        ...(remove && { removal: remove.reason }),
      },
      {
        clock: this.#clock,
        look: (_name, _signal, begun) => this.#look(name, spec, begun),
        turn: (_name, signal) => this.#turns.take(signal),
        act: (plan, { observation }, signal) => this.#act(plan, spec, observation, signal),
      },
    );
    this.#phases.set(name, instance.state().phase);
    instance.onChange((state) => {
      this.#phases.set(name, state.phase);
      if (["settled", "retired", "deferred"].includes(state.phase)) this.#wakeFreed();
      this.#changed();
    });
    instance.onReport(({ severity, reason, message }) =>
      this.#say({ type: severity, reason, instance: name, message }),
    );
    this.#instances.set(name, instance);
  }

  /** Wakes those whose last look found them waiting for something that has come since. */
  #wakeFreed(): void {
    if (!this.#phases.isAnybodyIn("deferred")) return;
    for (const instance of this.#instances.values()) {
      const state = instance.state();
      const waited = state.phase === "deferred" && state.waitingFor.length > 0;
      if (waited && this.#stillWaitingFor(state).length === 0) instance.wake();
    }
  }

  async #look(name: string, spec: InstanceSpec | undefined, begun: () => void): Promise<Outlook> {
    const confirmed = spec && (await this.#confirm(spec, begun));
    if (confirmed !== undefined) return { observation: confirmed, waitingFor: [] };
    const related = spec === undefined ? this.#specs.dependentsOf(name) : this.#specs.relatedTo(spec);
    const observation = await this.#hearing(this.#looks.look([name, ...related], "deep", begun));
    const states = (other: string): InstanceState | undefined => this.#instances.get(other)?.state();
    const waitingFor =
      spec === undefined
        ? remainingDependents(name, this.#specs, observation)
        : unmetDependencies(spec, states, this.#specs.byName, observation);
    const hold = this.#occupants.isHeldUp(name) ? await this.#holdOf(name, spec, observation) : undefined;
    return { observation, waitingFor, ...(hold && { hold }) };
  }

  /**
   * A look at the container that was just made or started, and at nothing else. Undefined when there is none, or when
   * anything is left to do: that is decided from a whole look.
   */
  async #confirm(spec: InstanceSpec, begun: () => void): Promise<Observation | undefined> {
    const { engine, host, fleet } = this.#options;
    const made = this.#made.get(spec.name);
    this.#made.delete(spec.name);
    if (made === undefined) return undefined;
    begun();
    const seen = observe(
      engine,
      host,
      {
        fleet: fleet.name,
        instances: [spec],
        names: new Set([spec.name]),
        now: this.#clock.now(),
        survey: {
          info: this.#identity(),
          containers: Promise.resolve(made.containers),
          volumes: Promise.resolve([]),
          networks: Promise.resolve([]),
          images: made.images,
        },
      },
      { signal: this.#ended.signal },
    );
    const ours = seen.then((found) => {
      this.#looks.recognise(found.engine);
      return found;
    });
    const observation = await this.#hearing(ours).catch(() => undefined);
    if (observation === undefined || planInstance(spec, observation, fleet.policy).actions.length > 0) return undefined;
    this.#listing.learn(spec.name, observation.containers[spec.name] ?? []);
    return observation;
  }

  #holdOf(name: string, spec: InstanceSpec | undefined, observation: Observation): Promise<Hold | undefined> {
    const { fleet, remove } = this.#options;
    const plan =
      spec === undefined
        ? planRemoval(name, observation.containers[name] ?? [], remove?.reason ?? "Orphaned")
        : planInstance(spec, observation, fleet.policy);
    return this.#occupants.hold(plan, observation);
  }

  /** Asks who is inside twice: at first, so that nothing is prepared in vain, and right before the first that cuts. */
  async #act(
    plan: InstancePlan,
    spec: InstanceSpec | undefined,
    observation: Observation,
    signal: AbortSignal,
  ): Promise<void> {
    const asking = new Set([plan.actions[0], plan.actions.find(({ kind }) => cutsWork(kind))]);
    const performed = this.#acts.perform(plan, spec, observation, signal, async (action) => {
      if (asking.has(action)) await this.#occupants.check(plan, observation);
    });
    await this.#hearing(performed).finally(() => this.#actedAt.set(plan.instance, this.#clock.monotonic()));
    this.#remember(plan, spec, observation);
  }

  /** What is known of a container without dependencies that was only made or started. */
  #remember(
    { instance, actions }: InstancePlan,
    spec: InstanceSpec | undefined,
    { containers, images }: Observation,
  ): void {
    const made = actions.find((action) => action.kind === "createContainer");
    const grew = actions.every(({ kind }) => kind === "createContainer" || kind === "startContainer");
    if (!grew || spec === undefined || spec.dependsOn.length > 0) return;
    const id = this.#done.get(instance)?.findLast(({ created }) => created !== undefined)?.created;
    const row =
      made === undefined || id === undefined
        ? []
        : [{ id, name: made.name, imageId: "", labels: made.config.labels ?? {}, phase: "created" } as const];
    this.#made.set(instance, { containers: [...(containers[instance] ?? []), ...row], images });
  }

  #say(event: Omit<InstanceEvent, "at">): void {
    const { instance, reason, action } = event;
    if (action !== undefined && reason !== "ActionStarted") {
      this.#done.set(instance, [...(this.#done.get(instance) ?? []), action]);
    }
    this.#options.onEvent?.({ ...event, at: this.#clock.now() });
  }
}
