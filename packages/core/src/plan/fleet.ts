import { createHash } from "node:crypto";
import { canonical, type Value } from "../diff/field.ts";
import type { Observation } from "../observe/observation.ts";
import type { ResolvedFleet } from "../spec/policy.ts";
import type { ActionStep } from "./action.ts";
import { planInstance, planOrphan, planRemoval } from "./instance.ts";
import { verdictOf } from "./lifecycle.ts";
import { inOrder } from "./order.ts";
import type { InstancePlan, Plan, PlanSummary } from "./plan.ts";

/** What a plan is of, beside the fleet and what was observed. */
export interface PlanOptions {
  /** Where the engine is, for people. */
  readonly address: string;
  /** Only these instances; everything when absent. Orphans are left out of a targeted plan. */
  readonly targets?: ReadonlySet<string>;
}

/** What would change over the whole fleet. Pure; the same input gives the same plan. */
export function planFleet(fleet: ResolvedFleet, observation: Observation, options: PlanOptions): Plan {
  const selected = fleet.instances.filter((spec) => options.targets?.has(spec.name) ?? true);
  const instances = inOrder(selected).map((spec) => planInstance(spec, observation, fleet.policy));
  const orphans = options.targets === undefined ? planOrphans(fleet, observation) : [];
  return assemble(fleet.name, observation, shareOnce([...instances, ...orphans]), options.address);
}

/** The plan that removes every container of the fleet, dependents first. Volumes and bind sources stay. */
export function planDestruction(fleet: ResolvedFleet, observation: Observation, options: PlanOptions): Plan {
  const inSpec = inOrder(fleet.instances).map((spec) => spec.name);
  const others = Object.keys(observation.containers)
    .filter((name) => !inSpec.includes(name))
    .sort();
  const plans = [...others, ...inSpec.reverse()]
    .filter((name) => options.targets?.has(name) ?? true)
    .flatMap((name) => {
      const containers = observation.containers[name];
      return containers === undefined ? [] : [planRemoval(name, containers, "Destroyed")];
    });
  return assemble(fleet.name, observation, plans, options.address);
}

function planOrphans(fleet: ResolvedFleet, observation: Observation): InstancePlan[] {
  const wanted = new Set(fleet.instances.map((spec) => spec.name));
  return Object.keys(observation.containers)
    .filter((name) => !wanted.has(name))
    .sort()
    .map((name) => planOrphan(name, observation.containers[name] ?? [], fleet.policy));
}

/** Lists what several instances need (an image, a source) with the first of them only. */
function shareOnce(plans: readonly InstancePlan[]): InstancePlan[] {
  const listed = new Set<string>();
  return plans.map((plan) => {
    const keys = new Set(plan.actions.map(sharedKey).filter((key) => key !== null));
    const repeated = (step: ActionStep): boolean => listed.has(sharedKey(step) ?? "");
    const causes = new Set(plan.actions.filter(repeated).flatMap((action) => action.causes));
    const actions = plan.actions.filter((action) => !repeated(action));
    for (const key of keys) listed.add(key);
    if (actions.length === plan.actions.length) return plan;
    const drifts = plan.drifts.filter((drift) => drift.remedy !== "host" || !causes.has(drift.path));
    const stays = actions.length === 0 && drifts.length === 0;
    return {
      ...plan,
      actions,
      drifts,
      remedy: stays ? "none" : plan.remedy,
      verdict: verdictOf(actions, plan.blocks),
    };
  });
}

/** What identifies an action that serves more than one instance; null for one that is an instance's own. */
export function sharedKey(step: ActionStep): string | null {
  switch (step.kind) {
    case "pullImage":
      return `image ${step.ref}`;
    case "createVolume":
      return `volume ${step.volume}`;
    case "createNetwork":
      return `network ${step.network}`;
    case "makeSource":
    case "mendSource":
      return `${step.kind} ${step.source.path}`;
    default:
      return null;
  }
}

function assemble(fleet: string, observation: Observation, instances: readonly InstancePlan[], address: string): Plan {
  const { id, version } = observation.engine;
  return {
    schema: "fleet.plan/v1",
    fleet,
    engine: { id, version, address },
    basis: fingerprint({ fleet, engine: id, instances: instances as unknown as Value }),
    instances,
    summary: summarise(instances),
  };
}

function fingerprint(value: Value): string {
  // Through JSON first, so that a secret is its placeholder.
  return createHash("sha256")
    .update(canonical(JSON.parse(JSON.stringify(value)) as Value))
    .digest("hex")
    .slice(0, 12);
}

function summarise(instances: readonly InstancePlan[]): PlanSummary {
  const count = (matches: (plan: InstancePlan) => boolean): number => instances.filter(matches).length;
  const pending = (remedy: InstancePlan["remedy"]): number =>
    count((plan) => plan.verdict === "pending" && plan.remedy === remedy);
  return {
    inSync: count((plan) => plan.verdict === "inSync"),
    create: pending("create"),
    replace: pending("replace"),
    restart: pending("restart"),
    update: pending("update"),
    repair: pending("host"),
    remove: pending("remove"),
    blocked: count((plan) => plan.verdict === "blocked"),
    reported: count((plan) => plan.verdict === "reported"),
  };
}
