import type { EngineInfo, NetworkObservation } from "../observe/engine.ts";
import type { ContainerConfig } from "../spec/config.ts";
import { happenTo } from "./memory-happen.ts";
import { isAlive } from "./memory-life.ts";
import { Refusal } from "./memory-refusal.ts";
import { findContainer, type MemoryContainer, type MemoryNetwork, type MemoryState, nextId } from "./memory-state.ts";

const predefined: ReadonlySet<string> = new Set(["bridge", "host", "none"]);

export function addNetwork(
  state: MemoryState,
  name: string,
  labels: Readonly<Record<string, string>>,
  now: number,
): void {
  if (state.networks[name] !== undefined) throw new Refusal(409, `network with name ${name} already exists`);
  const network = { id: nextId(state), name, driver: "bridge", labels };
  state.networks[name] = network;
  happenTo(state, "network", "create", network, now);
}

export function removeNetwork(state: MemoryState, name: string, now: number): void {
  const network = foundNetwork(state, name);
  if (predefined.has(name)) throw new Refusal(403, `${name} is a pre-defined network and cannot be removed`);
  const used = Object.values(state.containers).some((each) => isAlive(each) && each.network.attached[name]);
  if (used) throw new Refusal(403, `error while removing network: network ${name} has active endpoints`);
  delete state.networks[name];
  happenTo(state, "network", "destroy", network, now);
}

/** What a create request asks for. A network of its own must exist; whose network it shares is looked at on start. */
export function networkOf(state: MemoryState, { networks = {}, networkMode }: ContainerConfig): MemoryNetwork {
  const names = Object.keys(networks).sort();
  for (const name of names) foundNetwork(state, name);
  const mode = networkMode ?? names[0] ?? "default";
  const other = sharedWith(mode);
  if (other !== undefined) {
    const known = Object.values(state.containers).find(({ id, name }) => id === other || name === other);
    return { mode: `container:${known?.id ?? other}`, attached: {} };
  }
  if (mode === "host" || mode === "none") return { mode, attached: {} };
  const bridged = mode === "default" || mode === "bridge" ? { bridge: { aliases: [] } } : {};
  const attached = Object.fromEntries(names.map((name) => [name, { aliases: networks[name]?.aliases ?? [] }]));
  return { mode, attached: { ...bridged, ...attached } };
}

/** The name or id in `container:…`. */
export function sharedWith(mode: string): string | undefined {
  return /^container:(.+)$/.exec(mode)?.[1];
}

export function defaultHostname(state: MemoryState, mode: string, id: string, engine: EngineInfo): string {
  const other = state.containers[sharedWith(mode) ?? ""];
  return mode === "host" ? engine.hostname : (other?.config.hostname ?? id.slice(0, 12));
}

/** As the Docker adapter reads it: attachments, or how the container does without. Nothing for the default bridge. */
export function networkFields({
  id,
  name,
  network,
}: MemoryContainer): Pick<ContainerConfig, "networks" | "networkMode"> {
  const { mode, attached } = network;
  if (mode === "host" || mode === "none" || sharedWith(mode) !== undefined) return { networkMode: mode };
  const names = Object.keys(attached).sort();
  if ((mode === "default" || mode === "bridge") && names.length === 1 && names[0] === "bridge") return {};
  const own = [id.slice(0, 12), name];
  const networks = names.map((each) => {
    const aliases = (attached[each]?.aliases ?? []).filter((alias) => !own.includes(alias));
    return [each, { aliases: [...new Set(aliases)].sort() }] as const;
  });
  return { networks: Object.fromEntries(networks) };
}

/** Of one that does not run an engine says nothing. */
export function connect(state: MemoryState, name: string, id: string, aliases: readonly string[], now: number): void {
  const container = findContainer(state, id);
  const { mode, attached } = container.network;
  // Of one that does not run an engine writes down any name, and fails its start.
  if (isAlive(container)) foundNetwork(state, name);
  if (mode === "host" || sharedWith(mode) !== undefined) {
    const text =
      "container sharing network namespace with another container or host cannot be connected to any other network";
    throw new Refusal(400, text);
  }
  if (attached[name] === undefined) {
    attached[name] = { aliases };
    if (isAlive(container)) happenTo(state, "network", "connect", { id: container.id, name }, now);
  } else if (isAlive(container)) {
    throw new Refusal(403, `endpoint with name ${container.name} already exists in network ${name}`);
  }
}

/** Done when it is not connected. */
export function disconnect(state: MemoryState, name: string, id: string, now: number): void {
  foundNetwork(state, name);
  const container = findContainer(state, id);
  if (container.network.attached[name] === undefined) return;
  delete container.network.attached[name];
  happenTo(state, "network", "disconnect", { id: container.id, name }, now);
}

function foundNetwork(state: MemoryState, name: string): NetworkObservation {
  const network = state.networks[name];
  if (network === undefined) throw new Refusal(404, `network ${name} not found`);
  return network;
}
