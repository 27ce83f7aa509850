import type { Observation } from "../observe/observation.ts";
import type { InstanceSpec } from "../spec/instance.ts";
import type { FleetPolicy, HealPolicy } from "../spec/policy.ts";
import type { Action, ActionStep } from "./action.ts";
import { candidates } from "./candidates.ts";
import { planInstance } from "./instance.ts";
import { because, planPhase, readiness, verdictOf } from "./lifecycle.ts";
import type { InstancePlan } from "./plan.ts";
import type { Reason } from "./reason.ts";

/** What the loop may do by itself, and what it only reports. */
export interface HealingPlan {
  /** Its actions are those that the policy allows; its drifts are all that there are. */
  readonly plan: InstancePlan;
  /** What a person's apply would do, and the loop does not. */
  readonly withheld: readonly Action[];
}

/** The plan of one instance for the loop: an unhealthy container is trouble too, and the policy may hold remedies back. Pure. */
export function planHealing(spec: InstanceSpec, observation: Observation, policy: FleetPolicy): HealingPlan {
  const plan = planInstance(spec, observation, policy);
  const { current } = candidates(spec.container, observation.containers[spec.name] ?? [], observation.foreign);
  const idle = plan.actions.length === 0 && plan.blocks.length === 0;
  const unhealthy = current !== undefined && readiness(current, spec.lifecycle, observation.at).word === "unhealthy";
  const wanted = idle && unhealthy ? restart(plan, current) : plan;
  const allows = (action: Action): boolean =>
    policy.mode === "converge" && isAllowed(action.reason, spec.heal) && !isForApplyAlone(action);
  const needed = wanted.actions.filter((action) => !prerequisite.has(action.reason));
  const withheld = needed.filter((action) => !allows(action));
  if (withheld.length === 0 && policy.mode === "converge") {
    const isPaused = current?.state.phase === "paused" && spec.heal.paused === "unpause";
    return { plan: isPaused && wanted.remedy === "replace" ? unpause(wanted, current) : wanted, withheld };
  }
  // A replacement is one whole: none of it, or all of it.
  const broken = withheld.some(({ kind }) => kind === "createContainer");
  const kept = broken
    ? needed.filter(({ reason }) => mending.has(reason) && allows({ reason } as Action))
    : needed.filter(allows);
  const phase = broken && current !== undefined ? planPhase(current, spec.lifecycle) : {};
  const wake = phase.step === undefined || phase.reason === undefined ? [] : because(phase.reason, [], [phase.step]);
  const actions = [...prerequisites(wanted, kept), ...kept, ...wake.filter(allows)];
  const { blocks } = wanted;
  return {
    plan: { ...wanted, actions, verdict: verdictOf(actions, blocks), remedy: remedyOf(actions, wanted) },
    withheld,
  };
}

/** What is paused goes on at once: that cuts nothing, and the rest may have to wait for the work inside. */
function unpause(plan: InstancePlan, { id, name }: { readonly id: string; readonly name: string }): InstancePlan {
  const actions = because("ContainerPaused", [], [{ kind: "unpauseContainer", container: { id, name } }]);
  return { ...plan, verdict: "pending", remedy: "restart", actions };
}

function restart(plan: InstancePlan, { id, name }: { readonly id: string; readonly name: string }): InstancePlan {
  const container = { id, name };
  const steps: readonly ActionStep[] = [
    { kind: "stopContainer", container },
    { kind: "startContainer", container },
  ];
  return { ...plan, verdict: "pending", remedy: "restart", actions: because("ContainerUnhealthy", [], steps) };
}

/** What exists for the sake of another action. */
const prerequisite: ReadonlySet<Reason> = new Set<Reason>(["ImageMissing", "VolumeMissing", "NetworkMissing"]);
/** What is done to a source, and stands for itself. */
const mending: ReadonlySet<Reason> = new Set<Reason>(["SourceMissing", "OwnershipWrong"]);

function prerequisites({ actions }: InstancePlan, kept: readonly Action[]): readonly Action[] {
  return kept.some(({ reason }) => !mending.has(reason))
    ? actions.filter(({ reason }) => prerequisite.has(reason))
    : [];
}

function isAllowed(reason: Reason, heal: HealPolicy): boolean {
  switch (reason) {
    case "ContainerMissing":
      return heal.missing === "create";
    case "ContainerExited":
    case "ContainerNeverStarted":
    case "ContainerDead":
      return heal.stopped === "start";
    case "ContainerPaused":
      return heal.paused === "unpause";
    case "ContainerUnhealthy":
      return heal.unhealthy === "restart";
    case "FieldsDiffer":
    case "ImageMoved":
    case "Adopted":
      return heal.drift === "mend";
    case "SourceMissing":
    case "OwnershipWrong":
      return heal.ownership === "mend";
    case "StaleMount":
      return heal.staleMount === "restart";
    case "ImageMissing":
    case "VolumeMissing":
    case "NetworkMissing":
    // What was begun is ended, and what the spec dropped goes by `orphans`.
    case "ReplacementUnfinished":
    // Never planned: a lazy container is started for who needs it.
    case "Wanted":
    case "Idle":
    case "Orphaned":
    case "Destroyed":
      return true;
  }
}

/** `repair: plan` asks for a person's apply. */
function isForApplyAlone(action: Action): boolean {
  return action.kind === "mendSource" && action.ownership.repair === "plan";
}

function remedyOf(actions: readonly Action[], { remedy }: InstancePlan): InstancePlan["remedy"] {
  if (actions.length === 0) return "none";
  if (actions.every(({ reason }) => mending.has(reason))) return "host";
  if (actions.some(({ kind }) => kind === "createContainer")) return remedy;
  return actions.some(({ kind }) => kind === "startContainer" || kind === "unpauseContainer") ? "restart" : "update";
}
