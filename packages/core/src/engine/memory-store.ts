import type { Clock } from "../clock.ts";
import { MemoryFile } from "../memory-file.ts";
import type { EngineEvent } from "../observe/engine-event.ts";
import type { BindSources } from "./memory-create.ts";
import { nextDue, settle } from "./memory-life.ts";
import { initialState, type MemoryState } from "./memory-state.ts";

/** A longer one fires at once. */
const longestTimer = 2 ** 31 - 1;

type Kept = Omit<MemoryState, "happened">;

/** Holds the state, keeps it in its file, lets time act on it, wakes those who wait for a change, tells what happened. */
export class MemoryStore {
  readonly clock: Clock;
  readonly #file: MemoryFile<Kept> | undefined;
  readonly #host: BindSources | undefined;
  #state: MemoryState;
  #waiting = new Set<() => void>();
  readonly #listeners = new Set<(event: EngineEvent) => void>();
  readonly #untold: EngineEvent[] = [];
  #telling = false;
  #alarm: unknown;

  constructor(clock: Clock, path: string | undefined, host: BindSources | undefined) {
    this.clock = clock;
    this.#host = host;
    this.#file = path === undefined ? undefined : new MemoryFile(path, "engine");
    this.#state = this.#read() ?? initialState();
  }

  /** Looks at the present state. */
  read<T>(look: (state: MemoryState) => T): T {
    this.#refresh();
    return look(this.#state);
  }

  /** Changes the present state; what a failed change has done stays, as on an engine. */
  change<T>(act: (state: MemoryState, now: number) => T): T {
    this.#refresh();
    try {
      return act(this.#state, this.clock.now());
    } finally {
      this.#settleAndKeep(true);
    }
  }

  /** Resolves once `look` gives something, at the latest when `ended` aborts. */
  async until<T>(look: (state: MemoryState) => T | undefined, ended: AbortSignal): Promise<T> {
    for (;;) {
      const found = this.read(look);
      if (found !== undefined) return found;
      await this.#nextChange(ended);
      if (ended.aborted) return new Promise(() => {});
    }
  }

  /**
   * Tells `listener`, which must not throw, what happens from now on until `ended` aborts, in the change that brings it
   * about. What happens by itself happens on time while somebody listens, otherwise at the next look.
   */
  listen(listener: (event: EngineEvent) => void, ended: AbortSignal): void {
    this.#refresh();
    this.#listeners.add(listener);
    this.#setAlarm();
    ended.addEventListener("abort", () => {
      this.#listeners.delete(listener);
      this.#setAlarm();
    });
  }

  #read(): MemoryState | undefined {
    const kept = this.#file?.readNew();
    return kept === undefined ? undefined : { ...kept, happened: [] };
  }

  #refresh(): void {
    this.#state = this.#read() ?? this.#state;
    this.#settleAndKeep(false);
  }

  #settleAndKeep(changed: boolean): void {
    const settled = settle(this.#state, this.clock.now(), this.#host);
    if (!changed && !settled) return;
    const { happened, ...kept } = this.#state;
    this.#file?.write(kept);
    const woken = this.#waiting;
    this.#waiting = new Set();
    for (const wake of woken) wake();
    this.#untold.push(...happened.splice(0));
    this.#tell();
    this.#setAlarm();
  }

  #tell(): void {
    // A listener may bring about more, which the others hear after this.
    if (this.#telling) return;
    this.#telling = true;
    for (let event = this.#untold.shift(); event !== undefined; event = this.#untold.shift()) {
      for (const listener of [...this.#listeners]) listener(event);
    }
    this.#telling = false;
  }

  /** One timer for all listeners. */
  #setAlarm(): void {
    this.clock.clearTimeout(this.#alarm);
    this.#alarm = this.#listeners.size === 0 ? undefined : this.#whenDue(() => this.#wake());
  }

  #wake(): void {
    this.#refresh();
    // A clock may be early.
    this.#setAlarm();
  }

  /** Calls back when the next thing happens by itself; undefined when nothing will. */
  #whenDue(callback: () => void): unknown {
    const due = nextDue(this.#state);
    if (due === undefined) return undefined;
    return this.clock.setTimeout(callback, Math.min(due.at - this.clock.now(), longestTimer));
  }

  #nextChange(ended: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.add(resolve);
      const timer = this.#whenDue(resolve);
      ended.addEventListener("abort", () => {
        this.clock.clearTimeout(timer);
        resolve();
      });
    });
  }
}
