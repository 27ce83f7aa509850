import { sharedBinds } from "../diff/stale.ts";
import type { CallOptions, EngineReader } from "../engine/engine.ts";
import { type FleetError, isFleetError } from "../errors.ts";
import type { HostReader } from "../host/host.ts";
import type { ContainerObservation, ContainerSummary } from "../observe/container.ts";
import type { ImageObservation } from "../observe/image.ts";
import { isOurs, labels } from "../observe/labels.ts";
import type { StaleMount } from "../observe/mount.ts";
import type { Observation } from "../observe/observation.ts";
import type { SourceObservation } from "../observe/source.ts";
import type { InstanceSpec, SourceSpec } from "../spec/instance.ts";
import { inParallel } from "./in-parallel.ts";
import { type Survey, survey } from "./survey.ts";

/** More wait for a connection, and their deadlines run meanwhile. */
const mostInspects = 8;

/** What a look is about. */
export interface LookRequest {
  readonly fleet: string;
  /** Whose images and sources are looked at. */
  readonly instances: readonly InstanceSpec[];
  /** Whose containers are inspected; those of every instance and orphan of the fleet when absent. */
  readonly names?: ReadonlySet<string>;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Begun already, while the spec was still being read. */
  readonly survey?: Survey;
  /** How many inspects are under way at once. Default 8: some that hang hold up no others. */
  readonly inspects?: number;
  /**
   * Told which instance has a container that the engine does not answer for in time: it is left out, and nothing is known
   * of that instance. Absent: then the look fails.
   */
  readonly onUnanswered?: (instance: string, error: FleetError) => void;
}

/**
 * One look: lists everything once, then inspects what is ours. Only reads.
 * Rejects with the engine's `FleetError` (`Unreachable` and `Timeout` mean unknown, never missing).
 */
export async function observe(
  engine: EngineReader,
  host: HostReader,
  request: LookRequest,
  options: CallOptions = {},
): Promise<Observation> {
  const surveyed = request.survey ?? survey(engine, options);
  // Without waiting for the rest of the survey.
  const inspected = surveyed.containers.then((listed) => inspectOurs(engine, request, listed, options));
  const [info, list, volumes, networks, present, staleMounts, images, sources] = await Promise.all([
    surveyed.info,
    surveyed.containers,
    surveyed.volumes,
    surveyed.networks,
    inspected,
    inspected.then((containers) => lookAtMounts(host, request.instances, containers)),
    lookAtImages(engine, unique(request.instances.map((spec) => spec.image.ref)), surveyed, options),
    lookAtSources(
      host,
      request.instances.flatMap((spec) => spec.sources),
    ),
  ]);
  const orphanedImages = unique(present.map((container) => container.imageId)).filter(
    (id) => !Object.values(images).some((image) => image.id === id),
  );
  return {
    engine: info,
    at: request.now,
    containers: groupByInstance(present),
    foreign: byKey(list.filter((c) => !isOurs(request.fleet, c.labels)).map((c) => [c.name, c])),
    images: byKey(Object.entries({ ...images, ...(await lookAtImages(engine, orphanedImages, surveyed, options)) })),
    volumes: new Set(volumes.map((volume) => volume.name)),
    networks: new Set(networks.map((network) => network.name)),
    sources,
    staleMounts,
  };
}

async function inspectOurs(
  engine: EngineReader,
  { fleet, names, inspects = mostInspects, onUnanswered }: LookRequest,
  list: readonly ContainerSummary[],
  options: CallOptions,
): Promise<readonly ContainerObservation[]> {
  const wanted = list.filter(
    (container) => isOurs(fleet, container.labels) && (names?.has(container.labels[labels.instance] ?? "") ?? true),
  );
  const inspected = await inParallel(inspects, wanted, (one) => inspect(engine, one, options, onUnanswered));
  return inspected.filter((container) => container !== null);
}

/** A listed container can be gone a moment later: then it is not there. */
async function inspect(
  engine: EngineReader,
  { id, labels: own }: ContainerSummary,
  options: CallOptions,
  onUnanswered: LookRequest["onUnanswered"],
): Promise<ContainerObservation | null> {
  try {
    return await engine.inspectContainer(id, options);
  } catch (error) {
    if (isFleetError(error, "NotFound")) return null;
    if (onUnanswered === undefined || !isFleetError(error, "Timeout")) throw error;
    onUnanswered(own[labels.instance] ?? "", error);
    return null;
  }
}

async function lookAtImages(
  engine: EngineReader,
  refs: readonly string[],
  { images = {} }: Survey,
  options: CallOptions,
): Promise<Record<string, ImageObservation>> {
  const found = await Promise.all(
    refs.map(async (ref) => [ref, images[ref] ?? (await engine.inspectImage(ref, options))] as const),
  );
  return Object.fromEntries(found.filter((entry): entry is [string, ImageObservation] => entry[1] !== null));
}

async function lookAtSources(
  host: HostReader,
  sources: readonly SourceSpec[],
): Promise<Record<string, SourceObservation>> {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  return byKey(await Promise.all([...byPath].map(async ([path, source]) => [path, await host.look(source)] as const)));
}

async function lookAtMounts(
  host: HostReader,
  instances: readonly InstanceSpec[],
  containers: readonly ContainerObservation[],
): Promise<Record<string, Readonly<Record<string, StaleMount>>>> {
  const specs = new Map(instances.map((spec) => [spec.name, spec]));
  const found = await Promise.all(
    containers.map(async ({ id, config, labels: own, state }) => {
      const spec = specs.get(own[labels.instance] ?? "");
      const binds = state.phase === "running" && spec !== undefined ? sharedBinds(spec.config, config) : [];
      return [id, binds.length === 0 ? {} : await host.staleMounts({ id, pid: state.pid }, binds)] as const;
    }),
  );
  return Object.fromEntries(found.filter(([, stale]) => Object.keys(stale).length > 0));
}

function groupByInstance(containers: readonly ContainerObservation[]): Record<string, ContainerObservation[]> {
  const groups: Record<string, ContainerObservation[]> = byKey([]);
  for (const container of [...containers].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const instance = container.labels[labels.instance] ?? "";
    groups[instance] = [...(groups[instance] ?? []), container];
  }
  return groups;
}

/** Without a prototype: an instance or an image may be called `constructor`. */
function byKey<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}

function unique(items: readonly string[]): string[] {
  return [...new Set(items)].sort();
}
