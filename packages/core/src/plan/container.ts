import { diffFields } from "../diff/diff.ts";
import type { Drift, Remedy } from "../diff/drift.ts";
import type { Facts } from "../diff/field.ts";
import { diffImage } from "../diff/image.ts";
import { diffStaleMounts, sharedBinds } from "../diff/stale.ts";
import type { ContainerObservation } from "../observe/container.ts";
import type { ImageDefaults } from "../observe/image.ts";
import { labels } from "../observe/labels.ts";
import type { Observation } from "../observe/observation.ts";
import type { InstanceSpec } from "../spec/instance.ts";
import type { FleetPolicy } from "../spec/policy.ts";
import type { Action, ContainerHandle } from "./action.ts";
import { candidates, predecessorSuffix, successorSuffix } from "./candidates.ts";
import { because, planPhase } from "./lifecycle.ts";
import type { Block } from "./plan.ts";
import { planReplacement } from "./replacement.ts";
import { stampedConfig } from "./stamp.ts";
import { planUnfinished } from "./unfinished.ts";
import { planUpdate } from "./update.ts";

/** The part of an instance's plan that concerns its container. */
export interface ContainerPlan {
  readonly drifts: readonly Drift[];
  readonly actions: readonly Action[];
  readonly blocks: readonly Block[];
  readonly remedy: Remedy;
  /** Whether `actions` create a container, so that image and sources have to be there. */
  readonly creates: boolean;
  /** What is done in place of `actions` while something stands in the way of a container that mounts its sources. */
  readonly whenHeld?: readonly Action[];
}

const nothing: ContainerPlan = { drifts: [], actions: [], blocks: [], remedy: "none", creates: false };

export function planContainer(spec: InstanceSpec, observation: Observation, policy: FleetPolicy): ContainerPlan {
  const found = candidates(spec.container, observation.containers[spec.name] ?? [], observation.foreign);
  if (found.duplicates.length > 0) return { ...nothing, blocks: [duplicateBlock(spec, found.duplicates)] };
  const needsName =
    found.current === undefined ? !mayAdopt(spec, observation, policy) : found.current.name !== spec.container;
  const taken = needsName ? takenBlock([spec.container], spec, observation) : undefined;
  if (taken !== undefined) return { ...nothing, blocks: [taken] };
  const unfinished = planUnfinished(spec.container, found, spec.lifecycle, observation.at);
  // While something of it is about, a replacement is finished or taken back before anything else is decided.
  if (unfinished !== null && (found.current ?? found.predecessor ?? found.adoptee) !== undefined) {
    return { ...nothing, actions: unfinished, remedy: "restart" };
  }
  const plan =
    found.current === undefined
      ? planCreation(spec, observation, unfinished ?? [])
      : planExisting(spec, found.current, observation);
  if (plan.remedy !== "replace") return plan;
  const reserved = takenBlock(
    [spec.container + successorSuffix, spec.container + predecessorSuffix],
    spec,
    observation,
  );
  return reserved === undefined ? plan : { ...plan, blocks: [...plan.blocks, reserved] };
}

/** No container has the name yet, or one that is not ours and that the policy gives to us. */
function planCreation(spec: InstanceSpec, observation: Observation, before: readonly Action[]): ContainerPlan {
  const foreign = observation.foreign[spec.container];
  const config = stampedConfig(spec, factsFor(spec, observation));
  if (foreign !== undefined) {
    const replacement = planReplacement({
      name: spec.container,
      old: foreign,
      lifecycle: spec.lifecycle,
      config: { ...config, labels: { ...config.labels, [labels.adopted]: foreign.id } },
      reason: "Adopted",
      causes: ["name"],
    });
    return { ...nothing, actions: [...before, ...replacement], remedy: "replace", creates: true, whenHeld: [] };
  }
  const start = { kind: "startContainer", container: { id: null, name: spec.container } } as const;
  const steps = because(
    "ContainerMissing",
    [],
    [{ kind: "createContainer", name: spec.container, config }, ...(spec.lifecycle.kind === "lazy" ? [] : [start])],
  );
  return { ...nothing, actions: [...before, ...steps], remedy: "create", creates: true, whenHeld: [] };
}

function planExisting(spec: InstanceSpec, current: ContainerObservation, observation: Observation): ContainerPlan {
  const facts = factsFor(spec, observation, current);
  const image = diffImage(spec.image, current, observation.images[spec.image.ref]);
  const drifts = [...image, ...diffFields(current, facts), ...diffName(spec, current)];
  const handle = { id: current.id, name: current.name };
  const phase = planPhase(current, spec.lifecycle);
  if (phase.block !== undefined) return { ...nothing, drifts, blocks: [phase.block], remedy: "create" };
  const wake = phase.step === undefined || phase.reason === undefined ? [] : because(phase.reason, [], [phase.step]);
  const replacing = drifts.filter((drift) => drift.remedy === "replace");
  if (replacing.length > 0 || phase.replace === true) {
    const onlyImage = replacing.length > 0 && replacing.every((drift) => drift.cause === "tagMoved");
    const actions = planReplacement({
      name: spec.container,
      old: { ...handle, phase: current.state.phase },
      lifecycle: spec.lifecycle,
      config: stampedConfig(spec, facts),
      reason: phase.replace === true ? "ContainerDead" : onlyImage ? "ImageMoved" : "FieldsDiffer",
      causes: replacing.map((drift) => drift.path),
    });
    // The new one mounts anew: nothing is left to mend.
    const stale = diffStale(spec, current, observation, "none");
    return { ...nothing, drifts: [...drifts, ...stale], actions, remedy: "replace", creates: true, whenHeld: wake };
  }
  const renames = diffName(spec, current).flatMap(() =>
    because("FieldsDiffer", ["name"], [{ kind: "renameContainer", container: handle, name: spec.container }]),
  );
  const updates = planUpdate(
    drifts.filter((drift) => drift.path !== "name"),
    facts,
    handle,
  );
  // A one-shot at work would lose it.
  const mayRestart = spec.heal.staleMount === "restart" && spec.lifecycle.kind !== "oneshot";
  const stale = diffStale(spec, current, observation, mayRestart ? "restart" : "none");
  const rest = [...renames, ...updates, ...wake];
  const restart = mayRestart && stale.length > 0 ? planRestart(handle, stale) : [];
  return {
    ...nothing,
    drifts: [...drifts, ...stale],
    actions: [...rest, ...restart],
    remedy: wake.length > 0 || restart.length > 0 ? "restart" : drifts.length > 0 ? "update" : "none",
    ...(restart.length > 0 && { whenHeld: rest }),
  };
}

function diffStale(
  spec: InstanceSpec,
  current: ContainerObservation,
  { staleMounts }: Observation,
  remedy: "restart" | "none",
): readonly Drift[] {
  return diffStaleMounts(sharedBinds(spec.config, current.config), staleMounts[current.id] ?? {}, remedy);
}

/** Not the engine's own restart: a start looks at the sources anew, and a look between the two finds what is left to do. */
function planRestart(container: ContainerHandle, stale: readonly Drift[]): Action[] {
  const causes = stale.map((drift) => drift.path);
  return because("StaleMount", causes, [
    { kind: "stopContainer", container },
    { kind: "startContainer", container },
  ]);
}

function diffName(spec: InstanceSpec, current: ContainerObservation): Drift[] {
  if (current.name === spec.container) return [];
  return [{ path: "name", desired: spec.container, observed: current.name, cause: "changed", remedy: "update" }];
}

const noDefaults: ImageDefaults = { env: {}, labels: {}, volumes: [] };

function factsFor(spec: InstanceSpec, observation: Observation, current?: ContainerObservation): Facts {
  const image = observation.images[spec.image.ref] ?? observation.images[current?.imageId ?? ""];
  return {
    image: image?.defaults ?? noDefaults,
    engine: observation.engine,
    desired: spec.config,
    observed: current?.config ?? spec.config,
    containerId: current?.id ?? "",
    idsByName: idsByName(observation),
  };
}

const idsOf = new WeakMap<Observation, Readonly<Record<string, string>>>();

/** Of all containers there are: once for each observation, since every instance of a fleet asks. */
function idsByName(observation: Observation): Readonly<Record<string, string>> {
  const known = idsOf.get(observation);
  if (known !== undefined) return known;
  const all = [...Object.values(observation.foreign), ...Object.values(observation.containers).flat()];
  const ids = Object.fromEntries(all.map((container) => [container.name, container.id]));
  idsOf.set(observation, ids);
  return ids;
}

function mayAdopt(spec: InstanceSpec, observation: Observation, policy: FleetPolicy): boolean {
  const holder = observation.foreign[spec.container];
  return policy.adopt === "byName" && holder !== undefined && holder.labels[labels.fleet] === undefined;
}

/** Whether somebody else's container has one of `names`. */
function takenBlock(names: readonly string[], spec: InstanceSpec, { foreign }: Observation): Block | undefined {
  const holder = names.map((name) => foreign[name]).find((container) => container !== undefined);
  if (holder === undefined) return undefined;
  const owner = holder.labels[labels.fleet];
  return {
    reason: "NameTaken",
    message: `the name ${holder.name} is taken by container ${holder.id.slice(0, 12)}, which ${owner === undefined ? "is not fleet's" : `belongs to fleet ${owner}`}`,
    hint:
      owner === undefined && holder.name === spec.container
        ? "rename or remove it, choose another name, or set policy.adopt to byName to replace it"
        : "rename or remove it, or choose another name",
    waits: false,
  };
}

function duplicateBlock(spec: InstanceSpec, duplicates: readonly ContainerObservation[]): Block {
  const names = duplicates.map((container) => container.name).join(", ");
  return {
    reason: "DuplicateContainers",
    message: `more than one container carries the labels of ${spec.name}: ${names} beside ${spec.container}`,
    hint: `remove the ones that are not wanted: docker rm -f ${duplicates.map((container) => container.name).join(" ")}`,
    waits: false,
  };
}
