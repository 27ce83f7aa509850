import {
  candidates,
  describeRestarts,
  type InstanceSpec,
  type Observation,
  type Plan,
  type Readiness,
  readiness,
} from "@fleet/core";
import type { InstanceOutcome } from "@fleet/runner";

/** One look and what follows from it. */
export interface Situation {
  /** The selected ones. */
  readonly instances: readonly InstanceSpec[];
  readonly observation: Observation;
  readonly plan: Plan;
}

/**
 * What an apply has to do: `act` there are changes, or there will be once a wait is over · `wait` everything is as
 * specified, and something has yet to become ready · `rest` there is nothing that it could do.
 */
export type Course = "act" | "wait" | "rest";

export function courseOf({ plan, instances, observation }: Situation): Course {
  const actionable = plan.instances.some(
    (instance) => instance.actions.length > 0 || instance.blocks.some((block) => block.waits),
  );
  if (actionable) return "act";
  const blocked = new Set(
    plan.instances.filter(({ verdict }) => verdict === "blocked").map(({ instance }) => instance),
  );
  const pending = instances.some(
    (spec) => !blocked.has(spec.name) && readinessOf(spec, observation).state === "pending",
  );
  return pending ? "wait" : "rest";
}

/** How each instance came out of an apply that had nothing to do. */
export function restingOutcomes({ plan, instances, observation }: Situation): InstanceOutcome[] {
  const plans = new Map(plan.instances.map((instance) => [instance.instance, instance]));
  return instances.map((spec) => {
    const base = { instance: spec.name, container: spec.container, actions: [] };
    const block = plans.get(spec.name)?.blocks[0];
    if (block !== undefined) {
      return {
        ...base,
        result: "blocked",
        message: block.message,
        ...(block.hint !== undefined && { hint: block.hint }),
      };
    }
    const { state, word, restarts } = readinessOf(spec, observation);
    if (state === "ready") return { ...base, result: "unchanged" };
    const why = restarts === undefined ? "" : `: ${describeRestarts(restarts)}`;
    const message = `${spec.container} is ${word}${why}`;
    return { ...base, result: "notReady", message, hint: `docker logs ${spec.container} may say why` };
  });
}

function readinessOf(spec: InstanceSpec, observation: Observation): Readiness {
  const { current } = candidates(spec.container, observation.containers[spec.name] ?? []);
  return readiness(current, spec.lifecycle, observation.at);
}
