import { describeAction, type Hold, type InstanceState, type InstanceStatus } from "@fleet/core";
import type { LeaseRecord } from "../lease/lease.ts";
import type { Moment } from "./holds.ts";
import type { Member } from "./member.ts";

/** How the loop sees one instance. */
export function instanceStatus(
  member: Member,
  { leases, hold }: { readonly leases: readonly LeaseRecord[]; readonly hold: Hold | undefined },
  moment: Moment,
): InstanceStatus {
  const { name, spec, seen, conditions, last, state } = member;
  const { phase, plan, readiness, withheld, attempts, error } = state;
  const next = nextOf(state, moment, hold);
  return {
    instance: name,
    container: spec?.container ?? plan?.container ?? seen?.name ?? name,
    ...(seen && readiness.word !== "missing" && { id: seen.id }),
    phase,
    state: readiness.word,
    conditions,
    plan,
    withheld,
    attempts,
    ...(hold && { hold }),
    leases: leases.map(({ holder, since, until }) => ({ holder, since, until })),
    ...(member.draining && { draining: true as const }),
    ...(last && { last }),
    ...(next && { next }),
    ...(error && {
      error: { code: error.code, message: error.message, ...(error.hint !== undefined && { hint: error.hint }) },
    }),
  };
}

function nextOf(
  { phase, retryAt, plan }: InstanceState,
  { monotonic, now }: Moment,
  hold: Hold | undefined,
): InstanceStatus["next"] | undefined {
  const [action] = plan?.actions ?? [];
  const what = action === undefined ? "look again" : describeAction(action);
  if (phase === "backingOff") return { at: Math.round(now + Math.max(0, retryAt - monotonic)), what };
  if ((phase === "deferred" || phase === "suspended") && hold?.until !== undefined) return { at: hold.until, what };
  return undefined;
}
