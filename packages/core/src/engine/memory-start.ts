import type { PortBinding } from "../spec/config.ts";
import { type BindSources, checkSources } from "./memory-create.ts";
import { begin, isAlive } from "./memory-life.ts";
import { sharedWith } from "./memory-network.ts";
import { Refusal } from "./memory-refusal.ts";
import { findContainer, type MemoryContainer, type MemoryState } from "./memory-state.ts";

/** Starts a container by request. A start that fails leaves the phase as it was and its reason in the state. */
export function start(state: MemoryState, id: string, host: BindSources | undefined, now: number): void {
  const container = findContainer(state, id);
  if (container.phase === "paused") throw new Refusal(409, "cannot start a paused container, try unpause instead");
  if (container.phase === "dead" || container.phase === "removing") {
    throw new Refusal(409, "container is marked for removal and cannot be started");
  }
  if (isAlive(container)) return;
  checkSources(container.config, host);
  checkNetworks(state, container);
  checkPorts(state, container);
  if (container.program.missing) {
    const binary = container.config.entrypoint?.[0] ?? container.config.command?.[0];
    throw failed(container, 127, new Refusal(400, `exec: "${binary}": stat ${binary}: no such file or directory`));
  }
  container.state = { ...container.state, restartCount: 0 };
  container.restartDelay = 0;
  begin(state, container, now, host);
}

function checkNetworks(state: MemoryState, container: MemoryContainer): void {
  const { mode, attached } = container.network;
  const gone = Object.keys(attached).find((name) => state.networks[name] === undefined);
  if (gone !== undefined) throw failed(container, 128, new Refusal(404, `network ${gone} not found`));
  const shared = sharedWith(mode);
  if (shared === undefined) return;
  const other = state.containers[shared];
  if (other === undefined) throw failed(container, 128, new Refusal(404, `No such container: ${shared}`));
  if (other.phase === "running") return;
  throw failed(container, 128, new Refusal(409, `cannot join network of a non running container: ${shared}`));
}

function checkPorts(state: MemoryState, container: MemoryContainer): void {
  const wanted = published(container);
  if (wanted.length === 0) return;
  const taken = Object.values(state.containers)
    .filter((other) => other.id !== container.id && isAlive(other))
    .flatMap(published);
  const clash = wanted.find((port) => taken.some((other) => overlap(port, other)));
  if (clash === undefined) return;
  const text = `Bind for ${clash.hostIp}:${clash.hostPort} failed: port is already allocated`;
  const endpoint = `driver failed programming external connectivity on endpoint ${container.name}`;
  throw failed(container, 128, new Refusal(500, `${endpoint}: ${text}`));
}

/** Only a network of its own is published. */
function published({ config, network }: MemoryContainer): readonly PortBinding[] {
  return Object.keys(network.attached).length === 0 ? [] : (config.ports ?? []);
}

function overlap(a: PortBinding, b: PortBinding): boolean {
  return (
    a.hostPort !== undefined &&
    a.hostPort === b.hostPort &&
    a.protocol === b.protocol &&
    (a.hostIp === b.hostIp || a.hostIp === "0.0.0.0" || b.hostIp === "0.0.0.0")
  );
}

/** The exit code of an earlier run stays. */
function failed(container: MemoryContainer, exitCode: number, refusal: Refusal): Refusal {
  container.state = { exitCode, ...container.state, error: refusal.message };
  return refusal;
}
