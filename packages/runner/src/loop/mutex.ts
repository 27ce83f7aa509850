/** One at a time, in the order of asking. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();
  #asked = 0;

  /** Whether somebody has it or waits for it. */
  get busy(): boolean {
    return this.#asked > 0;
  }

  /** Runs `work` once all who asked before are done. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.#asked += 1;
    const result = this.#last.then(work).finally(() => {
      this.#asked -= 1;
    });
    this.#last = result.catch(() => undefined);
    return result;
  }
}
