import {
  candidates,
  type Dependency,
  type InstanceSpec,
  type InstanceState,
  type Observation,
  readiness,
} from "@fleet/core";
import type { SpecIndex } from "./spec-index.ts";

/**
 * Which of an instance's dependencies are not yet as it needs them. One that takes part in this run counts once it has
 * settled, so that nobody starts on something that is about to be replaced; one that does not, by what was observed.
 */
export function unmetDependencies(
  spec: InstanceSpec,
  states: (name: string) => InstanceState | undefined,
  specs: ReadonlyMap<string, InstanceSpec>,
  observation: Observation,
): string[] {
  return spec.dependsOn
    .filter((dependency) => {
      const state = states(dependency.instance);
      if (state !== undefined) return !isSettledAs(dependency, state);
      const other = specs.get(dependency.instance);
      if (other === undefined) return true;
      const { current } = candidates(other.container, observation.containers[other.name] ?? []);
      return !isMet(dependency, readiness(current, other.lifecycle, observation.at));
    })
    .map((dependency) => dependency.instance);
}

/** Instances that depend on `name` and still have a container: they go first when things are removed. */
export function remainingDependents(name: string, specs: SpecIndex, observation: Observation): string[] {
  return specs.dependentsOf(name).filter((dependent) => (observation.containers[dependent] ?? []).length > 0);
}

/** Of what the last look found an instance to wait for, what still holds it up by the present states. */
export function stillWaitingFor(
  state: InstanceState,
  spec: InstanceSpec | undefined,
  states: (name: string) => InstanceState | undefined,
): string[] {
  return state.waitingFor.filter((name) => {
    const other = states(name);
    if (other === undefined) return true;
    const dependency = spec?.dependsOn.find(({ instance }) => instance === name);
    return dependency === undefined ? other.phase !== "retired" : !isSettledAs(dependency, other);
  });
}

function isSettledAs(dependency: Dependency, state: InstanceState): boolean {
  // One that a person keeps hands off may serve others all the same.
  return (state.phase === "settled" || state.phase === "suspended") && isMet(dependency, state.readiness);
}

function isMet({ condition }: Dependency, { state, word }: ReturnType<typeof readiness>): boolean {
  switch (condition) {
    case "started":
      return state === "ready" || ["running", "starting", "unhealthy", "restarting"].includes(word);
    case "healthy":
      return state === "ready";
    case "completed":
      return word === "completed";
  }
}
