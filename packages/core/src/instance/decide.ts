import type { Remedy } from "../diff/drift.ts";
import type { FleetError } from "../errors.ts";
import type { Readiness } from "../plan/lifecycle.ts";
import type { InstancePlan } from "../plan/plan.ts";

/** Everything a decision rests on: what the last look and the last tries gave. */
export interface Situation {
  readonly plan: InstancePlan;
  readonly readiness: Readiness;
  /** Dependencies that are not yet as this instance needs them. */
  readonly waitingFor: readonly string[];
  /** Tries since the container last ran for a while: failures, and starts of one that had exited. */
  readonly attempts: number;
  readonly maxAttempts: number;
  /** What the last act failed with; null after one that worked. */
  readonly error: FleetError | null;
  /** The backoff since the last try has passed. */
  readonly cooled: boolean;
  /** What a replacement that failed wanted: the same is not tried again by itself. */
  readonly failedReplacement: string | null;
}

export type Decision =
  | { readonly to: "settled" }
  | { readonly to: "act" }
  | { readonly to: "deferred"; readonly message: string }
  | { readonly to: "backingOff" }
  | { readonly to: "stalled"; readonly message: string; readonly hint?: string };

/** What to do next. Pure. */
export function decide(situation: Situation): Decision {
  const { plan, waitingFor, error, attempts, maxAttempts, cooled } = situation;
  if (plan.actions.length === 0) return decideIdle(plan);
  // A replacement that stopped half-way is finished or taken back at once: until then nothing else is certain.
  if (isUnfinished(plan) && attempts < maxAttempts) return { to: "act" };
  if (isDisruptive(plan) && waitingFor.length > 0) {
    return { to: "deferred", message: `waits for ${waitingFor.join(", ")}` };
  }
  if (situation.failedReplacement !== null && situation.failedReplacement === replacementKey(plan)) {
    return stalled(error, "the replacement failed and was taken back");
  }
  if (!isRetry(situation)) return { to: "act" };
  if (error !== null && !error.retry) return stalled(error, "it failed");
  if (attempts >= maxAttempts) return stalled(error, crashMessage(situation));
  return cooled ? { to: "act" } : { to: "backingOff" };
}

function decideIdle(plan: InstancePlan): Decision {
  const lasting = plan.blocks.find((block) => !block.waits);
  if (lasting !== undefined) {
    return { to: "stalled", message: lasting.message, ...(lasting.hint !== undefined && { hint: lasting.hint }) };
  }
  const [waiting] = plan.blocks;
  return waiting === undefined ? { to: "settled" } : { to: "deferred", message: waiting.message };
}

function stalled(error: FleetError | null, otherwise: string): Decision {
  return {
    to: "stalled",
    message: error?.message ?? otherwise,
    ...(error?.hint !== undefined && { hint: error.hint }),
  };
}

/** Whether acting now repeats what did not last: an act that failed, or a start of a container that exits again. */
function isRetry({ plan, error, attempts }: Situation): boolean {
  return error !== null || (attempts > 0 && plan.actions.some((action) => action.reason === "ContainerExited"));
}

function crashMessage({ plan, readiness, attempts }: Situation): string {
  return `${plan.container} does not stay up: ${readiness.word} after ${attempts} starts`;
}

/** Whether the plan finishes or takes back a replacement that stopped half-way. */
export function isUnfinished(plan: InstancePlan): boolean {
  return plan.remedy === "restart" && plan.actions.some((action) => action.reason === "ReplacementUnfinished");
}

const disruptive: ReadonlySet<Remedy> = new Set<Remedy>(["restart", "replace", "create", "remove"]);

/** Whether the plan starts, stops, makes or removes a container, as against mending around it. */
function isDisruptive(plan: InstancePlan): boolean {
  return disruptive.has(plan.remedy);
}

/** Identifies what a replacement wants to bring about; null when the plan replaces nothing. */
export function replacementKey(plan: InstancePlan): string | null {
  if (plan.remedy !== "replace") return null;
  return JSON.stringify(plan.drifts.map((drift) => [drift.path, drift.desired]));
}
