import { isAlive } from "./memory-life.ts";
import { Refusal } from "./memory-refusal.ts";
import type { MemoryContainer, MemoryState } from "./memory-state.ts";

/** Takes a container away, and its anonymous volumes. */
export function remove(state: MemoryState, container: MemoryContainer, force: boolean): void {
  const { id, name, phase } = container;
  if (phase === "removing") throw new Refusal(409, `removal of container ${name} is already in progress`);
  if (isAlive(container) && !force) {
    throw new Refusal(
      409,
      `You cannot remove a ${phase} container ${id}. Stop the container before attempting removal`,
    );
  }
  delete state.containers[id];
  for (const volume of container.anonymousVolumes) delete state.volumes[volume];
}
