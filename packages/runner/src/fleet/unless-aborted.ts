import { FleetError } from "@fleet/core";

/** What `work` gives, or rejects with. Rejects with `Cancelled` once the signal aborts: `work` goes on, and nobody hears of it. */
export function unlessAborted<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new FleetError("Cancelled", "the caller's signal ended the wait"));
    if (signal?.aborted === true) abort();
    signal?.addEventListener("abort", abort, { once: true });
    void work.then(resolve, reject).finally(() => signal?.removeEventListener("abort", abort));
  });
}
