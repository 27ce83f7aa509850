import { type Engine, type EngineInfo, isFleetError } from "@fleet/core";

export interface ReachOptions {
  readonly engine: Pick<Engine, "info">;
  /** Ends what is asked. */
  readonly signal: AbortSignal;
  /** Whether the stream of events is open. */
  readonly isHeard: () => boolean;
}

/** Whether the engine answers, and who it is. */
export class Reach {
  readonly #options: ReachOptions;
  #asked: Promise<EngineInfo> | undefined;
  #engine: EngineInfo | undefined;
  #reachable: boolean | undefined;
  #error: string | undefined;
  /** How often the stream of events was opened, and how often that was when nobody answered. */
  #opens = 0;
  #opensWhenLost: number | undefined;

  constructor(options: ReachOptions) {
    this.#options = options;
  }

  /** The engine that answered last. */
  get engine(): EngineInfo | undefined {
    return this.#engine;
  }

  /** Whether it answered when it was asked last. */
  get reachable(): boolean {
    return this.#reachable === true;
  }

  /** Why it did not answer when it was asked last. */
  get error(): string | undefined {
    return this.#error;
  }

  /** Who answers. While the stream of events stays open it is the one that opened it. */
  identity(): Promise<EngineInfo> {
    if (this.#asked !== undefined) return this.#asked;
    const { engine, signal, isHeard } = this.#options;
    const asked = engine.info({ signal });
    if (isHeard()) {
      this.#asked = asked;
      asked.catch(() => {
        if (this.#asked === asked) this.#asked = undefined;
      });
    }
    return asked;
  }

  /** Another may answer from now on. */
  doubt(): void {
    this.#asked = undefined;
  }

  /** The stream of events has opened. Whether it had been open before. */
  opened(): boolean {
    this.doubt();
    this.#opens += 1;
    return this.#opens > 1;
  }

  /** Takes an answer. Whether it is the first after nobody answered. */
  answered(engine: EngineInfo): boolean {
    this.#engine = engine;
    // An engine that goes down may still answer on a connection that it has: only a new stream shows that it is back.
    if (this.#reachable === true || this.#opens === this.#opensWhenLost) return false;
    const again = this.#reachable === false;
    this.#reachable = true;
    this.#error = undefined;
    return again;
  }

  /** Takes what a call failed with. Whether it is the first that says that nobody answers. */
  failed(error: unknown): error is Error {
    if (!isFleetError(error, "Unreachable") || this.#reachable === false) return false;
    this.#reachable = false;
    this.#error = error.message;
    this.#opensWhenLost = this.#opens;
    return true;
  }
}
