import { FleetError } from "../errors.ts";
import { candidates } from "../plan/candidates.ts";
import { planInstance, planRemoval } from "../plan/instance.ts";
import { readiness } from "../plan/lifecycle.ts";
import type { InstancePlan } from "../plan/plan.ts";
import type { InstanceContext, Outlook } from "./context.ts";
import { isUnfinished, replacementKey } from "./decide.ts";

/** What a look tells: the plan, whether the container does its work, and what the last act brought about. Pure. */
export function learn(context: InstanceContext, outlook: Outlook): Partial<InstanceContext> {
  const { name, spec, policy } = context;
  const found = outlook.observation.containers[name] ?? [];
  const seen = { outlook, lookError: null, mended: null };
  if (spec === undefined) return { ...seen, plan: planRemoval(name, found, context.removal ?? "Orphaned") };
  const plan = planInstance(spec, outlook.observation, policy);
  return {
    ...seen,
    plan,
    readiness: readiness(candidates(spec.container, found).current, spec.lifecycle),
    ...judgeLastAct(context, plan),
  };
}

/** What the last act brought about, by what is to be done now. */
function judgeLastAct(context: InstanceContext, plan: InstancePlan): Partial<InstanceContext> {
  const { error, attempts } = context;
  if (context.mended !== null && context.mended === mendKey(plan))
    return { error: unmended(plan), attempts: attempts + 1 };
  const wanted = context.plan === null ? null : replacementKey(context.plan);
  // The last act broke a replacement off; that nobody answered says nothing about the replacement itself.
  if (error === null || wanted === null || !isUnfinished(plan)) return {};
  return { attempts: 1, failedReplacement: error.code === "Unreachable" ? context.failedReplacement : wanted };
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
  return plan?.actions.some((action) => action.reason === "ContainerExited") ?? false;
}
