import type { Remedy } from "../diff/drift.ts";
import type { FleetError } from "../errors.ts";
import type { Action } from "../plan/action.ts";
import type { Readiness } from "../plan/lifecycle.ts";
import type { InstancePlan } from "../plan/plan.ts";
import type { Reason } from "../plan/reason.ts";
import type { Hold } from "../report/hold.ts";

/** Everything a decision rests on: what the last look and the last tries gave. */
export interface Situation {
  readonly plan: InstancePlan;
  readonly readiness: Readiness;
  /** Dependencies that are not yet as this instance needs them. */
  readonly waitingFor: readonly string[];
  readonly hold?: Hold | undefined;
  /** Tries since the container last ran for a while: failures, and starts of one that had exited. */
  readonly attempts: number;
  readonly failures: number;
  readonly maxFailures: number;
  readonly maxStarts: number;
  /** What the last act failed with; null after one that worked. */
  readonly error: FleetError | null;
  /** The backoff since the last try has passed. */
  readonly cooled: boolean;
  /** Something is under way on the engine's side for longer than it should be. */
  readonly overdue: boolean;
  /** What a replacement that failed wanted: the same is not tried again by itself. */
  readonly failedReplacement: string | null;
}

/** Where an instance goes from here; the words are those of its phases. */
export type Decision =
  | { readonly to: "settled" }
  | { readonly to: "act" }
  | { readonly to: "suspended"; readonly message: string }
  | { readonly to: "deferred"; readonly message: string; readonly hint?: string }
  | { readonly to: "backingOff" }
  | { readonly to: "stalled"; readonly message: string; readonly hint?: string };

/** What to do next. Pure. */
export function decide(situation: Situation): Decision {
  const { plan, hold, waitingFor, error, attempts, failures, cooled } = situation;
  if (hold?.kind === "Suspended") return { to: "suspended", message: hold.message };
  if (plan.actions.length === 0) return decideIdle(situation);
  if (hold !== undefined && holds(hold, plan.actions)) return { to: "deferred", message: hold.message };
  // A replacement that stopped half-way is finished or taken back at once: until then nothing else is certain.
  if (isUnfinished(plan) && failures < situation.maxFailures) return { to: "act" };
  if (isDisruptive(plan) && waitingFor.length > 0) {
    return { to: "deferred", message: `waits for ${waitingFor.join(", ")}` };
  }
  if (situation.failedReplacement !== null && situation.failedReplacement === replacementKey(plan)) {
    return stalled(error, "the replacement failed and was taken back");
  }
  if (!isRetry(situation)) return { to: "act" };
  if (error !== null && !error.retry) return stalled(error, "it failed");
  if (error !== null && failures >= situation.maxFailures) return stalled(error, "it failed again and again");
  if (error === null && attempts >= situation.maxStarts) return stalled(null, crashMessage(situation));
  return cooled ? { to: "act" } : { to: "backingOff" };
}

/** A stop by hand holds up the start alone, and work inside what would cut it. */
function holds({ kind, container }: Hold, actions: readonly Action[]): boolean {
  if (kind === "StopGrace") return actions.some(({ reason }) => reason === "ContainerExited");
  if (kind !== "Busy") return true;
  return actions.some(
    (action) =>
      cutsWork(action.kind) &&
      (container === undefined || ("container" in action && action.container.id === container)),
  );
}

/** Whether an action ends what runs inside a container. */
export function cutsWork(kind: Action["kind"]): boolean {
  return kind === "stopContainer" || kind === "removeContainer";
}

function decideIdle({ plan, overdue }: Situation): Decision {
  const lasting = plan.blocks.find((block) => !block.waits);
  if (lasting !== undefined) {
    return { to: "stalled", message: lasting.message, ...(lasting.hint !== undefined && { hint: lasting.hint }) };
  }
  const [waiting] = plan.blocks;
  if (waiting === undefined) return { to: "settled" };
  const { message, hint } = waiting;
  return { to: overdue ? "stalled" : "deferred", message, ...(hint !== undefined && { hint }) };
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
  return error !== null || (attempts > 0 && plan.actions.some((action) => isRestart(action.reason)));
}

function crashMessage({ plan, readiness, attempts }: Situation): string {
  return `${plan.container} does not stay up: ${readiness.word}, although started again ${attempts} times`;
}

/** Whether an action for this reason starts again what did not last. */
export function isRestart(reason: Reason): boolean {
  return reason === "ContainerExited" || reason === "ContainerUnhealthy" || reason === "StaleMount";
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
  const wanted = plan.drifts.filter((drift) => drift.remedy === "replace");
  return JSON.stringify(wanted.map((drift) => [drift.path, drift.desired]));
}
