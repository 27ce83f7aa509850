import type { LiveUpdate } from "../spec/config.ts";

/** An update request. What is left out stays as it is; an engine ignores 0 and "", so nothing can be unset but pids. */
export function updateRequest(update: LiveUpdate): Readonly<Record<string, unknown>> {
  const { memory, memorySwap, memoryReservation, cpus, pids, restart } = update;
  return {
    ...(memory === undefined ? {} : { Memory: memory }),
    ...(memorySwap === undefined ? {} : { MemorySwap: memorySwap }),
    ...(memoryReservation === undefined ? {} : { MemoryReservation: memoryReservation }),
    ...(cpus === undefined ? {} : { NanoCpus: Math.round(cpus * 1e9) }),
    ...(pids === undefined ? {} : { PidsLimit: pids }),
    ...(restart === undefined
      ? {}
      : { RestartPolicy: { Name: restart.policy, MaximumRetryCount: restart.maxRetries ?? 0 } }),
  };
}
