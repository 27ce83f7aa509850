import type { FleetPolicy, Hold } from "@fleet/core";
import type { LeaseRecord } from "../lease/lease.ts";
import { describeLeases } from "../lease/leases.ts";
import type { Suspension } from "../state/suspensions.ts";
import type { Member } from "./member.ts";

/** One moment on both clocks: milliseconds that never go back, and milliseconds since the epoch. */
export interface Moment {
  readonly monotonic: number;
  readonly now: number;
}

/** How long until it is looked again whether work that nobody reports has ended. Milliseconds. */
export const busyRecheck = 5_000;

/** A person said hands off. Pure. */
export function suspensionHold(name: string, { until, reason, by }: Suspension): Hold {
  return {
    kind: "Suspended",
    message: `suspended by ${by}: ${reason}`,
    hint: `fleet resume ${name}`,
    ...(until !== undefined && { until }),
  };
}

/** Work inside, of those whose leases these are or of an exec, or a hook that says not now. Pure. */
export function busyHold(
  member: Pick<Member, "execs" | "vetoedUntil" | "heldUpSince">,
  leases: readonly LeaseRecord[],
  policy: FleetPolicy,
  { monotonic, now }: Moment,
): Hold | undefined {
  const { execs, vetoedUntil, heldUpSince } = member;
  const isBusy = leases.length > 0 || execs > 0 || vetoedUntil > monotonic;
  if (!isBusy || isForced(member, policy, monotonic)) return undefined;
  const untilForced = (heldUpSince ?? monotonic) + policy.drainTimeout - monotonic;
  // What ends without a word is looked for again.
  const untils = [...(leases.length > 0 ? [] : [busyRecheck]), ...(policy.whenBusy === "force" ? [untilForced] : [])];
  return {
    kind: "Busy",
    message: whoIsInside(leases, execs, now),
    ...(untils.length > 0 && { until: Math.round(now + Math.min(...untils)) }),
  };
}

function whoIsInside(leases: readonly LeaseRecord[], execs: number, now: number): string {
  if (leases.length > 0) return describeLeases(leases, now);
  return execs > 0 ? `${execs} running exec${execs === 1 ? "" : "s"} inside` : "the embedding program says not now";
}

/** Whether work inside has held up what is to be done for longer than the policy lets it. Pure. */
export function isForced(
  { heldUpSince }: Pick<Member, "heldUpSince">,
  { whenBusy, drainTimeout }: FleetPolicy,
  monotonic: number,
): boolean {
  return whenBusy === "force" && heldUpSince !== undefined && monotonic - heldUpSince >= drainTimeout;
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
