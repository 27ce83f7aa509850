import type { FleetEvent } from "@fleet/core";

/** An event, and its number. */
export type RecordedFleetEvent = FleetEvent & {
  /** One more than the entry before in the journal; where a reader was when it goes on later. */
  readonly seq: number;
};

/** How many past events are kept for those who come later. */
const kept = 1_000;

/** What happened lately, for any number of readers, each at its own pace. */
export class EventLog {
  #events: RecordedFleetEvent[] = [];
  readonly #waiting = new Set<() => void>();
  #closed = false;

  push(event: RecordedFleetEvent): void {
    this.#events.push(event);
    if (this.#events.length >= 2 * kept) this.#events = this.#events.slice(-kept);
    this.#wake();
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Readers end after what they have not yet read. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  /** What came after the entry `after`, as far as it is kept, and then what comes, until the log is closed or the signal aborts. */
  async *read(after: number, signal?: AbortSignal): AsyncGenerator<RecordedFleetEvent> {
    let seq = after;
    const wake = (): void => this.#wake();
    signal?.addEventListener("abort", wake);
    try {
      while (signal?.aborted !== true) {
        const next = this.#events.find((event) => event.seq > seq);
        if (next !== undefined) {
          seq = next.seq;
          yield next;
        } else if (this.#closed) return;
        else await new Promise<void>((resolve) => this.#waiting.add(resolve));
      }
    } finally {
      signal?.removeEventListener("abort", wake);
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
