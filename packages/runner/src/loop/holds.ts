import { type Action, cutsWork, FleetError, type FleetPolicy, type Hold, type InstancePlan } from "@fleet/core";
import type { Suspension } from "../state/suspensions.ts";
import type { Member } from "./member.ts";

/** One moment on both clocks: milliseconds that never go back, and milliseconds since the epoch. */
export interface Moment {
  readonly monotonic: number;
  readonly now: number;
}

/** A person said hands off. Pure. */
export function suspensionHold(name: string, { until, reason, by }: Suspension): Hold {
  return {
    kind: "Suspended",
    message: `suspended by ${by}: ${reason}`,
    hint: `fleet resume ${name}`,
    ...(until !== undefined && { until }),
  };
}

/** Somebody stopped it, and may want it so for a moment. Pure. */
export function stopHold(
  { name, current, stopped }: Pick<Member, "name" | "current" | "stopped">,
  { stopGrace }: FleetPolicy,
  { monotonic, now }: Moment,
): Hold | undefined {
  if (stopped === undefined || stopped.id !== current?.id || current.state.phase !== "exited") return undefined;
  const left = stopped.at + stopGrace - monotonic;
  if (left <= 0) return undefined;
  return {
    kind: "StopGrace",
    message: `somebody stopped it; it is started again in ${Math.ceil(left / 1000)} s`,
    hint: `fleet suspend ${name} --for 1h keeps it stopped`,
    until: now + left,
  };
}

/**
 * Once more, right before an action: what holds the whole fleet may have come since the turn was given. Pure.
 * @throws FleetError `Cancelled` then, unless the plan has left something half-done that the action makes whole.
 */
export function checkHold(hold: Hold | undefined, plan: InstancePlan, action: Action): void {
  if (hold === undefined) return;
  // On another engine nothing of ours is half-done.
  if (hold.kind !== "EngineChanged" && completes(plan, action)) return;
  throw new FleetError("Cancelled", `${plan.instance} is held: ${hold.message}`);
}

/** Whether an action gives back what the plan took from an instance that had a container, or what an earlier plan did. */
function completes({ actions, remedy }: InstancePlan, action: Action): boolean {
  if (remedy === "create" || remedy === "remove") return false;
  if (action.reason === "ReplacementUnfinished") return true;
  return actions.slice(0, actions.indexOf(action)).some((done) => {
    if (done.reason !== action.reason) return false;
    if (done.kind === "disconnectNetwork") return action.kind === "connectNetwork" && action.network === done.network;
    return cutsWork(done.kind) || (done.kind === "renameContainer" && remedy === "replace");
  });
}
