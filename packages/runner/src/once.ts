interface Run {
  readonly result: Promise<void>;
  /** Milliseconds since the epoch; absent while it runs. */
  endedAt?: number;
}

/** Does what several instances need only once: an image to pull, a directory that they share. */
export class Once {
  readonly #runs = new Map<string, Run>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Runs `work`, or joins the same work under way, or does nothing when it was done after `since`: then the look that
   * asked for it is older than its result. Joining shares a failure too.
   */
  async run(key: string, since: number, work: () => Promise<void>): Promise<void> {
    const earlier = this.#runs.get(key);
    if (earlier !== undefined && (earlier.endedAt === undefined || earlier.endedAt >= since)) return earlier.result;
    const run: Run = { result: work() };
    this.#runs.set(key, run);
    try {
      await run.result;
      run.endedAt = this.#now();
    } catch (error) {
      this.#runs.delete(key);
      throw error;
    }
  }
}
