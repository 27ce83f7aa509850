import type { Clock } from "./clock.ts";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test moves it. Fits xstate's `clock` option. */
export class ManualClock implements Clock {
  #epoch: number;
  #elapsed = 0;
  #serial = 0;
  readonly #timers = new Map<number, Timer>();

  /** `now` in milliseconds since the epoch. */
  constructor(now = Date.UTC(2025, 0, 1)) {
    this.#epoch = now;
  }

  /** Milliseconds since the epoch. */
  readonly now = (): number => this.#epoch + this.#elapsed;

  /** Milliseconds that this clock was moved on by. */
  readonly monotonic = (): number => this.#elapsed;

  /** Calls back once the clock was moved on by so many milliseconds; what it gives takes the call back. */
  readonly setTimeout = (callback: () => void, milliseconds: number): number => {
    this.#serial += 1;
    this.#timers.set(this.#serial, { at: this.#elapsed + Math.max(0, milliseconds), callback });
    return this.#serial;
  };

  /** Takes back what `setTimeout` gave. */
  readonly clearTimeout = (timer: unknown): void => {
    this.#timers.delete(timer as number);
  };

  /**
   * Moves time on and runs the timers that become due on the way, in order, those that they set included. What those
   * start asynchronously has not run when this returns.
   */
  advance(milliseconds: number): void {
    const end = this.#elapsed + milliseconds;
    for (let due = this.#nextDue(end); due !== undefined; due = this.#nextDue(end)) {
      const [id, timer] = due;
      this.#timers.delete(id);
      this.#elapsed = timer.at;
      timer.callback();
    }
    this.#elapsed = end;
  }

  /** Sets the time of day forward or, with a negative number, back. No timer runs: no time has passed. */
  step(milliseconds: number): void {
    this.#epoch += milliseconds;
  }

  /** How many timers are set: 0 when nothing waits. */
  get pending(): number {
    return this.#timers.size;
  }

  #nextDue(end: number): [number, Timer] | undefined {
    let found: [number, Timer] | undefined;
    for (const entry of this.#timers) {
      if (entry[1].at <= end && (found === undefined || entry[1].at < found[1].at)) found = entry;
    }
    return found;
  }
}
