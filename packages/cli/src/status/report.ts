import {
  type ContainerObservation,
  type ContainerPhase,
  candidates,
  describeRestarts,
  type InstancePlan,
  type InstanceSpec,
  type InstanceVerdict,
  type Observation,
  type Plan,
  type Remedy,
  type Restarts,
  readiness,
} from "@fleet/core";

/** How a fleet is, from one look. */
export interface StatusReport {
  readonly schema: "fleet.status/v1";
  readonly fleet: string;
  readonly engine: Plan["engine"];
  /** Of the plan that would bring everything in sync; absent when nobody can tell what that takes. */
  readonly basis?: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** In the order of the plan; orphans last. */
  readonly instances: readonly InstanceStatus[];
}

export interface InstanceStatus {
  readonly instance: string;
  /** Container name. */
  readonly container: string;
  /** 64 hex digits; absent while there is no container. */
  readonly id?: string;
  /** `running`, `healthy`, `completed`, `exited 137`, `missing`, … */
  readonly state: string;
  readonly phase?: ContainerPhase;
  readonly ready: boolean;
  /** Null when nobody can tell: the fleet file was not read as a whole, and no fleet run answers. */
  readonly synced: boolean | null;
  /** Absent when nobody can tell. */
  readonly verdict?: InstanceVerdict;
  /** What bringing it in sync would cost; absent when nobody can tell. */
  readonly remedy?: Remedy;
  /** Why it is not ready or not in sync, one sentence. */
  readonly reason?: string;
  /** As the container was made from. */
  readonly image?: string;
  /** Milliseconds since the epoch: when it last started, or ended. */
  readonly since?: number;
  readonly restarts?: number;
}

export function statusReport(instances: readonly InstanceSpec[], observation: Observation, plan: Plan): StatusReport {
  const specs = new Map(instances.map((spec) => [spec.name, spec]));
  return {
    schema: "fleet.status/v1",
    fleet: plan.fleet,
    engine: plan.engine,
    basis: plan.basis,
    at: observation.at,
    instances: plan.instances.map((planned) => instanceStatus(planned, specs.get(planned.instance), observation)),
  };
}

function instanceStatus(
  planned: InstancePlan,
  spec: InstanceSpec | undefined,
  { containers, at }: Observation,
): InstanceStatus {
  const { instance, container, verdict, remedy } = planned;
  const found = containers[instance] ?? [];
  const current = spec === undefined ? found[0] : candidates(spec.container, found).current;
  const { state, word, restarts } = readiness(current, spec?.lifecycle ?? { kind: "hot" }, at);
  const reason = reasonOf(planned, current, spec, restarts);
  return {
    instance,
    container: current?.name ?? container,
    ...factsOf(current),
    state: word,
    ready: state === "ready",
    synced: verdict === "inSync",
    verdict,
    remedy,
    ...(reason !== undefined && { reason }),
  };
}

/** What the container itself tells; nothing where there is none. */
export function factsOf(
  container: ContainerObservation | undefined,
): Pick<InstanceStatus, "id" | "phase" | "image" | "restarts" | "since"> {
  if (container === undefined) return {};
  const { id, state, config } = container;
  return { id, phase: state.phase, image: config.image, restarts: state.restartCount, ...sinceOf(container) };
}

function sinceOf({ state }: ContainerObservation): { since?: number } {
  const since = state.phase === "exited" ? state.finishedAt : state.startedAt;
  return since === undefined ? {} : { since };
}

function reasonOf(
  { blocks, drifts, verdict }: InstancePlan,
  current: ContainerObservation | undefined,
  spec: InstanceSpec | undefined,
  restarts: Restarts | undefined,
): string | undefined {
  const [block] = blocks;
  if (block !== undefined) return block.message;
  if (spec === undefined) return verdict === "reported" ? "not in the fleet file; left alone" : "not in the fleet file";
  if (current?.state.error !== undefined) return current.state.error;
  if (current?.state.oomKilled) return "out of memory";
  if (restarts !== undefined) return describeRestarts(restarts);
  if (drifts.length > 0)
    return `${drifts.map((drift) => drift.path).join(", ")} ${drifts.length === 1 ? "differs" : "differ"}`;
  return undefined;
}
