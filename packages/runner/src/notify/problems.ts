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
export function problemsIn({ at, engine, instances }: FleetStatus): PresentProblem[] {
  if (engine.reachable) return instances.flatMap(problemsOf);
  const message = `the engine at ${engine.address} does not answer`;
  return [{ problem: "EngineUnreachable", since: at, message, quiet: false }];
}

function problemsOf(status: InstanceStatus): PresentProblem[] {
  const condition = (type: ConditionType) => status.conditions.find((one) => one.type === type);
  const ready = condition("Ready");
  const stalled = condition("Stalled");
  const isStalled = stalled?.status === "true";
  // A person said hands off: what happens meanwhile is that person's.
  const suspended = status.hold?.kind === "Suspended";
  const hint = status.error?.hint ?? status.hold?.hint;
  const base = { instance: status.instance, ...(hint !== undefined && { hint }) };
  const found: PresentProblem[] = [];
  if (ready !== undefined && ready.status !== "true") {
    const { since, message } = ready;
    found.push({ ...base, problem: "NotReady", since, message, quiet: suspended || isStalled });
  }
  if (stalled !== undefined && isStalled) {
    const { since, message } = stalled;
    found.push({ ...base, problem: "Stalled", since, message, quiet: suspended });
  }
  return found;
}
