import {
  type Condition,
  candidates,
  type FleetStatus,
  type InstanceSpec,
  type Observation,
  readiness,
} from "@fleet/core";
import { factsOf, type InstanceStatus, type StatusReport } from "./report.ts";

/** What is known of a fleet whose instances' specs are not, or have holes. */
export interface Outline {
  readonly fleet: string;
  /** Of the engine, for people. */
  readonly address: string;
  /** As far as they are known; they need not be whole. */
  readonly instances: readonly InstanceSpec[];
  /** Instances that something else speaks of. */
  readonly known: readonly string[];
  /** Of the fleet run that keeps it. */
  readonly loop?: FleetStatus | undefined;
}

/** How a fleet is by what runs; whether it is in sync is the word of the fleet run that keeps it, or not told. */
export function outlineReport(outline: Outline, observation: Observation): StatusReport {
  const { fleet, address, instances, known, loop } = outline;
  const { id, version } = observation.engine;
  const said = loop?.instances.map(({ instance }) => instance) ?? [];
  const names = new Set([
    ...instances.map(({ name }) => name),
    ...known,
    ...said,
    ...Object.keys(observation.containers),
  ]);
  return {
    schema: "fleet.status/v1",
    fleet,
    engine: { id, version, address },
    at: observation.at,
    instances: [...names].sort().map((name) => instanceStatus(name, outline, observation)),
  };
}

function instanceStatus(name: string, { instances, loop }: Outline, { containers, at }: Observation): InstanceStatus {
  const spec = instances.find((instance) => instance.name === name);
  const told = loop?.instances.find(({ instance }) => instance === name);
  const found = containers[name] ?? [];
  const expected = told?.container ?? spec?.container;
  const current = expected === undefined ? found[0] : candidates(expected, found).current;
  const seen = readiness(current, spec?.lifecycle ?? { kind: "hot" }, at);
  const [ready, synced] = (["Ready", "Synced"] as const).map((type) =>
    told?.conditions.find((condition) => condition.type === type),
  );
  const { verdict, remedy } = told?.plan ?? {};
  const reason = [ready, synced].find((one) => one?.status === "false" && one.message !== told?.state)?.message;
  return {
    instance: name,
    container: current?.name ?? expected ?? name,
    ...factsOf(current),
    state: told?.state ?? seen.word,
    ready: ready === undefined ? seen.state === "ready" : ready.status === "true",
    synced: flagOf(synced),
    ...(verdict !== undefined && { verdict }),
    ...(remedy !== undefined && { remedy }),
    ...(reason !== undefined && { reason }),
  };
}

function flagOf(condition: Condition | undefined): boolean | null {
  return condition === undefined || condition.status === "unknown" ? null : condition.status === "true";
}
