import type { BreakerPolicy } from "@fleet/core";
import type { Known } from "../state/known.ts";
import { Breaker, type Names } from "./breaker.ts";
import type { LoopStore } from "./store.ts";

/** The engine, once it is known, and what holds the fleet on it. */
type Present = Pick<Known, "hold"> & { readonly engineId: Known["engineId"] | undefined };

/** Which instances have a container, for the breaker and for the next run. */
export class Presence {
  readonly #store: Pick<LoopStore, "remember">;
  readonly #breaker: Breaker;
  /** Instances that an earlier run knew of, and that this one has not looked at yet. */
  readonly #unmet: Set<string>;
  #remembered = "";
  #remembering = false;
  #written: Promise<void> = Promise.resolve();

  /** `known`: what an earlier run remembers. */
  constructor(store: Pick<LoopStore, "remember">, known?: Known) {
    this.#store = store;
    this.#breaker = new Breaker(known?.instances);
    this.#unmet = new Set(known?.instances);
  }

  /** Whether this is the first look at an instance that an earlier run knew of. */
  meet(name: string): boolean {
    return this.#unmet.delete(name);
  }

  /** Takes one list. One sentence when so much is gone at once that somebody must have meant it. */
  list(present: Names, expected: Pick<Names, "has">, policy: BreakerPolicy, now: number): string | undefined {
    const gone = this.#breaker.list(present, expected, policy, now);
    if (gone.length === 0) return undefined;
    return `${gone.length} of ${this.#breaker.there.length} containers vanished at once: ${gone.join(", ")}`;
  }

  /** What is missing now is meant so, or is to be healed. */
  confirm(): void {
    this.#breaker.confirm();
  }

  /** Writes down who is there, and what holds the fleet, where that is new. One write at a time: the last is about the present. */
  remember(present: () => Present | undefined): void {
    if (this.#remembering) return;
    this.#remembering = true;
    this.#written = this.#write(present);
  }

  /** Resolves when nothing is being written any more. */
  get written(): Promise<void> {
    return this.#written;
  }

  /** Never rejects. */
  async #write(present: () => Present | undefined): Promise<void> {
    for (let worked = true; worked; ) {
      const { engineId, hold } = present() ?? {};
      const remembered = `${engineId} ${this.#breaker.revision} ${hold?.since}`;
      if (engineId === undefined || remembered === this.#remembered) break;
      const known = { engineId, instances: this.#breaker.there, ...(hold && { hold }) };
      worked = await this.#store.remember(known).then(
        () => true,
        () => false,
      );
      if (worked) this.#remembered = remembered;
    }
    this.#remembering = false;
  }
}
