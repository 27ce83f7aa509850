import { FleetError } from "../errors.ts";
import { candidates } from "../plan/candidates.ts";
import { planHealing } from "../plan/heal.ts";
import { planInstance, planRemoval } from "../plan/instance.ts";
import { readiness } from "../plan/lifecycle.ts";
import type { InstancePlan } from "../plan/plan.ts";
import type { InstanceContext, Outlook } from "./context.ts";
import { isRestart, isUnfinished, replacementKey } from "./decide.ts";

/** What a look tells: the plan, whether the container does its work, and what the last act brought about. Pure. */
export function learn(context: InstanceContext, outlook: Outlook): Partial<InstanceContext> {
  const { name, spec, policy, healing } = context;
  const found = outlook.observation.containers[name] ?? [];
  const { waitingFor, hold, observation } = outlook;
  const seen = { outlook, waitingFor, hold, seenAt: observation.at, lookError: null, mended: null };
  if (spec === undefined) {
    const plan = planRemoval(name, found, context.removal ?? "Orphaned");
    return { ...seen, plan, ...judgeLastAct(context, plan) };
  }
  const { plan, withheld } = healing
    ? planHealing(spec, outlook.observation, policy)
    : { plan: planInstance(spec, outlook.observation, policy), withheld: [] };
  const ready = readiness(candidates(spec.container, found).current, spec.lifecycle, observation.at);
  const waits = plan.blocks.some((block) => block.waits);
  return {
    ...seen,
    plan,
    withheld,
    readiness: ready,
    waitingSince: waits ? (context.waitingSince ?? context.now()) : null,
    ...(ready.state === "ready" && plan.actions.length === 0 && forgetTries(context)),
    ...judgeLastAct(context, plan),
  };
}

/** A container that has run for long enough is stable, however often it was started before. */
function forgetTries({ now, triedAt, patience }: InstanceContext): Partial<InstanceContext> {
  return now() - triedAt < patience.stableAfter ? {} : { attempts: 0, failures: 0, failedReplacement: null };
}

/** What the last act brought about, by what is to be done now. */
function judgeLastAct(context: InstanceContext, plan: InstancePlan): Partial<InstanceContext> {
  const { error, attempts, failures } = context;
  if (context.mended !== null && context.mended === mendKey(plan))
    return { error: unmended(plan), attempts: attempts + 1, failures: failures + 1 };
  if (isOutdated(error, context.plan, plan)) return { error: null };
  const wanted = context.plan === null ? null : replacementKey(context.plan);
  // The last act broke a replacement off; that nobody answered says nothing about the replacement itself.
  if (error === null || wanted === null || !isUnfinished(plan)) return {};
  return {
    attempts: 1,
    failures: 1,
    failedReplacement: error.code === "Unreachable" ? context.failedReplacement : wanted,
  };
}

/** That something was gone says nothing about what is to be done now that this is known. */
function isOutdated(error: FleetError | null, acted: InstancePlan | null, now: InstancePlan): boolean {
  if (error?.code !== "NotFound" || isUnfinished(now)) return false;
  return JSON.stringify(acted?.actions) !== JSON.stringify(now.actions);
}

/** What a plan mends, and how; null when it is not about fields. */
export function mendKey(plan: InstancePlan): string | null {
  const drifts = plan.drifts.filter((drift) => drift.remedy !== "none");
  if (drifts.length === 0 || restarts(plan)) return null;
  return JSON.stringify([plan.actions.map((action) => action.kind), drifts]);
}

function unmended({ container, drifts }: InstancePlan): FleetError {
  const paths = drifts.map((drift) => drift.path).join(", ");
  return new FleetError("Refused", `${container} still differs in ${paths} after that was mended`, {
    hint: "what is kept is not what was asked for: compare with docker inspect",
  });
}

/** Whether the plan starts a container again that had exited. */
export function restarts(plan: InstancePlan | null): boolean {
  return plan?.actions.some((action) => isRestart(action.reason)) ?? false;
}
