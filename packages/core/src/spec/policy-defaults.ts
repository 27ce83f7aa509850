import type { FleetPolicy, HealPolicy } from "./policy.ts";

export const defaultPolicy: FleetPolicy = {
  orphans: "report",
  adopt: "never",
  concurrency: 16,
  mode: "converge",
  maxUnavailable: 1,
  backoff: { base: 1_000, factor: 2, cap: 300_000, reset: 600_000 },
  resync: 10_000,
  deepResync: 600_000,
  stopGrace: 10_000,
  whenBusy: "defer",
  drainTimeout: 600_000,
  breaker: { missing: 50, window: 10_000 },
};

export const defaultHeal: HealPolicy = {
  missing: "create",
  stopped: "start",
  paused: "unpause",
  unhealthy: "restart",
  drift: "mend",
  ownership: "mend",
  staleMount: "report",
};
