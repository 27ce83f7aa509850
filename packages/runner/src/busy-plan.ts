import type { EngineReader, FleetPolicy, InstancePlan, Observation, Plan } from "@fleet/core";
import { countExecs, cutOf, leasesInside, whoIsInside } from "./busy.ts";
import type { LeaseRecord } from "./lease/lease.ts";

/** Who may be inside, and what is to become of their work. */
export interface BusyOptions {
  readonly engine: Pick<EngineReader, "listExecs">;
  readonly policy: FleetPolicy;
  /** What is known to be in use. */
  readonly leases: readonly LeaseRecord[];
  /** Work inside is cut at once, whatever the policy says. */
  readonly force?: boolean;
}

/**
 * The plan, with who is inside of what it would cut. Asks only about containers that run and that would be stopped or removed,
 * each once; one that the engine says nothing about has no execs. The basis stays.
 */
export async function withBusy(
  plan: Plan,
  observation: Observation,
  { engine, policy, leases: known, force = false }: BusyOptions,
): Promise<Plan> {
  const cutAfter = force ? 0 : policy.whenBusy === "force" ? policy.drainTimeout : undefined;
  const instances = plan.instances.map(async (instance): Promise<InstancePlan> => {
    const cut = cutOf(instance, observation);
    if (cut.length === 0) return instance;
    const execs = await countExecs(engine, cut).catch(() => 0);
    const leases = leasesInside(instance, known, observation.at);
    if (execs + leases.length === 0) return instance;
    const message = whoIsInside(leases, execs, observation.at);
    return { ...instance, busy: { message, ...(cutAfter !== undefined && { cutAfter }) } };
  });
  return { ...plan, instances: await Promise.all(instances) };
}
