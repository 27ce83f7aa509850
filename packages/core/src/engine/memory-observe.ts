import type { ContainerObservation, ContainerState, ContainerSummary } from "../observe/container.ts";
import { networkFields } from "./memory-network.ts";
import type { MemoryContainer } from "./memory-state.ts";

export function summaryOf({ id, name, imageId, config, phase }: MemoryContainer): ContainerSummary {
  return { id, name, imageId, labels: config.labels ?? {}, phase };
}

/** A copy: what happens to the container later does not change it. */
export function observationOf(container: MemoryContainer): ContainerObservation {
  const config = structuredClone({ ...container.config, ...networkFields(container) });
  return { ...summaryOf(container), config, state: stateOf(container), createdAt: container.createdAt };
}

/** An exit code is that of a run that has ended. */
function stateOf({ phase, state }: MemoryContainer): ContainerState {
  const { exitCode, ...rest } = state;
  const ended = state.startedAt !== undefined && phase !== "running" && phase !== "paused";
  return { phase, ...rest, ...(ended ? { exitCode: exitCode ?? 0 } : {}) };
}
