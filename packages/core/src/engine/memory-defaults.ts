import type { EngineInfo } from "../observe/engine.ts";
import type { ImageDefaults } from "../observe/image.ts";
import type { ContainerConfig, Healthcheck, Logging, PortBinding, RestartPolicy } from "../spec/config.ts";
import { reveal } from "../spec/secret.ts";

const defaultShmSize = 64 * 1024 ** 2;

/** All but the network, which lives apart from the configuration. */
export type StoredConfig = Omit<ContainerConfig, "networks" | "networkMode">;

/**
 * What a real engine makes of a create request: the image's defaults and its own merged in, some values changed. What
 * comes to nothing is absent, as in what the Docker adapter reads.
 */
export function mergeDefaults(
  { networks: _networks, networkMode: _mode, ...config }: ContainerConfig,
  image: ImageDefaults,
  engine: EngineInfo,
  hostname: string,
): StoredConfig {
  const privileged = config.privileged === true;
  const merged: { [K in keyof StoredConfig]: StoredConfig[K] | undefined } = {
    ...config,
    ...mergeCommand(config, image),
    env: {
      ...image.env,
      ...Object.fromEntries(Object.entries(config.env ?? {}).map(([name, value]) => [name, reveal(value)])),
    },
    user: config.user || image.user,
    workingDir: withoutSlash(config.workingDir || image.workingDir),
    hostname: config.hostname || hostname,
    labels: { ...image.labels, ...config.labels },
    mounts: config.mounts?.toSorted((a, b) => order(a.target, b.target)),
    ports: normalPorts(config.ports ?? []),
    memorySwap: config.memorySwap || 2 * Math.max(config.memory ?? 0, 0),
    pids: Math.max(config.pids ?? 0, 0),
    shmSize: config.shmSize || defaultShmSize,
    securityOpt: [...(config.securityOpt ?? []), ...(privileged ? ["label=disable"] : [])],
    stopSignal: config.stopSignal || image.stopSignal,
    restart: normalRestart(config.restart),
    healthcheck: mergeHealthcheck(config.healthcheck, image.healthcheck),
    logging: present<Logging>({
      driver: config.logging?.driver || engine.loggingDriver,
      options: config.logging?.options ?? {},
    }),
  };
  const { stopGracePeriod } = config;
  return {
    ...(present(merged) as StoredConfig),
    // 0 is a declaration here: killed at once.
    ...(stopGracePeriod !== undefined && { stopGracePeriod: Math.ceil(stopGracePeriod / 1000) * 1000 }),
  };
}

/** An engine leaves the count out of every policy but one. */
export function normalRestart(restart: RestartPolicy = { policy: "no" }): RestartPolicy {
  const { policy, maxRetries = 0 } = restart;
  return policy === "on-failure" ? { policy, maxRetries } : { policy };
}

/** Declaring an entrypoint drops the image's command; `[""]` clears the image's entrypoint. */
function mergeCommand(
  config: StoredConfig,
  image: ImageDefaults,
): Record<"entrypoint" | "command", readonly string[] | undefined> {
  const entrypoint = config.entrypoint ?? image.entrypoint;
  const overridden = (config.entrypoint?.length ?? 0) > 0;
  return {
    entrypoint: entrypoint?.length === 1 && entrypoint[0] === "" ? undefined : entrypoint,
    command: config.command?.length || overridden ? config.command : image.command,
  };
}

/** Field by field; a disabled check keeps the image's times. */
function mergeHealthcheck(own: Healthcheck = {}, inherited: Healthcheck = {}): Healthcheck | undefined {
  return present({ ...inherited, ...present(own) });
}

function withoutSlash(path = ""): string {
  return path.replace(/\/+$/, "") || (path === "" ? "" : "/");
}

function normalPorts(ports: readonly PortBinding[]): readonly PortBinding[] {
  const unique = new Map(ports.map((port) => [JSON.stringify(port), port]));
  return [...unique.values()].sort(
    (a, b) =>
      a.containerPort - b.containerPort ||
      order(a.protocol, b.protocol) ||
      order(a.hostIp, b.hostIp) ||
      (a.hostPort ?? 0) - (b.hostPort ?? 0),
  );
}

/** Without what is not set, whichever of `undefined`, "", 0, false, [] and {} says so. */
function present<T extends object>(fields: T): T | undefined {
  const set = Object.entries(fields).filter(([, value]) => !isNothing(value));
  return set.length === 0 ? undefined : (Object.fromEntries(set) as T);
}

function isNothing(value: unknown): boolean {
  return !value || (typeof value === "object" && Object.keys(value).length === 0);
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
