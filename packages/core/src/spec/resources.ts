import { bytes, formatBytes, swapTotal } from "./bytes.ts";
import type { ContainerConfig, Ulimit } from "./config.ts";
import { cpus, pids, ulimit } from "./container-kinds.ts";
import { compareText } from "./diagnostic.ts";
import type { Written } from "./fields.ts";
import { filled, present } from "./present.ts";
import { entriesOf, type Reader } from "./reader.ts";

type Limits = Pick<
  ContainerConfig,
  "memory" | "memorySwap" | "memoryReservation" | "cpus" | "pids" | "shmSize" | "ulimits"
>;

/** Below this the engine refuses to make a container. */
const leastMemory = 6 * 1024 ** 2;

export function readResources(reader: Reader): Limits {
  const memory = reader.field("resources.memory", bytes);
  const memorySwap = reader.field("resources.swap", swapTotal);
  const memoryReservation = reader.field("resources.reservation", bytes);
  for (const [field, size] of [
    ["resources.memory", memory],
    ["resources.reservation", memoryReservation],
  ] as const) {
    if (size !== undefined && size < leastMemory)
      refuse(reader, field, `it is less than ${formatBytes(leastMemory)}, the engine's least`);
  }
  const swap = reader.written("resources.swap");
  if (swap !== undefined && reader.written("resources.memory") === undefined) {
    reader.diagnostics.error("Missing", swap.path, "`swap` needs `memory` beside it: it is both together", {
      hint: "add `memory`",
    });
  }
  if (memory !== undefined && memorySwap !== undefined && memorySwap !== -1 && memorySwap < memory) {
    refuse(reader, "resources.swap", "it is less than memory, and is meant to be memory and swap together");
  }
  if (memory !== undefined && memoryReservation !== undefined && memoryReservation > memory) {
    refuse(reader, "resources.reservation", "it is more than memory");
  }
  return present({
    memory,
    memorySwap,
    memoryReservation,
    cpus: reader.field("resources.cpus", cpus),
    pids: reader.field("resources.pids", pids),
    shmSize: reader.field("resources.shm", bytes),
    ulimits: filled(readUlimits(reader)),
  });
}

function readUlimits(reader: Reader): Record<string, Ulimit> {
  const limits: [string, Ulimit][] = [];
  for (const [name, written] of reader.below("resources.ulimits")) {
    const limit = readUlimit(written, reader);
    if (limit !== undefined) limits.push([name, limit]);
  }
  return Object.fromEntries(limits.sort(([a], [b]) => compareText(a, b)));
}

function readUlimit(written: Written, reader: Reader): Ulimit | undefined {
  if (typeof written.value !== "object") {
    const both = reader.read(ulimit, written);
    return both === undefined ? undefined : { soft: both, hard: both };
  }
  const entries = entriesOf(written);
  const [soft, hard] = ["soft", "hard"].map((key) => {
    const entry = entries.get(key);
    return entry === undefined ? undefined : reader.read(ulimit, entry);
  });
  if (soft === undefined || hard === undefined) return undefined;
  if (hard !== -1 && (soft === -1 || soft > hard)) {
    reader.diagnostics.error("InvalidValue", written.path, "the soft limit is above the hard one");
  }
  return { soft, hard };
}

function refuse(reader: Reader, field: string, why: string): void {
  const path = reader.written(field)?.path ?? [];
  reader.diagnostics.error("InvalidValue", path, `\`${field}\`: ${why}`);
}
