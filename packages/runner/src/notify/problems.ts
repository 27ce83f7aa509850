import type { ConditionType, FleetStatus, InstanceStatus } from "@fleet/core";
import type { Problem } from "./alert.ts";

/** A problem as it stands at one moment. */
export interface PresentProblem {
  readonly problem: Problem;
  readonly instance?: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly message: string;
  readonly hint?: string;
  /** It is expected, or part of a worse one: not to be told unless it has been told already. */
  readonly quiet: boolean;
}

/** What is wrong, as the status says. Of an engine that does not answer, nothing is known of the instances. */
export function problemsIn(status: FleetStatus): PresentProblem[] {
  const { at, engine, hold, specError, instances } = status;
  const found: PresentProblem[] = [];
  const tell = (problem: Problem, message: string, hint?: string): void =>
    void found.push({ problem, since: at, message, ...(hint !== undefined && { hint }), quiet: false });
  if (specError !== undefined) tell("SpecInvalid", `the last good spec stays: ${specError}`);
  if (!engine.reachable) {
    tell("EngineUnreachable", `the engine at ${engine.address} does not answer`);
    return found;
  }
  if (hold !== undefined) tell("Held", hold.message, hold.hint);
  return [...found, ...instances.flatMap((instance) => problemsOf(instance, hold !== undefined))];
}

/** `held`: the whole fleet is. */
function problemsOf(status: InstanceStatus, held: boolean): PresentProblem[] {
  const condition = (type: ConditionType) => status.conditions.find((one) => one.type === type);
  const ready = condition("Ready");
  const stalled = condition("Stalled");
  const isStalled = stalled?.status === "true";
  // A person said hands off: what happens meanwhile is that person's.
  const expected = held || status.hold?.kind === "Suspended";
  const hint = status.error?.hint ?? status.hold?.hint;
  const base = { instance: status.instance, ...(hint !== undefined && { hint }) };
  const found: PresentProblem[] = [];
  if (ready !== undefined && ready.status !== "true") {
    const { since, message } = ready;
    found.push({ ...base, problem: "NotReady", since, message, quiet: expected || isStalled });
  }
  if (stalled !== undefined && isStalled) {
    const { since, message } = stalled;
    found.push({ ...base, problem: "Stalled", since, message, quiet: expected });
  }
  return found;
}
