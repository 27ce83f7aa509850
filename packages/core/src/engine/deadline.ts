import { FleetError } from "../errors.ts";
import type { CallOptions } from "./engine.ts";

/** A longer one fires at once. */
const longestTimer = 2 ** 31 - 1;

/**
 * Runs `call` against its own timer and the caller's signal: rejects with `Timeout` or `Cancelled` on time even when the
 * call never settles, as an HTTP client's promise does not after some faults. The signal that `call` is given aborts in
 * both cases, so that its sockets are freed; what it does after that is nobody's business. A call that has what it
 * waited for, and goes on for as long as it lasts, lifts its deadline.
 */
export async function withDeadline<T>(
  what: string,
  options: CallOptions,
  fallback: number,
  call: (signal: AbortSignal, lift: () => void) => Promise<T>,
): Promise<T> {
  const milliseconds = options.deadline ?? fallback;
  const abort = new AbortController();
  const { signal } = options;
  let stop = (): void => {};
  let lift = (): void => {};
  const stopped = new Promise<never>((_, reject) => {
    const end = (error: FleetError): void => {
      reject(error);
      abort.abort(error);
    };
    const cancel = (): void => end(new FleetError("Cancelled", `${what}: cancelled by the caller.`));
    const timer = setTimeout(
      () =>
        end(
          new FleetError("Timeout", `${what}: not done after ${seconds(milliseconds)}; whether it will be is unknown.`),
        ),
      Math.min(milliseconds, longestTimer),
    );
    signal?.addEventListener("abort", cancel, { once: true });
    if (signal?.aborted) cancel();
    lift = () => clearTimeout(timer);
    stop = () => {
      lift();
      signal?.removeEventListener("abort", cancel);
    };
  });
  try {
    // A call that was cancelled before it began must not reach the engine.
    return await (abort.signal.aborted ? stopped : Promise.race([stopped, call(abort.signal, lift)]));
  } finally {
    stop();
  }
}

function seconds(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds} ms` : `${Math.round(milliseconds / 100) / 10} s`;
}
