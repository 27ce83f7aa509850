import type { EngineInfo } from "../observe/engine.ts";
import type { BindMount, ContainerConfig } from "../spec/config.ts";
import { checkConfig, checkName } from "./memory-check.ts";
import { mergeDefaults } from "./memory-defaults.ts";
import { happen } from "./memory-happen.ts";
import { imageOf } from "./memory-image.ts";
import { indexOf, putContainer } from "./memory-index.ts";
import { defaultHostname, networkOf } from "./memory-network.ts";
import { endless, probeOf, programOf } from "./memory-program.ts";
import { Refusal } from "./memory-refusal.ts";
import { type MemoryContainer, type MemoryState, nextId } from "./memory-state.ts";
import { addVolume } from "./memory-volume.ts";

/** Where bind sources lie, as an engine sees them: through symlinks. */
export interface BindSources {
  /** Whether an engine could bind it. */
  exists(path: string): boolean;
  /** Told at each start: from now on the container has what is at its sources at this moment. */
  mount(container: string, mounts: readonly BindMount[]): void;
}

/** Where containers are made: what a create request is checked and completed against. */
export interface Surroundings {
  readonly info: EngineInfo;
  /** Bind sources are looked up here; absent: every source exists. */
  readonly host: BindSources | undefined;
  /** Every image exists, every main program runs for ever and every health check succeeds at once. */
  readonly anyImage: boolean;
}

/** Makes a container as an engine does on a create request, and gives its id. */
export function create(
  state: MemoryState,
  name: string,
  config: ContainerConfig,
  { info, host, anyImage }: Surroundings,
  now: number,
): string {
  checkName(name);
  const network = networkOf(state, config);
  checkConfig(config, info);
  const image = imageOf(state, config.image, anyImage);
  if (image === null) throw new Refusal(404, `No such image: ${config.image}`);
  checkSources(config, host);
  checkNameFree(state, name);
  const id = nextId(state);
  const stored = mergeDefaults(config, image.defaults, info, defaultHostname(state, network.mode, id, info));
  if (stored.entrypoint === undefined && stored.command === undefined) throw new Refusal(400, "No command specified");
  state.images[image.id] ??= image;
  const volumes = (config.mounts ?? []).filter((mount) => mount.kind === "volume").map((mount) => mount.source);
  const covered = new Set(config.mounts?.map((mount) => mount.target));
  const anonymousVolumes = image.defaults.volumes.filter((target) => !covered.has(target)).map(() => nextId(state));
  for (const volume of [...volumes, ...anonymousVolumes]) addVolume(state, volume, {}, now);
  const probe = probeOf(stored.healthcheck);
  const container: MemoryContainer = {
    id,
    name,
    imageId: image.id,
    createdAt: now,
    config: stored,
    network,
    phase: "created",
    state: { oomKilled: false, restartCount: 0, pid: 0 },
    program: anyImage ? endless : programOf(stored),
    ...(probe === undefined ? {} : { probe: anyImage ? { code: 0, output: "", after: 0 } : probe }),
    anonymousVolumes,
    logs: "",
    due: {},
    restartDelay: 0,
    execs: [],
    paths: {},
  };
  putContainer(state, container);
  happen(state, container, "create", now);
  return id;
}

export function checkNameFree(state: MemoryState, name: string): void {
  const holder = indexOf(state).byName.get(name);
  if (holder === undefined) return;
  throw new Refusal(409, `Conflict. The container name "/${name}" is already in use by container "${holder.id}".`);
}

/** An engine looks at create, and again at start. */
export function checkSources({ mounts = [] }: Pick<ContainerConfig, "mounts">, host: BindSources | undefined): void {
  for (const mount of mounts) {
    if (mount.kind !== "bind" || host === undefined || host.exists(mount.source)) continue;
    throw new Refusal(400, `invalid mount config for type "bind": bind source path does not exist: ${mount.source}`);
  }
}
