import {
  didYouMean,
  type EngineReader,
  FleetError,
  isFleetError,
  labels,
  type Observation,
  type ResolvedFleet,
  volumesOf,
} from "@fleet/core";

/** What a fleet has besides its containers: what goes with it, and what stays. Each list is sorted. */
export interface Belongings {
  /** Networks that fleet made and that no other container uses. */
  readonly networks: readonly string[];
  /** Volumes that were asked for by name. */
  readonly volumes: readonly string[];
  readonly kept: {
    /** Networks that fleet made and that others use. */
    readonly networks: readonly string[];
    readonly volumes: readonly string[];
    readonly sources: readonly string[];
  };
}

export interface BelongingsRequest {
  readonly fleet: ResolvedFleet;
  readonly observation: Observation;
  /** Absent: the whole fleet goes, and its networks with it. */
  readonly targets: ReadonlySet<string> | undefined;
  /** Volumes to remove. */
  readonly volumes: readonly string[];
}

/** Only reads. Rejects with `NotFound` for a volume that is not the fleet's. */
export async function findBelongings(engine: EngineReader, request: BelongingsRequest): Promise<Belongings> {
  const { fleet, observation, targets } = request;
  const selected = fleet.instances.filter((instance) => targets?.has(instance.name) ?? true);
  const labelled = await fleetVolumes(engine, fleet);
  checkVolumes(request, labelled);
  const goes = request.volumes.filter((name) => observation.volumes.has(name));
  const own = [...selected.flatMap(volumesOf), ...(targets === undefined ? labelled : [])];
  const made = targets === undefined ? await fleetNetworks(engine, fleet) : [];
  const used = made.length === 0 ? new Set<string>() : await networksOfOthers(engine, observation);
  return {
    networks: made.filter((name) => !used.has(name)),
    volumes: unique(goes),
    kept: {
      networks: made.filter((name) => used.has(name)),
      volumes: unique(own.filter((name) => observation.volumes.has(name) && !goes.includes(name))),
      sources: unique(selected.flatMap((instance) => instance.sources.map((source) => source.path))),
    },
  };
}

function checkVolumes({ fleet, volumes }: BelongingsRequest, labelled: readonly string[]): void {
  const known = unique([...fleet.instances.flatMap(volumesOf), ...labelled]);
  for (const name of volumes) {
    if (known.includes(name)) continue;
    throw new FleetError("NotFound", `fleet ${fleet.name} has no volume ${name}`, {
      hint: didYouMean(name, known) ?? (known.length === 0 ? "it has none" : `its volumes are ${known.join(", ")}`),
    });
  }
}

async function fleetVolumes(engine: EngineReader, fleet: ResolvedFleet): Promise<string[]> {
  return (await engine.listVolumes())
    .filter((volume) => volume.labels[labels.fleet] === fleet.name)
    .map(({ name }) => name);
}

async function fleetNetworks(engine: EngineReader, fleet: ResolvedFleet): Promise<string[]> {
  const networks = await engine.listNetworks();
  return networks.filter((network) => network.labels[labels.fleet] === fleet.name).map(({ name }) => name);
}

/** Networks of containers that are not the fleet's, stopped ones included: those could not start again without. */
async function networksOfOthers(engine: EngineReader, { foreign }: Observation): Promise<ReadonlySet<string>> {
  const found = await Promise.all(
    Object.values(foreign).map((container) =>
      engine.inspectContainer(container.id).then(
        ({ config }) => Object.keys(config.networks ?? {}),
        (error: unknown) => {
          if (isFleetError(error, "NotFound")) return [];
          throw error;
        },
      ),
    ),
  );
  return new Set(found.flat());
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
