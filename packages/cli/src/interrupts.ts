import { type ExitCode, exit } from "./exit.ts";
import type { Signals } from "./program.ts";

/** The command ends now, because of a signal. */
export class Interrupted extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode) {
    super("interrupted");
    this.exitCode = exitCode;
  }
}

/** What a person says with Ctrl-C while the command works: first stop, then abort. */
export class Interrupts {
  /** Aborts on the first signal: what is under way is finished. */
  readonly stop: AbortSignal;
  /** Rejects with {@link Interrupted} on the second. */
  readonly aborted: Promise<never>;
  readonly #signals: Signals;
  readonly #interrupt = (): void => this.#hear(exit.interrupted);
  readonly #terminate = (): void => this.#hear(exit.terminated);
  readonly #stopping = new AbortController();
  #code: ExitCode | undefined;
  #abort: (reason: Interrupted) => void = () => undefined;

  constructor(signals: Signals) {
    this.#signals = signals;
    this.stop = this.#stopping.signal;
    this.aborted = new Promise((_resolve, reject) => {
      this.#abort = reject;
    });
    this.aborted.catch(() => undefined);
    signals.on("SIGINT", this.#interrupt);
    signals.on("SIGTERM", this.#terminate);
  }

  /** Of the first signal; undefined while there was none. */
  get exitCode(): ExitCode | undefined {
    return this.#code;
  }

  /** Signals do again what they did before. */
  dispose(): void {
    this.#signals.off("SIGINT", this.#interrupt);
    this.#signals.off("SIGTERM", this.#terminate);
  }

  #hear(code: ExitCode): void {
    if (this.#code !== undefined) this.#abort(new Interrupted(code));
    this.#code ??= code;
    this.#stopping.abort();
  }
}
