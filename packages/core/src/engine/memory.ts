import { type Clock, systemClock } from "../clock.ts";
import type { EngineInfo } from "../observe/engine.ts";
import type { ImageDefaults } from "../observe/image.ts";
import type { Engine } from "./engine.ts";
import { CallDesk } from "./memory-call.ts";
import { checkName } from "./memory-check.ts";
import { type MemoryControls, memoryControls } from "./memory-controls.ts";
import { type BindSources, checkNameFree, create, type Surroundings } from "./memory-create.ts";
import { exec, execsOf } from "./memory-exec.ts";
import { Faults } from "./memory-fault.ts";
import { happen } from "./memory-happen.ts";
import { findImage, imageOf, pull } from "./memory-image.ts";
import { indexOf, nameContainer } from "./memory-index.ts";
import { isAlive, stop } from "./memory-life.ts";
import { addNetwork, connect, disconnect, removeNetwork } from "./memory-network.ts";
import { observationOf, summaryOf } from "./memory-observe.ts";
import { remove } from "./memory-remove.ts";
import { start } from "./memory-start.ts";
import { findContainer, type MemoryContainer, type MemoryState } from "./memory-state.ts";
import { MemoryStore } from "./memory-store.ts";
import { EventStreams } from "./memory-streams.ts";
import { update } from "./memory-update.ts";
import { addVolume, removeVolume } from "./memory-volume.ts";

/** What a memory engine is made of. */
export interface MemoryEngineOptions {
  /** Default: the machine's own. */
  readonly clock?: Clock;
  /** Images that it holds from the beginning, by reference. */
  readonly images?: Readonly<Record<string, Partial<ImageDefaults>>>;
  /** What `info` answers, over the defaults. */
  readonly info?: Partial<Omit<EngineInfo, "id">>;
  /** Where bind sources are looked up. Absent: every one exists. */
  readonly host?: BindSources;
  /** Keeps the state as JSON under this path, for the next process. */
  readonly file?: string;
  /** Every image reference exists, every main program runs for ever, every health check succeeds at once. */
  readonly anyImage?: boolean;
}

const defaultInfo: Omit<EngineInfo, "id"> = {
  version: "memory",
  apiVersion: "1.45",
  hostname: "memory",
  operatingSystem: "memory",
  idMapping: "none",
  swapLimit: true,
  loggingDriver: "json-file",
  cpus: 8,
  memory: 16 * 1024 ** 3,
};

/**
 * An engine without Docker: the port's answers as real engines give them, which the contract suite holds it to. Time
 * passes only on its clock; a stop takes none.
 */
export function memoryEngine(options: MemoryEngineOptions = {}): Engine & MemoryControls {
  const { clock = systemClock, anyImage = false, file } = options;
  const address = file === undefined ? "memory:" : `memory:${file}`;
  const store = new MemoryStore(clock, file, options.host);
  const faults = new Faults(clock, address);
  const desk = new CallDesk(clock, address, faults);
  const surroundings = (state: MemoryState): Surroundings => ({
    info: { ...defaultInfo, ...options.info, id: state.engineId },
    host: options.host,
    anyImage,
  });
  const streams = new EventStreams(store, address);
  const controls = memoryControls(store, desk, faults, streams, surroundings);
  for (const [ref, defaults] of Object.entries(options.images ?? {})) {
    if (store.read((state) => findImage(state, ref)) === null) controls.addImage(ref, defaults);
  }
  return { ...port(address, store, desk, streams, surroundings), ...controls };
}

function port(
  address: string,
  store: MemoryStore,
  desk: CallDesk,
  streams: EventStreams,
  surroundings: (state: MemoryState) => Surroundings,
): Engine {
  const touch = (id: string, act: (container: MemoryContainer, state: MemoryState, now: number) => void): void =>
    store.change((state, now) => act(findContainer(state, id), state, now));
  return {
    address,
    close: async () => streams.cut(),
    info: (options) => desk.take("info", "", options, () => store.read((state) => surroundings(state).info)),
    listContainers: (options) =>
      desk.take("listContainers", "", options, () =>
        store.read((state) => byName([...indexOf(state).byName.values()]).map(summaryOf)),
      ),
    inspectContainer: (id, options) =>
      desk.take("inspectContainer", id, options, () => store.read((state) => observationOf(findContainer(state, id)))),
    inspectImage: (ref, options) =>
      desk.take("inspectImage", ref, options, () =>
        store.read((state) => imageOf(state, ref, surroundings(state).anyImage)),
      ),
    listVolumes: (options) =>
      desk.take("listVolumes", "", options, () => store.read((state) => byName(Object.values(state.volumes)))),
    listNetworks: (options) =>
      desk.take("listNetworks", "", options, () => store.read((state) => byName(Object.values(state.networks)))),
    containerLogs: (id, options) =>
      desk.take("containerLogs", id, options, () => store.read((state) => findContainer(state, id).logs)),
    listExecs: (id, options) =>
      desk.take("listExecs", id, options, () => store.read((state) => execsOf(findContainer(state, id)))),
    watchEvents: (watcher, options) =>
      desk.take("watchEvents", "", options, (ended, lift) => {
        lift();
        return streams.open(watcher, ended);
      }),

    pullImage: (ref, options) =>
      desk.take("pullImage", ref, options, () => {
        store.change((state, now) => pull(state, ref, surroundings(state).anyImage, now));
        options?.onProgress?.(`Pulled ${ref}`);
      }),
    createContainer: (name, config, options) =>
      desk.take("createContainer", name, options, () =>
        store.change((state, now) => create(state, name, config, surroundings(state), now)),
      ),
    startContainer: (id, options) =>
      desk.take("startContainer", id, options, () =>
        store.change((state, now) => start(state, id, surroundings(state).host, now)),
      ),
    stopContainer: (id, options) =>
      desk.take("stopContainer", id, options, () => touch(id, (container, state, now) => stop(state, container, now))),
    unpauseContainer: (id, options) =>
      desk.take("unpauseContainer", id, options, () =>
        touch(id, (container, state, now) => {
          if (container.phase !== "paused") return;
          container.phase = "running";
          happen(state, container, "unpause", now);
        }),
      ),
    renameContainer: (id, name, options) =>
      desk.take("renameContainer", id, options, () =>
        touch(id, (container, state, now) => {
          if (container.name === name) return;
          checkName(name);
          checkNameFree(state, name);
          nameContainer(state, container, name);
          happen(state, container, "rename", now);
        }),
      ),
    updateContainer: (id, wanted, options) =>
      desk.take("updateContainer", id, options, () =>
        touch(id, (container, state, now) => {
          update(container, wanted, surroundings(state).info);
          happen(state, container, "update", now);
        }),
      ),
    removeContainer: (id, options) =>
      desk.take("removeContainer", id, options, () =>
        touch(id, (container, state, now) => remove(state, container, options?.force === true, now)),
      ),
    waitContainer: (id, options) =>
      desk.take("waitContainer", id, options, (ended) =>
        store.until((state) => exitCodeOf(findContainer(state, id)), ended),
      ),
    exec: (id, request, options) =>
      desk.take("exec", id, options, (ended) => exec(store, id, request, store.read(surroundings).anyImage, ended)),
    connectNetwork: (network, id, aliases, options) =>
      desk.take("connectNetwork", network, options, () =>
        store.change((state, now) => connect(state, network, id, aliases, now)),
      ),
    disconnectNetwork: (network, id, options) =>
      desk.take("disconnectNetwork", network, options, () =>
        store.change((state, now) => disconnect(state, network, id, now)),
      ),
    createVolume: (name, labels, options) =>
      desk.take("createVolume", name, options, () => store.change((state, now) => addVolume(state, name, labels, now))),
    createNetwork: (name, labels, options) =>
      desk.take("createNetwork", name, options, () =>
        store.change((state, now) => addNetwork(state, name, labels, now)),
      ),
    removeVolume: (name, options) =>
      desk.take("removeVolume", name, options, () => store.change((state, now) => removeVolume(state, name, now))),
    removeNetwork: (name, options) =>
      desk.take("removeNetwork", name, options, () => store.change((state, now) => removeNetwork(state, name, now))),
  };
}

/** Undefined while it runs. */
function exitCodeOf(container: MemoryContainer): number | undefined {
  return isAlive(container) ? undefined : (container.state.exitCode ?? 0);
}

function byName<T extends { readonly name: string }>(items: readonly T[]): readonly T[] {
  return items.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
