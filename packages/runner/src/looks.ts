import { type Engine, FleetError, type HostReader, type InstanceSpec, type Observation, observe } from "@fleet/core";

export interface LooksOptions {
  readonly engine: Engine;
  readonly host: HostReader;
  readonly fleet: string;
  readonly instances: ReadonlyMap<string, InstanceSpec>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Ends a look under way. */
  readonly signal: AbortSignal;
}

interface Batch {
  readonly names: Set<string>;
  readonly result: Promise<Observation>;
}

/**
 * Looks at the world for many instances at once. Those who ask while a look is under way share the next one, so what
 * anybody gets was observed after they asked.
 */
export class Looks {
  readonly #options: LooksOptions;
  #running: Promise<unknown> = Promise.resolve();
  #next: Batch | null = null;
  #engineId: string | undefined;

  constructor(options: LooksOptions) {
    this.#options = options;
  }

  /** Looks at `names` (and perhaps more). Rejects with the engine's `FleetError`. */
  look(names: Iterable<string>): Promise<Observation> {
    this.#next ??= this.#schedule();
    for (const name of names) this.#next.names.add(name);
    return this.#next.result;
  }

  #schedule(): Batch {
    const names = new Set<string>();
    const result = this.#running.then(async () => {
      // Everybody who asks in this very turn of the event loop still belongs to this look.
      await new Promise((resolve) => setImmediate(resolve));
      this.#next = null;
      return this.#observe(names);
    });
    this.#running = result.catch(() => undefined);
    return { names, result };
  }

  async #observe(names: ReadonlySet<string>): Promise<Observation> {
    const { engine, host, fleet, instances, now, signal } = this.#options;
    const specs = [...names].sort().flatMap((name) => instances.get(name) ?? []);
    const observation = await observe(engine, host, { fleet, instances: specs, names, now: now() }, { signal });
    const { id } = observation.engine;
    this.#engineId ??= id;
    if (id === this.#engineId) return observation;
    // What another engine has says nothing about ours.
    throw new FleetError(
      "Unreachable",
      `another engine answers at ${engine.address}: ${id} in place of ${this.#engineId}`,
    );
  }
}
