import type { Drift, Remedy } from "../diff/drift.ts";
import { diffSource } from "../diff/ownership.ts";
import type { ContainerObservation } from "../observe/container.ts";
import type { Observation } from "../observe/observation.ts";
import type { SourceObservation } from "../observe/source.ts";
import type { InstanceSpec } from "../spec/instance.ts";
import type { FleetPolicy } from "../spec/policy.ts";
import { planContainer } from "./container.ts";
import { because, planStop, verdictOf } from "./lifecycle.ts";
import type { InstancePlan } from "./plan.ts";
import { planPrerequisites } from "./prerequisites.ts";

/** What one instance needs to be as its spec says, decided from one look. Pure. */
export function planInstance(spec: InstanceSpec, observation: Observation, policy: FleetPolicy): InstancePlan {
  const container = planContainer(spec, observation, policy);
  const prerequisites = planPrerequisites(spec, observation, container);
  const sources = spec.sources.map((source) => ({
    path: source.path,
    ...diffSource(source, observation.sources[source.path] ?? unseen, observation.engine.idMapping),
  }));
  const sourceBlocks = sources.flatMap((source) => source.blocks);
  const drifts = [...sources.flatMap((source) => source.drifts), ...container.drifts].sort(byPath);
  const mending = sources.flatMap(({ path, steps, stepsBeforeCreate }) =>
    [...steps, ...(container.creates ? stepsBeforeCreate : [])].flatMap((step) =>
      because(step.kind === "makeSource" ? "SourceMissing" : "OwnershipWrong", [`ownership.${path}`], [step]),
    ),
  );
  const blocks = [...sourceBlocks, ...prerequisites.blocks, ...container.blocks];
  // A container that is made onto a source it cannot use fails later and quietly. One that stands is left alone.
  const { whenHeld } = container;
  const actions = [
    ...prerequisites.actions,
    ...mending,
    ...(whenHeld !== undefined && blocks.length > 0 ? whenHeld : container.actions),
  ];
  return {
    instance: spec.name,
    container: spec.container,
    verdict: verdictOf(actions, blocks),
    remedy: costliest([
      container.remedy,
      ...drifts.map((drift) => drift.remedy),
      ...mending.map(() => "host" as const),
    ]),
    drifts,
    actions,
    blocks,
  };
}

/** What removes an instance's containers: stopped as they should be, then removed. Volumes and sources stay. */
export function planRemoval(
  instance: string,
  containers: readonly ContainerObservation[],
  reason: "Orphaned" | "Destroyed",
): InstancePlan {
  const steps = containers.flatMap((container) => [
    ...planStop(container),
    { kind: "removeContainer", container: { id: container.id, name: container.name }, force: true } as const,
  ]);
  const actions = because(reason, [], steps);
  return {
    ...undisturbed(instance, containers),
    verdict: verdictOf(actions, []),
    remedy: actions.length > 0 ? "remove" : "none",
    actions,
  };
}

/** Containers of this fleet whose instance is not in the spec, by what the policy says of them. */
export function planOrphan(
  instance: string,
  containers: readonly ContainerObservation[],
  policy: FleetPolicy,
): InstancePlan {
  if (policy.orphans === "remove") return planRemoval(instance, containers, "Orphaned");
  return { ...undisturbed(instance, containers), verdict: "reported" };
}

function undisturbed(instance: string, containers: readonly ContainerObservation[]): InstancePlan {
  return {
    instance,
    container: containers[0]?.name ?? instance,
    verdict: "inSync",
    remedy: "none",
    drifts: [],
    actions: [],
    blocks: [],
  };
}

const unseen: SourceObservation = { kind: "unreadable", code: "EUNSEEN", message: "not looked at" };

/** From least to most. */
const costs: readonly Remedy[] = ["none", "host", "update", "restart", "replace", "create", "remove"];

export function costliest(remedies: readonly Remedy[]): Remedy {
  return costs[Math.max(0, ...remedies.map((remedy) => costs.indexOf(remedy)))] ?? "none";
}

function byPath(a: Drift, b: Drift): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
