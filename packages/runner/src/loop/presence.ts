import type { BreakerPolicy } from "@fleet/core";
import type { Known } from "../state/known.ts";
import { Breaker, type Names } from "./breaker.ts";
import type { LoopStore } from "./store.ts";

/** Which instances have a container, for the breaker and for the next run. */
export class Presence {
  readonly #store: Pick<LoopStore, "remember">;
  readonly #breaker: Breaker;
  /** Instances that an earlier run knew of, and that this one has not looked at yet. */
  readonly #unmet: Set<string>;
  #remembered = "";
  #remembering = false;

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

  /** Writes down who is there, where that is new. One write at a time: the last is about the present. Never rejects. */
  async remember(engineId: () => string | undefined): Promise<void> {
    if (this.#remembering) return;
    this.#remembering = true;
    for (let worked = true; worked; ) {
      const id = engineId();
      const remembered = `${id} ${this.#breaker.revision}`;
      if (id === undefined || remembered === this.#remembered) break;
      worked = await this.#store.remember({ engineId: id, instances: this.#breaker.there }).then(
        () => true,
        () => false,
      );
      if (worked) this.#remembered = remembered;
    }
    this.#remembering = false;
  }
}
