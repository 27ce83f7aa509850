import {
  type ContainerSummary,
  cutsWork,
  type EngineReader,
  type FleetPolicy,
  type Hold,
  type InstancePlan,
  isFleetError,
  type Observation,
} from "@fleet/core";
import type { LeaseRecord } from "./lease/lease.ts";
import { describeLeases } from "./lease/leases.ts";
import type { Moment } from "./loop/holds.ts";

/** How long until it is looked again whether work that nobody reports has ended. Milliseconds. */
export const busyRecheck = 5_000;

/** How long an engine may take to say what runs in a container. Milliseconds. */
const execsDeadline = 10_000;

/** Who is inside an instance's container, as far as anybody told. */
interface Work {
  readonly execs: number;
  /** Somebody's hook said not now, until this time. Monotonic milliseconds. */
  readonly vetoedUntil: number;
  /** Since when work inside holds up what would cut it. Monotonic milliseconds. */
  readonly heldUpSince: number | undefined;
}

/** Ids of those of the containers that run and that the plan's actions would end, and all that runs in them. Pure. */
export function cutBy(
  { actions }: Pick<InstancePlan, "actions">,
  containers: readonly Pick<ContainerSummary, "id" | "phase">[],
): readonly string[] {
  const ended = new Set(
    actions.flatMap((action) => ("container" in action && cutsWork(action.kind) ? [action.container.id] : [])),
  );
  return containers.filter(({ id, phase }) => phase === "running" && ended.has(id)).map(({ id }) => id);
}

/** The same of all that a look found: a container that is adopted was not ours before. Pure. */
export function cutOf(plan: InstancePlan, { containers, foreign }: Observation): readonly string[] {
  return cutBy(plan, [...(containers[plan.instance] ?? []), ...Object.values(foreign)]);
}

/** Those of the leases that are an instance's and not over. `now`: milliseconds since the epoch. Pure. */
export function leasesInside(
  { instance }: Pick<InstancePlan, "instance">,
  leases: readonly LeaseRecord[],
  now: number,
): readonly LeaseRecord[] {
  return leases.filter((lease) => lease.instance === instance && lease.until > now);
}

/** Execs that run in the containers; none in one that is gone. Rejects with the engine's `FleetError`: then nobody can tell. */
export async function countExecs(
  engine: Pick<EngineReader, "listExecs">,
  containers: readonly string[],
  signal?: AbortSignal,
): Promise<number> {
  const options = { deadline: execsDeadline, ...(signal && { signal }) };
  const counts = containers.map((id) =>
    engine.listExecs(id, options).then(
      ({ length }) => length,
      (error: unknown) => {
        if (isFleetError(error, "NotFound")) return 0;
        throw error;
      },
    ),
  );
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

/** Work inside, of those whose leases these are or of an exec, or a hook that says not now. Pure. */
export function busyHold(
  work: Work,
  leases: readonly LeaseRecord[],
  policy: FleetPolicy,
  { monotonic, now }: Moment,
): Hold | undefined {
  const { execs, vetoedUntil, heldUpSince } = work;
  const isBusy = leases.length > 0 || execs > 0 || vetoedUntil > monotonic;
  if (!isBusy || isForced(work, policy, monotonic)) return undefined;
  const untilForced = (heldUpSince ?? monotonic) + policy.drainTimeout - monotonic;
  // What ends without a word is looked for again.
  const untils = [...(leases.length > 0 ? [] : [busyRecheck]), ...(policy.whenBusy === "force" ? [untilForced] : [])];
  return {
    kind: "Busy",
    message: whoIsInside(leases, execs, now),
    ...(untils.length > 0 && { until: Math.round(now + Math.min(...untils)) }),
  };
}

/** `1 task inside (task-4711, 3m)`, `2 running execs inside`. `now`: milliseconds since the epoch. Pure. */
export function whoIsInside(leases: readonly LeaseRecord[], execs: number, now: number): string {
  if (leases.length > 0) return describeLeases(leases, now);
  return execs > 0 ? `${execs} running exec${execs === 1 ? "" : "s"} inside` : "the embedding program says not now";
}

/** Whether work inside has held up what is to be done for longer than the policy lets it. Pure. */
export function isForced(
  { heldUpSince }: Pick<Work, "heldUpSince">,
  { whenBusy, drainTimeout }: Pick<FleetPolicy, "whenBusy" | "drainTimeout">,
  monotonic: number,
): boolean {
  return whenBusy === "force" && heldUpSince !== undefined && monotonic - heldUpSince >= drainTimeout;
}
