import { type FleetStatus, formatDuration } from "@fleet/core";
import type { Alert, Problem } from "./alert.ts";
import { type PresentProblem, problemsIn } from "./problems.ts";

/** One problem that is, or was a moment ago. `seen` and `gone` are monotonic, so that a clock that is set tells no lies. */
export interface WatchedProblem {
  readonly problem: Problem;
  readonly instance?: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly seen: number;
  /** Whether its beginning was told. */
  readonly told: boolean;
  /** Since when it is over, which must last too before its end is told. */
  readonly gone?: { readonly seen: number; readonly at: number };
}

/** What has been seen so far. It begins empty. */
export type WatchedProblems = readonly WatchedProblem[];

export interface AlertInputs {
  /** How long a problem, and its absence, must last to be told. Milliseconds. */
  readonly after: number;
  /** Monotonic milliseconds. */
  readonly now: number;
}

export interface AlertStep {
  readonly watched: WatchedProblems;
  /** What is to be told now: by instance, the fleet's own first. */
  readonly alerts: readonly Alert[];
  /** When there will be something to tell if nothing changes; monotonic milliseconds. */
  readonly due?: number;
}

/**
 * Decides what is to be told. A problem is told once, when it has lasted, whatever its message does meanwhile, and its
 * end is told once, when that has lasted: a container that comes and goes is one problem. While the engine does not
 * answer, problems of instances neither begin nor end.
 */
export function nextAlerts(watched: WatchedProblems, status: FleetStatus, inputs: AlertInputs): AlertStep {
  const before = new Map(watched.map((one) => [keyOf(one), one]));
  const present = new Map(problemsIn(status).map((one) => [keyOf(one), one]));
  const keys = [...new Set([...before.keys(), ...present.keys()])].sort();
  const outcomes = keys.map((key) => next(before.get(key), present.get(key), status, inputs));
  const remaining = outcomes.flatMap(({ problem }) => problem ?? []);
  const due = Math.min(...remaining.map((one) => dueOf(one, inputs.after)));
  return {
    watched: remaining,
    alerts: outcomes.flatMap(({ alert }) => alert ?? []),
    ...(due !== Number.POSITIVE_INFINITY && { due }),
  };
}

interface Outcome {
  readonly problem?: WatchedProblem;
  readonly alert?: Alert;
}

function next(
  before: WatchedProblem | undefined,
  present: PresentProblem | undefined,
  status: FleetStatus,
  { after, now }: AlertInputs,
): Outcome {
  if (present !== undefined) {
    const { gone: _, ...known } = before ?? { ...identityOf(present), since: present.since, seen: now, told: false };
    if (known.told) return { problem: known };
    if (present.quiet) return {};
    if (now - known.seen < after) return { problem: known };
    return { problem: { ...known, told: true }, alert: begun(known, present, status) };
  }
  // Never told, and over: a heal.
  if (before === undefined || !before.told) return {};
  const isInstance = before.instance !== undefined;
  if (isInstance && !status.engine.reachable) {
    const { gone: _, ...unknown } = before;
    return { problem: unknown };
  }
  const gone = before.gone ?? { seen: now, at: status.at };
  const retired = isInstance && !status.instances.some(({ instance }) => instance === before.instance);
  if (!retired && now - gone.seen < after) return { problem: { ...before, gone } };
  return { alert: ended(before, retired, gone.at, status) };
}

function dueOf({ told, seen, gone }: WatchedProblem, after: number): number {
  if (gone !== undefined) return gone.seen + after;
  return told ? Number.POSITIVE_INFINITY : seen + after;
}

function begun({ since }: WatchedProblem, present: PresentProblem, { fleet }: FleetStatus): Alert {
  const { message, hint } = present;
  const alert = { schema: "fleet.alert/v1", fleet, ...identityOf(present), state: "begun", since, message } as const;
  return { ...alert, ...(hint !== undefined && { hint }) };
}

function ended(problem: WatchedProblem, retired: boolean, at: number, { fleet, engine }: FleetStatus): Alert {
  const lasted = formatDuration(Math.max(0, at - problem.since));
  const message = retired
    ? `${problem.instance} is no longer in the spec`
    : `${over(problem, engine.address)} after ${lasted}`;
  return { schema: "fleet.alert/v1", fleet, ...identityOf(problem), state: "ended", since: problem.since, message };
}

function over({ problem, instance }: WatchedProblem, address: string): string {
  switch (problem) {
    case "NotReady":
      return `${instance} is ready again`;
    case "Stalled":
      return `${instance} is no longer stalled`;
    case "EngineUnreachable":
      return `the engine at ${address} answers again`;
    case "Held":
      return "the fleet is no longer held";
    case "SpecInvalid":
      return "the spec holds again";
  }
}

function identityOf({ problem, instance }: PresentProblem | WatchedProblem): { problem: Problem; instance?: string } {
  return { ...(instance !== undefined && { instance }), problem };
}

/** No instance's name holds a space, and the empty one sorts first. */
function keyOf({ problem, instance = "" }: PresentProblem | WatchedProblem): string {
  return `${instance} ${problem}`;
}
