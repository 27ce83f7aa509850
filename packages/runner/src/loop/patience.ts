import type { FleetPolicy, Patience } from "@fleet/core";

/** How patient the loop is with a container: it never gives up starting one, and asks a person about what cannot work. */
export function patienceOf({ backoff }: FleetPolicy): Patience {
  const { base, factor, cap, reset } = backoff;
  return {
    backoff: { base, factor, cap },
    maxFailures: 8,
    maxStarts: Number.POSITIVE_INFINITY,
    recheck: 1_000,
    // The loop itself finds out when the engine is back, and wakes everybody.
    away: 60_000,
    waitAtMost: 120_000,
    stableAfter: reset,
  };
}
