import type { InstanceStatus } from "@fleet/core";

/** Running before stopped, free before busy, then by name. */
function rank({ state, leases }: InstanceStatus): number {
  return (state === "idle" ? 2 : 0) + (leases.length > 0 ? 1 : 0);
}

/**
 * Of the instances that `fits` accepts, the one that can take work soonest: a running free one, else a running busy one,
 * else a stopped lazy one. Undefined when none can. From memory; no engine is asked. Pure.
 */
export function pickReady(
  instances: readonly InstanceStatus[],
  fits: (instance: InstanceStatus) => boolean,
): InstanceStatus | undefined {
  return instances
    .filter((instance) => isReady(instance) && instance.draining !== true && fits(instance))
    .sort((a, b) => rank(a) - rank(b) || a.leases.length - b.leases.length || (a.instance < b.instance ? -1 : 1))[0];
}

function isReady({ phase, conditions }: InstanceStatus): boolean {
  if (phase === "suspended" || phase === "stalled") return false;
  return conditions.some(({ type, status }) => type === "Ready" && status === "true");
}
