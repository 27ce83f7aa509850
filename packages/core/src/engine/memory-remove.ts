import { happen, happenTo } from "./memory-happen.ts";
import { takeContainer } from "./memory-index.ts";
import { isAlive, kill } from "./memory-life.ts";
import { Refusal } from "./memory-refusal.ts";
import type { MemoryContainer, MemoryState } from "./memory-state.ts";

/** Takes a container away, and its anonymous volumes. */
export function remove(state: MemoryState, container: MemoryContainer, force: boolean, now: number): void {
  const { id, name, phase } = container;
  if (phase === "removing") throw new Refusal(409, `removal of container ${name} is already in progress`);
  if (isAlive(container) && !force) {
    throw new Refusal(
      409,
      `You cannot remove a ${phase} container ${id}. Stop the container before attempting removal`,
    );
  }
  kill(state, container, now);
  for (const volume of container.anonymousVolumes) {
    delete state.volumes[volume];
    happenTo(state, "volume", "destroy", { id: volume, name: volume }, now);
  }
  takeContainer(state, container);
  happen(state, container, "destroy", now);
}
