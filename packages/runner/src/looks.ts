import {
  type Clock,
  type ContainerSummary,
  type Engine,
  type EngineInfo,
  FleetError,
  type HostReader,
  type InstanceSpec,
  type Observation,
  observe,
  type SourceObservation,
  survey,
} from "@fleet/core";
import { sleep } from "./sleep.ts";

export interface LooksOptions {
  readonly engine: Engine;
  readonly host: HostReader;
  readonly fleet: string;
  /** As it is desired when the look begins; undefined for an instance that is to go. */
  readonly spec: (name: string) => InstanceSpec | undefined;
  readonly clock: Clock;
  /** Ends a look under way. */
  readonly signal: AbortSignal;
  /** Who answers, where that is known without asking; asked at each look otherwise. */
  readonly info?: () => Promise<EngineInfo>;
  /** Milliseconds that one call of a look may take; each verb's own when absent. */
  readonly deadline?: number;
  /** Told what each look's list holds, before anybody gets to see the look. */
  readonly onList?: (containers: readonly ContainerSummary[], names: ReadonlySet<string>) => void;
}

/** What looks may take in a row before they take half of the time at most. Milliseconds. */
const credit = 250;
/** A look is followed by no longer a pause than this. Milliseconds. */
const longestPause = 500;

/** Whether the walk below sources that are declared as a whole is part of a look: it may take long. */
export type Depth = "light" | "deep";

type Present = Extract<SourceObservation, { readonly kind: "present" }>;

interface Asked {
  readonly names: readonly string[];
  readonly begun: (() => void) | undefined;
  readonly resolve: (observation: Observation) => void;
  readonly reject: (error: unknown) => void;
}

interface Batch {
  readonly deep: Set<string>;
  readonly asked: Asked[];
}

/**
 * Looks at the world for many instances at once. Those who ask while a look is under way share the next one, so what
 * anybody gets was observed after they asked. A container that the engine does not answer for in time fails those alone who
 * asked for it.
 */
export class Looks {
  readonly #options: LooksOptions;
  #running: Promise<unknown> = Promise.resolve();
  #next: Batch | null = null;
  #engineId: string | undefined;
  /** By path. */
  readonly #walks = new Map<string, Present["wrongBelow"]>();
  /** When as much time will have passed without a look as looks have taken. Monotonic milliseconds. */
  #restedAt = Number.NEGATIVE_INFINITY;

  /** `engineId`: the engine that must answer; the first that does when absent. */
  constructor(options: LooksOptions, engineId?: string) {
    this.#options = options;
    this.#engineId = engineId;
  }

  /** Id of the engine that these looks are about; undefined before the first. */
  get engineId(): string | undefined {
    return this.#engineId;
  }

  /** Throws {@link EngineChanged} for another engine: what it has says nothing about ours. The first is the right one. */
  recognise({ id }: EngineInfo): void {
    this.#engineId ??= id;
    if (id !== this.#engineId) throw new EngineChanged(this.#options.engine.address, this.#engineId, id);
  }

  /** From now on another engine is the right one: the next that answers. */
  accept(): void {
    this.#engineId = undefined;
  }

  /** Looks at `names` (and perhaps more); `begun` is told right before it does. Rejects with the engine's `FleetError`. */
  look(names: Iterable<string>, depth: Depth = "deep", begun?: () => void): Promise<Observation> {
    this.#next ??= this.#schedule();
    const { asked, deep } = this.#next;
    const wanted = [...names];
    if (depth === "deep") for (const name of wanted) deep.add(name);
    return new Promise((resolve, reject) => asked.push({ names: wanted, begun, resolve, reject }));
  }

  #schedule(): Batch {
    const batch: Batch = { deep: new Set(), asked: [] };
    this.#running = this.#running.then(async () => {
      // Cut short when the looks end: then the next one rejects by itself.
      await this.#pause().catch(() => undefined);
      // Everybody who asks in this very turn of the event loop still belongs to this look.
      await new Promise((resolve) => setImmediate(resolve));
      this.#next = null;
      for (const { begun } of batch.asked) begun?.();
      const began = this.#options.clock.monotonic();
      await this.#answer(batch);
      this.#owe(began);
    });
    return batch;
  }

  async #answer({ asked, deep }: Batch): Promise<void> {
    const unanswered = new Map<string, FleetError>();
    try {
      const names = new Set(asked.flatMap((one) => one.names));
      const observation = await this.#observe(names, deep, (name, error) => unanswered.set(name, error));
      for (const one of asked) {
        const error = one.names.map((name) => unanswered.get(name)).find((found) => found !== undefined);
        if (error === undefined) one.resolve(observation);
        else one.reject(error);
      }
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }

  /**
   * What a list costs grows with the fleet, and so does how often somebody asks while much happens. So looks take half of
   * the time at most, and serve the more at once.
   */
  async #pause(): Promise<void> {
    const { clock, signal } = this.#options;
    const left = this.#restedAt - credit - clock.monotonic();
    if (left > 0) await sleep(clock, left, signal);
  }

  /** The next look begins at once, however long looks have taken: somebody waits for it, once. */
  forgive(): void {
    this.#restedAt = Number.NEGATIVE_INFINITY;
  }

  #owe(began: number): void {
    const now = this.#options.clock.monotonic();
    const owed = Math.max(0, this.#restedAt - began);
    this.#restedAt = now + Math.min(credit + longestPause, owed + now - began);
  }

  async #observe(
    names: ReadonlySet<string>,
    deep: ReadonlySet<string>,
    onUnanswered: (instance: string, error: FleetError) => void,
  ): Promise<Observation> {
    const { engine, host, fleet, spec, clock, signal, deadline, info, onList } = this.#options;
    const specs = [...names].sort().flatMap((name) => spec(name) ?? []);
    const options = { signal, ...(deadline !== undefined && { deadline }) };
    const asked = survey(engine, { ...options, instances: specs, ...(info && { info }) });
    const observation = await observe(
      engine,
      host,
      {
        fleet,
        instances: specs.map((one) => (deep.has(one.name) ? one : withoutWalks(one))),
        names,
        now: clock.now(),
        survey: asked,
        onUnanswered,
      },
      options,
    );
    this.recognise(observation.engine);
    onList?.(await asked.containers, names);
    return { ...observation, sources: this.#withWalks(observation.sources, specs, deep) };
  }

  /** What the last walk below a source found is what is known of it until the next. */
  #withWalks(
    sources: Observation["sources"],
    specs: readonly InstanceSpec[],
    deep: ReadonlySet<string>,
  ): Observation["sources"] {
    const walked = new Set(
      specs.filter(({ name }) => deep.has(name)).flatMap(({ sources: own }) => own.map(({ path }) => path)),
    );
    const known = Object.entries(sources).map(([path, source]): [string, SourceObservation] => {
      if (source.kind !== "present") return [path, source];
      if (walked.has(path)) this.#walks.set(path, source.wrongBelow);
      const wrongBelow = this.#walks.get(path);
      return [path, wrongBelow === undefined ? source : { ...source, wrongBelow }];
    });
    return Object.assign(Object.create(null), Object.fromEntries(known));
  }
}

/** Another engine answers than before. */
export class EngineChanged extends FleetError {
  constructor(address: string, expected: string, found: string) {
    super("Unreachable", `another engine answers at ${address}: ${found} in place of ${expected}`);
  }
}

function withoutWalks(spec: InstanceSpec): InstanceSpec {
  const sources = spec.sources.map((source) =>
    source.ownership?.recursive ? { ...source, ownership: { ...source.ownership, recursive: false } } : source,
  );
  return { ...spec, sources };
}
