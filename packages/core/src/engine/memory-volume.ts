import { happenTo } from "./memory-happen.ts";
import { Refusal } from "./memory-refusal.ts";
import type { MemoryContainer, MemoryState } from "./memory-state.ts";

/** Leaves an existing volume as it is, and says `create` all the same, as an engine does. */
export function addVolume(
  state: MemoryState,
  name: string,
  labels: Readonly<Record<string, string>>,
  now: number,
): void {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) {
    throw new Refusal(400, `create ${name}: "${name}" includes invalid characters for a local volume name`);
  }
  state.volumes[name] ??= { name, driver: "local", labels };
  happenTo(state, "volume", "create", { id: name, name }, now);
}

export function removeVolume(state: MemoryState, name: string, now: number): void {
  if (state.volumes[name] === undefined) throw new Refusal(404, `get ${name}: no such volume`);
  const user = Object.values(state.containers).find((container) => uses(container, name));
  if (user !== undefined) throw new Refusal(409, `remove ${name}: volume is in use - [${user.id}]`);
  delete state.volumes[name];
  happenTo(state, "volume", "destroy", { id: name, name }, now);
}

function uses({ config, anonymousVolumes }: MemoryContainer, name: string): boolean {
  const mounted = config.mounts?.some((mount) => mount.kind === "volume" && mount.source === name);
  return mounted === true || anonymousVolumes.includes(name);
}
