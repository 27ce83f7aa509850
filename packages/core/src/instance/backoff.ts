/** Milliseconds. */
export interface Backoff {
  readonly base: number;
  readonly factor: number;
  readonly cap: number;
}

/** Milliseconds to wait after the `attempt`-th try (from 1): base, base × factor, … up to the cap. */
export function backoffDelay(attempt: number, { base, factor, cap }: Backoff): number {
  return Math.min(cap, base * factor ** Math.max(0, attempt - 1));
}
