/** Time as a parameter. What xstate takes as its clock, plus the time itself. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds from some fixed point; never jumps. For durations and deadlines. */
  monotonic(): number;
  /** After more than 24 days the callback is called after 24 days: look at the time again. */
  setTimeout(callback: () => void, milliseconds: number): unknown;
  /** Takes back what `setTimeout` gave; for one that has fired nothing happens. */
  clearTimeout(timer: unknown): void;
}

/** The platform's timers take no more, and would fire at once. */
const longest = 2 ** 31 - 1;

/** The machine's own. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: (callback, milliseconds) => setTimeout(callback, Math.min(milliseconds, longest)),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};
