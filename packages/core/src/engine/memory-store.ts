import type { Clock } from "../clock.ts";
import { MemoryFile } from "../memory-file.ts";
import { nextDue, settle } from "./memory-life.ts";
import { initialState, type MemoryState } from "./memory-state.ts";

/** Holds the state, keeps it in its file, lets time act on it, and wakes those who wait for a change. */
export class MemoryStore {
  readonly clock: Clock;
  readonly #file: MemoryFile<MemoryState> | undefined;
  #state: MemoryState;
  #waiting = new Set<() => void>();

  constructor(clock: Clock, path: string | undefined) {
    this.clock = clock;
    this.#file = path === undefined ? undefined : new MemoryFile(path, "engine");
    this.#state = this.#file?.readNew() ?? initialState();
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

  #refresh(): void {
    this.#state = this.#file?.readNew() ?? this.#state;
    this.#settleAndKeep(false);
  }

  #settleAndKeep(changed: boolean): void {
    const settled = settle(this.#state, this.clock.now());
    if (!changed && !settled) return;
    this.#file?.write(this.#state);
    const woken = this.#waiting;
    this.#waiting = new Set();
    for (const wake of woken) wake();
  }

  #nextChange(ended: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.add(resolve);
      const due = nextDue(this.#state);
      if (due === undefined) {
        ended.addEventListener("abort", () => resolve(), { once: true });
        return;
      }
      const timer = this.clock.setTimeout(resolve, due.at - this.clock.now());
      ended.addEventListener("abort", () => {
        this.clock.clearTimeout(timer);
        resolve();
      });
    });
  }
}
