import { FleetError } from "../errors.ts";
import type { EventWatcher } from "./engine.ts";
import type { MemoryStore } from "./memory-store.ts";

interface EventStream {
  muted: boolean;
  readonly fail: (error: unknown) => void;
}

/** The event streams of a memory engine that are open. */
export class EventStreams {
  readonly #store: MemoryStore;
  readonly #address: string;
  readonly #open = new Set<EventStream>();

  constructor(store: MemoryStore, address: string) {
    this.#store = store;
    this.#address = address;
  }

  /** Opens one that lasts until `ended` aborts, or until it rejects. */
  open({ onOpen, onEvent }: EventWatcher, ended: AbortSignal): Promise<never> {
    return new Promise((_, reject) => {
      const stream: EventStream = {
        muted: false,
        fail: (error) => {
          this.#open.delete(stream);
          reject(error);
        },
      };
      this.#open.add(stream);
      ended.addEventListener("abort", () => this.#open.delete(stream));
      const tell = (listener: () => void): void => {
        try {
          listener();
        } catch (error) {
          stream.fail(error);
        }
      };
      this.#store.listen((event) => {
        if (this.#open.has(stream) && !stream.muted) tell(() => onEvent(event));
      }, ended);
      tell(() => onOpen?.());
    });
  }

  /** Ends every open one. */
  cut(): void {
    const error = new FleetError("Unreachable", `Cannot watch events: the stream from ${this.#address} has ended.`);
    for (const stream of [...this.#open]) stream.fail(error);
  }

  /** Keeps every open one from saying anything more. */
  mute(): void {
    for (const stream of this.#open) stream.muted = true;
  }
}
