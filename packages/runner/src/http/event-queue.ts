import type { Clock } from "@fleet/core";
import type { RecordedEvent } from "./event-history.ts";

export interface EventQueueOptions {
  /** More may not wait. */
  readonly limit: number;
  readonly clock: Clock;
  /** Called once, when one more came than may wait. Nothing is taken in or given out any more. */
  readonly onFull: () => void;
}

/** Events on their way to one client, between the loop, which does not wait, and the connection, which may. */
export class EventQueue {
  readonly #options: EventQueueOptions;
  readonly #waiting: RecordedEvent[] = [];
  #closed = false;
  #wake: () => void = () => undefined;

  constructor(options: EventQueueOptions) {
    this.#options = options;
  }

  get closed(): boolean {
    return this.#closed;
  }

  push(event: RecordedEvent): void {
    if (this.#closed) return;
    if (this.#waiting.length === this.#options.limit) {
      this.close();
      this.#options.onFull();
      return;
    }
    this.#waiting.push(event);
    this.#wake();
  }

  /** The oldest; undefined when none comes within `patience` milliseconds, or when the queue closes. */
  async take(patience: number): Promise<RecordedEvent | undefined> {
    if (this.#waiting.length === 0 && !this.#closed) await this.#change(patience);
    return this.#waiting.shift();
  }

  close(): void {
    this.#closed = true;
    this.#waiting.length = 0;
    this.#wake();
  }

  #change(patience: number): Promise<void> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      const timer = clock.setTimeout(() => this.#wake(), patience);
      this.#wake = () => {
        this.#wake = () => undefined;
        clock.clearTimeout(timer);
        resolve();
      };
    });
  }
}
