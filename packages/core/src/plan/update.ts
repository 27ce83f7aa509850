import type { Drift } from "../diff/drift.ts";
import type { Facts } from "../diff/field.ts";
import type { LiveUpdate } from "../spec/config.ts";
import type { Action, ActionStep, ContainerHandle } from "./action.ts";
import { because } from "./lifecycle.ts";

/** Calls that mend `drifts`, all of which can be mended on the living container. */
export function planUpdate(drifts: readonly Drift[], facts: Facts, container: ContainerHandle): Action[] {
  const resources = drifts.filter((drift) => !drift.path.startsWith("networks."));
  const networks = drifts
    .filter((drift) => drift.path.startsWith("networks."))
    // Never without a network on the way from one to another.
    .sort((a, b) => Number(a.desired === null) - Number(b.desired === null));
  return [
    ...(resources.length === 0
      ? []
      : because("FieldsDiffer", paths(resources), [
          { kind: "updateContainer", container, update: liveUpdate(resources, facts) },
        ])),
    ...networks.flatMap((drift) => because("FieldsDiffer", [drift.path], networkSteps(drift, facts, container))),
  ];
}

function liveUpdate(drifts: readonly Drift[], { desired }: Facts): LiveUpdate {
  const differs = (path: string): boolean => drifts.some((drift) => drift.path === path);
  // The engine refuses a memory limit above the swap limit of before, so the two always travel together.
  const memory = differs("resources.memory") || differs("resources.swap");
  return {
    ...(memory &&
      desired.memory !== undefined && {
        memory: desired.memory,
        memorySwap: desired.memorySwap ?? 2 * desired.memory,
      }),
    ...(differs("resources.reservation") && { memoryReservation: desired.memoryReservation ?? 0 }),
    ...(differs("resources.cpus") && { cpus: desired.cpus ?? 0 }),
    ...(differs("resources.pids") && { pids: desired.pids ?? 0 }),
    ...(differs("restart") && { restart: desired.restart ?? { policy: "no" as const } }),
  };
}

/** Aliases are fixed while attached, so a change of them is a detach and an attach. */
function networkSteps(drift: Drift, { desired, observed }: Facts, container: ContainerHandle): ActionStep[] {
  const network = drift.path.slice("networks.".length);
  const wanted = (desired.networks ?? { bridge: { aliases: [] } })[network];
  const attached = (observed.networks ?? { bridge: { aliases: [] } })[network] !== undefined;
  return [
    ...(attached ? [{ kind: "disconnectNetwork", container, network } as const] : []),
    ...(wanted ? [{ kind: "connectNetwork", container, network, aliases: wanted.aliases } as const] : []),
  ];
}

function paths(drifts: readonly Drift[]): string[] {
  return drifts.map((drift) => drift.path);
}
