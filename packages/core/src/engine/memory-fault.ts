import type { Clock } from "../clock.ts";
import { FleetError } from "../errors.ts";
import type { EngineCall, EngineVerb } from "./memory-call.ts";

/** How many of the next calls, or which. */
export type FaultScope = number | ((call: EngineCall) => boolean);

/** What a fault leaves undone. */
export interface FaultOptions {
  /** The engine does the work all the same: only the answer is lost. Calls that only look do no work. */
  readonly applied?: boolean;
}

type Effect =
  | { readonly kind: "fail"; readonly error: FleetError }
  | { readonly kind: "hang" }
  | { readonly kind: "delay"; readonly milliseconds: number };

interface Fault {
  readonly verb: EngineVerb | "*";
  readonly effect: Effect;
  readonly applied: boolean;
  readonly matches: (call: EngineCall) => boolean;
}

/** Faults in force, in the order in which they were injected; the first that fits a call has its way. */
export class Faults {
  unreachable = false;
  readonly #clock: Clock;
  readonly #address: string;
  #faults: readonly Fault[] = [];

  constructor(clock: Clock, address: string) {
    this.#clock = clock;
    this.#address = address;
  }

  inject(verb: EngineVerb | "*", scope: FaultScope, effect: Effect, { applied = false }: FaultOptions = {}): void {
    let left = typeof scope === "number" ? scope : 0;
    const matches = typeof scope === "function" ? scope : (): boolean => left-- > 0;
    this.#faults = [...this.#faults, { verb, effect, applied, matches }];
  }

  clear(): void {
    this.#faults = [];
  }

  /** Lets a call through to `work`, or not. */
  async pass<T>(
    call: EngineCall,
    what: string,
    ended: AbortSignal,
    work: (ended: AbortSignal) => T | Promise<T>,
  ): Promise<T> {
    const fault = this.#faults.find(({ verb, matches }) => (verb === "*" || verb === call.verb) && matches(call));
    // Even an engine in memory answers later than it is asked.
    await Promise.resolve();
    if (fault?.effect.kind === "delay") await this.#sleep(fault.effect.milliseconds, ended);
    if (ended.aborted) return never();
    if (this.unreachable) throw new FleetError("Unreachable", `Cannot ${what}: nobody answers at ${this.#address}.`);
    const effect = fault?.effect ?? { kind: "delay" };
    if (effect.kind === "delay") return await work(ended);
    if (fault?.applied && call.mutating) await work(ended);
    if (effect.kind === "fail") throw effect.error;
    return never();
  }

  #sleep(milliseconds: number, ended: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(resolve, milliseconds);
      ended.addEventListener("abort", () => {
        this.#clock.clearTimeout(timer);
        resolve();
      });
    });
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}
