import { type Clock, type Engine, type EngineEvent, FleetError, isFleetError } from "@fleet/core";

export interface FeedOptions {
  readonly engine: Pick<Engine, "watchEvents">;
  readonly clock: Clock;
  /** The engine has accepted: whatever happens from now on is told. */
  readonly onOpen: () => void;
  readonly onEvent: (event: EngineEvent) => void;
  /** Nothing is told any more; it is tried again by itself. */
  readonly onLost: (error: FleetError) => void;
}

/** Milliseconds between two tries. */
const firstPause = 100;
const longestPause = 5_000;

/** Keeps a subscription to the engine's events, whatever becomes of the engine. */
export class Feed {
  readonly #options: FeedOptions;
  #open = false;
  #stream: AbortController | undefined;
  #timer: unknown;
  #pause = firstPause;
  #stopped = false;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** Whether events are told at present. */
  get open(): boolean {
    return this.#open;
  }

  start(): void {
    void this.#subscribe();
  }

  /** Ends a subscription that seems to be dead, and begins a new one. */
  renew(): void {
    this.#stream?.abort();
  }

  stop(): void {
    this.#stopped = true;
    this.#options.clock.clearTimeout(this.#timer);
    this.#stream?.abort();
  }

  async #subscribe(): Promise<void> {
    const stream = new AbortController();
    this.#stream = stream;
    const { engine, onOpen, onEvent, onLost, clock } = this.#options;
    try {
      await engine.watchEvents(
        {
          onOpen: () => {
            this.#open = true;
            this.#pause = firstPause;
            onOpen();
          },
          onEvent,
        },
        { signal: stream.signal },
      );
    } catch (error) {
      const wasOpen = this.#open;
      this.#open = false;
      if (this.#stopped) return;
      if (wasOpen) onLost(isFleetError(error) ? error : new FleetError("Unreachable", String(error), { cause: error }));
      this.#timer = clock.setTimeout(() => void this.#subscribe(), this.#pause);
      this.#pause = Math.min(longestPause, this.#pause * 2);
    }
  }
}
