import type { EngineInfo } from "../observe/engine.ts";
import type { ContainerConfig, LiveUpdate } from "../spec/config.ts";
import { Refusal } from "./memory-refusal.ts";

const leastMemory = 6 * 1024 ** 2;

/** Rejects the create requests that a real engine answers 400 to. */
export function checkConfig(config: ContainerConfig, engine: EngineInfo): void {
  if (/[A-Z\s]/.test(config.image.replace(/[:@][^/]*$/, ""))) {
    throw new Refusal(400, "invalid reference format: repository name must be lowercase");
  }
  checkLimits(config, engine);
  const { memorySwap = 0, memory = 0, shmSize = 0 } = config;
  if (memorySwap > 0 && memory === 0) {
    throw new Refusal(400, "You should always set the Memory limit when using Memoryswap limit, see usage");
  }
  if (shmSize < 0) throw new Refusal(400, "SHM size can not be less than 0");
  if (config.workingDir && !config.workingDir.startsWith("/")) {
    throw new Refusal(400, `the working directory '${config.workingDir}' is invalid, it needs to be an absolute path`);
  }
  if (config.env?.[""] !== undefined) throw new Refusal(400, "invalid environment variable: =…");
  checkMounts(config);
  checkHealthcheck(config);
}

export function checkName(name: string): void {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) return;
  throw new Refusal(400, `Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`);
}

/** Rejects limits that neither a create nor an update may set. */
export function checkLimits(limits: LiveUpdate, engine: EngineInfo): void {
  const { memory = 0, memorySwap = 0, memoryReservation = 0, cpus = 0, restart } = limits;
  if (memory !== 0 && memory < leastMemory) throw new Refusal(400, "Minimum memory limit allowed is 6MB");
  if (memorySwap > 0 && memorySwap < memory) {
    throw new Refusal(400, "Minimum memoryswap limit should be larger than memory limit, see usage");
  }
  if (memoryReservation > 0 && memoryReservation < leastMemory) {
    throw new Refusal(400, "Minimum memory reservation allowed is 6MB");
  }
  if (memory > 0 && memoryReservation > memory) {
    throw new Refusal(400, "Minimum memory limit can not be less than memory reservation limit, see usage");
  }
  if (cpus < 0 || cpus > engine.cpus) {
    const all = engine.cpus;
    throw new Refusal(400, `Range of CPUs is from 0.01 to ${all}.00, as there are only ${all} CPUs available`);
  }
  if (restart?.maxRetries && restart.policy !== "on-failure") {
    throw new Refusal(400, `maximum retry count cannot be used with restart policy '${restart.policy}'`);
  }
}

function checkMounts({ mounts = [] }: ContainerConfig): void {
  const targets = new Set<string>();
  for (const mount of mounts) {
    const where = `invalid mount config for type "${mount.kind}"`;
    if (mount.target === "/") throw new Refusal(400, `${where}: invalid specification: destination can't be '/'`);
    const relative = [mount.target, ...(mount.kind === "bind" ? [mount.source] : [])].find((path) => path[0] !== "/");
    if (relative !== undefined) {
      throw new Refusal(400, `${where}: invalid mount path: '${relative}' mount path must be absolute`);
    }
    if (targets.has(mount.target)) throw new Refusal(400, `Duplicate mount point: ${mount.target}`);
    targets.add(mount.target);
  }
}

function checkHealthcheck({ healthcheck = {} }: ContainerConfig): void {
  for (const [name, field] of [
    ["Interval", "interval"],
    ["Timeout", "timeout"],
    ["StartPeriod", "startPeriod"],
  ] as const) {
    const value = healthcheck[field] ?? 0;
    if (value !== 0 && value < 1) throw new Refusal(400, `${name} in Healthcheck cannot be less than 1ms`);
  }
  if ((healthcheck.retries ?? 0) < 0) throw new Refusal(400, "Retries in Healthcheck cannot be negative");
}
