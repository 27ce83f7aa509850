import type { InstanceState } from "@fleet/core";

/** One instance's state, and what it waits for by the present states of the others. */
export interface Standing {
  readonly state: InstanceState;
  readonly waitingFor: readonly string[];
}

/** Whether nothing more will happen by itself: every instance is where it stays, or waits for what never comes. */
export function isFinished(standings: ReadonlyMap<string, Standing>): boolean {
  return [...standings.values()].every(
    (standing) => isAtRest(standing.state) || waitsInVain(standing, standings, new Set()),
  );
}

function isAtRest({ phase, readiness }: InstanceState): boolean {
  if (phase === "settled") return readiness.state !== "pending";
  return phase === "stalled" || phase === "retired";
}

/** Deferred on one that is at rest without being what is waited for, or that itself waits in vain. */
function waitsInVain(
  { state, waitingFor }: Standing,
  standings: ReadonlyMap<string, Standing>,
  seen: ReadonlySet<string>,
): boolean {
  if (state.phase !== "deferred" || seen.has(state.name)) return false;
  return waitingFor.some((name) => {
    const other = standings.get(name);
    // One that takes no part in this run will not change through it.
    if (other === undefined) return true;
    return isAtRest(other.state) || waitsInVain(other, standings, new Set([...seen, state.name]));
  });
}
