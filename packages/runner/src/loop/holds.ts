import type { FleetPolicy, Hold } from "@fleet/core";
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
