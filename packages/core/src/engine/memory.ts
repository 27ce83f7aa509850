import { type Clock, systemClock } from "../clock.ts";
import type { EngineInfo } from "../observe/engine.ts";
import type { ImageDefaults } from "../observe/image.ts";
import type { Engine } from "./engine.ts";
import { CallDesk } from "./memory-call.ts";
import { checkName } from "./memory-check.ts";
import { type MemoryControls, memoryControls } from "./memory-controls.ts";
import { type BindSources, checkNameFree, create, type Surroundings } from "./memory-create.ts";
import { Faults } from "./memory-fault.ts";
import { findImage, imageOf, pull } from "./memory-image.ts";
import { halt, isAlive, stopCode } from "./memory-life.ts";
import { addNetwork, connect, disconnect, removeNetwork } from "./memory-network.ts";
import { observationOf, summaryOf } from "./memory-observe.ts";
import { remove } from "./memory-remove.ts";
import { start } from "./memory-start.ts";
import { findContainer, type MemoryContainer, type MemoryState } from "./memory-state.ts";
import { MemoryStore } from "./memory-store.ts";
import { update } from "./memory-update.ts";
import { addVolume, removeVolume } from "./memory-volume.ts";

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
  const store = new MemoryStore(clock, file);
  const faults = new Faults(clock, address);
  const desk = new CallDesk(clock, address, faults);
  const surroundings = (state: MemoryState): Surroundings => ({
    info: { ...defaultInfo, ...options.info, id: state.engineId },
    host: options.host,
    anyImage,
  });
  const controls = memoryControls(store, desk, faults, surroundings);
  for (const [ref, defaults] of Object.entries(options.images ?? {})) {
    if (store.read((state) => findImage(state, ref)) === null) controls.addImage(ref, defaults);
  }
  return { ...port(address, store, desk, surroundings), ...controls };
}

function port(
  address: string,
  store: MemoryStore,
  desk: CallDesk,
  surroundings: (state: MemoryState) => Surroundings,
): Engine {
  const touch = (id: string, act: (container: MemoryContainer, state: MemoryState, now: number) => void): void =>
    store.change((state, now) => act(findContainer(state, id), state, now));
  return {
    address,
    close: async () => {},
    info: (options) => desk.take("info", "", options, () => store.read((state) => surroundings(state).info)),
    listContainers: (options) =>
      desk.take("listContainers", "", options, () =>
        store.read((state) => byName(Object.values(state.containers)).map(summaryOf)),
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

    pullImage: (ref, options) =>
      desk.take("pullImage", ref, options, () => {
        store.change((state) => pull(state, ref, surroundings(state).anyImage));
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
      desk.take("stopContainer", id, options, () =>
        touch(id, (container, _state, now) => {
          if (isAlive(container)) halt(container, stopCode(container), now);
        }),
      ),
    unpauseContainer: (id, options) =>
      desk.take("unpauseContainer", id, options, () =>
        touch(id, (container) => {
          if (container.phase === "paused") container.phase = "running";
        }),
      ),
    renameContainer: (id, name, options) =>
      desk.take("renameContainer", id, options, () =>
        touch(id, (container, state) => {
          if (container.name === name) return;
          checkName(name);
          checkNameFree(state, name);
          container.name = name;
        }),
      ),
    updateContainer: (id, wanted, options) =>
      desk.take("updateContainer", id, options, () =>
        touch(id, (container, state) => update(container, wanted, surroundings(state).info)),
      ),
    removeContainer: (id, options) =>
      desk.take("removeContainer", id, options, () =>
        touch(id, (container, state) => remove(state, container, options?.force === true)),
      ),
    waitContainer: (id, options) =>
      desk.take("waitContainer", id, options, (ended) =>
        store.until((state) => exitCodeOf(findContainer(state, id)), ended),
      ),
    connectNetwork: (network, id, aliases, options) =>
      desk.take("connectNetwork", network, options, () =>
        store.change((state) => connect(state, network, id, aliases)),
      ),
    disconnectNetwork: (network, id, options) =>
      desk.take("disconnectNetwork", network, options, () => store.change((state) => disconnect(state, network, id))),
    createVolume: (name, labels, options) =>
      desk.take("createVolume", name, options, () => store.change((state) => addVolume(state, name, labels))),
    createNetwork: (name, labels, options) =>
      desk.take("createNetwork", name, options, () => store.change((state) => addNetwork(state, name, labels))),
    removeVolume: (name, options) =>
      desk.take("removeVolume", name, options, () => store.change((state) => removeVolume(state, name))),
    removeNetwork: (name, options) =>
      desk.take("removeNetwork", name, options, () => store.change((state) => removeNetwork(state, name))),
  };
}

/** Undefined while it runs. */
function exitCodeOf(container: MemoryContainer): number | undefined {
  return isAlive(container) ? undefined : (container.state.exitCode ?? 0);
}

function byName<T extends { readonly name: string }>(items: readonly T[]): readonly T[] {
  return items.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
