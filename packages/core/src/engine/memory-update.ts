import type { EngineInfo } from "../observe/engine.ts";
import type { LiveUpdate } from "../spec/config.ts";
import { checkLimits } from "./memory-check.ts";
import { normalRestart, type StoredConfig } from "./memory-defaults.ts";
import { isAlive } from "./memory-life.ts";
import { Refusal } from "./memory-refusal.ts";
import type { MemoryContainer } from "./memory-state.ts";

/**
 * Changes a container in place. An engine ignores 0, so memory and cpus cannot be unset; pids can, by 0, and so can the
 * swap limit and the reservation, by -1.
 */
export function update(container: MemoryContainer, wanted: LiveUpdate, engine: EngineInfo): void {
  const cannot = `Cannot update container ${container.id}`;
  if (container.phase === "dead" || container.phase === "removing") {
    throw new Refusal(409, `${cannot}: Container is marked for removal and cannot be "update".`);
  }
  checkLimits(wanted, engine);
  const { memory = 0, memorySwap = 0 } = wanted;
  const present = container.config;
  if (memory > 0 && memorySwap === 0 && memory > (present.memorySwap ?? 0)) {
    const text =
      "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time";
    throw new Refusal(409, `${cannot}: ${text}`);
  }
  // A stopped one takes it, and fails at its next start.
  if (isAlive(container) && memorySwap > 0 && memorySwap < (memory || (present.memory ?? 0))) {
    throw new Refusal(500, `${cannot}: failed to write "${memorySwap}": memory.memsw.limit_in_bytes: invalid argument`);
  }
  const { pids, ...rest } = present;
  const limited = wanted.pids === undefined ? pids : Math.max(wanted.pids, 0);
  const changed: StoredConfig = {
    ...rest,
    ...(limited ? { pids: limited } : {}),
    ...set("memory", memory),
    ...set("memorySwap", memorySwap),
    ...set("memoryReservation", wanted.memoryReservation),
    ...set("cpus", wanted.cpus),
    ...(wanted.restart === undefined ? {} : { restart: normalRestart(wanted.restart) }),
  };
  container.config = changed;
}

function set<K extends string>(key: K, value: number | undefined): Partial<Record<K, number>> {
  return value ? ({ [key]: value } as Record<K, number>) : {};
}
