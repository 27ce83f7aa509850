import type { InstanceState } from "@fleet/core";

/** One instance's state, and what it waits for by the present states of the others. */
export interface Standing {
  readonly state: InstanceState;
  readonly waitingFor: readonly string[];
}

/** Whether nothing more will happen by itself: every instance is where it stays, or waits for what never comes. */
export function isFinished(standings: ReadonlyMap<string, Standing>): boolean {
  const over = new Set<string>();
  for (let before = -1; over.size > before; ) {
    before = over.size;
    for (const [name, standing] of standings) {
      if (isAtRest(standing.state) || waitsInVain(standing, standings, over)) over.add(name);
    }
  }
  return over.size === standings.size;
}

function isAtRest({ phase, readiness, hold }: InstanceState): boolean {
  if (phase === "settled") return readiness.state !== "pending";
  // Work inside that nobody is going to cut ends when it ends.
  if (phase === "deferred" && hold?.kind === "Busy") return hold.until === undefined;
  return phase === "stalled" || phase === "retired";
}

/** Deferred on one that is at rest without being what is waited for, or that itself waits in vain. */
function waitsInVain(
  { state, waitingFor }: Standing,
  standings: ReadonlyMap<string, Standing>,
  over: ReadonlySet<string>,
): boolean {
  // One that takes no part in this run will not change through it.
  return state.phase === "deferred" && waitingFor.some((name) => over.has(name) || !standings.has(name));
}
