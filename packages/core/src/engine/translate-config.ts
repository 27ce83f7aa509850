import type { ContainerConfig, Healthcheck, NetworkAttachment, PortBinding, RestartPolicy } from "../spec/config.ts";
import { type MountsJson, readMounts } from "./translate-mounts.ts";

/** The part of an inspect answer that a configuration is read from. Engines leave out, null or zero what is not set. */
export interface ConfigJson {
  readonly Id: string;
  readonly Name: string;
  readonly Config: {
    readonly Image: string;
    readonly Entrypoint?: readonly string[] | string | null;
    readonly Cmd?: readonly string[] | null;
    readonly Env?: readonly string[] | null;
    readonly User?: string;
    readonly WorkingDir?: string;
    readonly Hostname?: string;
    readonly Labels?: Readonly<Record<string, string>> | null;
    readonly Tty?: boolean;
    readonly OpenStdin?: boolean;
    readonly StopSignal?: string;
    readonly StopTimeout?: number | null;
    readonly Healthcheck?: HealthcheckJson | null;
  };
  readonly HostConfig: MountsJson & {
    readonly NetworkMode?: string;
    readonly PortBindings?: Readonly<Record<string, readonly PortJson[] | null>> | null;
    readonly ExtraHosts?: readonly string[] | null;
    readonly Memory?: number;
    readonly MemorySwap?: number;
    readonly MemoryReservation?: number;
    readonly NanoCpus?: number;
    readonly CpuQuota?: number;
    readonly CpuPeriod?: number;
    readonly PidsLimit?: number | null;
    readonly ShmSize?: number;
    readonly Ulimits?: readonly { readonly Name: string; readonly Soft: number; readonly Hard: number }[] | null;
    readonly CapAdd?: readonly string[] | null;
    readonly CapDrop?: readonly string[] | null;
    readonly Privileged?: boolean;
    readonly ReadonlyRootfs?: boolean;
    readonly SecurityOpt?: readonly string[] | null;
    readonly Init?: boolean | null;
    readonly RestartPolicy?: { readonly Name?: string; readonly MaximumRetryCount?: number } | null;
    readonly LogConfig?: { readonly Type?: string; readonly Config?: Readonly<Record<string, string>> | null } | null;
  };
  readonly NetworkSettings?: {
    readonly Networks?: Readonly<Record<string, { readonly Aliases?: readonly string[] | null } | null>> | null;
  };
}

export interface HealthcheckJson {
  readonly Test?: readonly string[] | null;
  /** Nanoseconds, like the other times. */
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly StartPeriod?: number;
  readonly Retries?: number;
}

interface PortJson {
  readonly HostIp?: string;
  readonly HostPort?: string;
}

/**
 * An inspect answer in our units. What is not set is absent, whichever of null, [], {}, "", 0 and false the engine
 * uses for it.
 *
 * The network: `host`, `none` and `container:ID` are a `networkMode`. Anything else has none and its attachments are in
 * `networks`, by network name; those are absent too for a container on the default bridge and nothing else.
 */
export function readConfig(json: ConfigJson): ContainerConfig {
  const { Config: config, HostConfig: host } = json;
  return {
    image: config.Image,
    ...present({
      entrypoint: list(typeof config.Entrypoint === "string" ? [config.Entrypoint] : config.Entrypoint),
      command: list(config.Cmd),
      env: readEnv(config.Env),
      user: config.User,
      workingDir: config.WorkingDir,
      hostname: config.Hostname,
      labels: record(config.Labels),
      mounts: list(readMounts(host)),
      ...readNetwork(json),
      ports: list(readPorts(host.PortBindings ?? {})),
      extraHosts: list(host.ExtraHosts),
      memory: host.Memory,
      memorySwap: host.MemorySwap,
      memoryReservation: host.MemoryReservation,
      cpus: readCpus(host),
      pids: (host.PidsLimit ?? 0) > 0 ? (host.PidsLimit ?? 0) : undefined,
      shmSize: host.ShmSize,
      ulimits: record(
        Object.fromEntries((host.Ulimits ?? []).map(({ Name, Soft, Hard }) => [Name, { soft: Soft, hard: Hard }])),
      ),
      capAdd: readCapabilities(host.CapAdd),
      capDrop: readCapabilities(host.CapDrop),
      privileged: host.Privileged,
      readOnly: host.ReadonlyRootfs,
      securityOpt: list(host.SecurityOpt),
      init: host.Init ?? undefined,
      tty: config.Tty,
      stdin: config.OpenStdin,
      stopSignal: config.StopSignal,
      healthcheck: readHealthcheck(config.Healthcheck),
      logging: record(present({ driver: host.LogConfig?.Type, options: record(host.LogConfig?.Config) })),
    }),
    // 0 is a declaration: killed at once.
    ...(config.StopTimeout == null ? {} : { stopGracePeriod: config.StopTimeout * 1000 }),
    restart: readRestart(host.RestartPolicy),
  };
}

/** On the first `=`; a name without one takes the variable away from the container. */
export function readEnv(env: readonly string[] | null | undefined): Readonly<Record<string, string>> | undefined {
  const assignments = (env ?? []).flatMap((entry) => {
    const at = entry.indexOf("=");
    return at > 0 ? [[entry.slice(0, at), entry.slice(at + 1)] as const] : [];
  });
  return record(Object.fromEntries(assignments));
}

export function readHealthcheck(json: HealthcheckJson | null | undefined): Healthcheck | undefined {
  const milliseconds = (nanoseconds: number | undefined) => (nanoseconds ?? 0) / 1e6;
  return record(
    present({
      test: list(json?.Test),
      interval: milliseconds(json?.Interval),
      timeout: milliseconds(json?.Timeout),
      startPeriod: milliseconds(json?.StartPeriod),
      retries: json?.Retries,
    }),
  );
}

function readNetwork({ Id, Name, Config, HostConfig, NetworkSettings }: ConfigJson): {
  networkMode?: string | undefined;
  networks?: Readonly<Record<string, NetworkAttachment>> | undefined;
} {
  const mode = HostConfig.NetworkMode ?? "default";
  if (mode === "host" || mode === "none" || mode.startsWith("container:")) return { networkMode: mode };
  const found = Object.entries(NetworkSettings?.Networks ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  // Podman's default bridge has a name of its own.
  const isDefault = (name: string | undefined) => name === "bridge" || name === "podman";
  if ((mode === "default" || mode === "bridge") && found.length === 1 && isDefault(found[0]?.[0])) return {};
  const own = { shortId: Id.slice(0, 12), name: Name.replace(/^\//, ""), hostname: Config.Hostname };
  return {
    networks: Object.fromEntries(
      found.map(([name, json]) => [name, { aliases: readAliases(json?.Aliases ?? [], own) }]),
    ),
  };
}

/** Until Docker 25 an engine appends the short id, and after that the hostname unless it was declared. */
function readAliases(
  aliases: readonly string[],
  own: { readonly shortId: string; readonly name: string; readonly hostname: string | undefined },
): readonly string[] {
  const appended = aliases.indexOf(own.shortId);
  return sortedUnique(
    aliases.filter(
      (alias, index) =>
        alias !== own.shortId && alias !== own.name && !(alias === own.hostname && appended !== -1 && index > appended),
    ),
  );
}

function readPorts(bindings: Readonly<Record<string, readonly PortJson[] | null>>): PortBinding[] {
  const ports = Object.entries(bindings).flatMap(([key, hosts]) => {
    const [containerPort = "", protocol = "tcp"] = key.split("/");
    return (hosts ?? []).map(({ HostIp, HostPort }): PortBinding => {
      // A range from which the engine picks counts as none.
      const hostPort = /^\d+$/.test(HostPort ?? "") ? Number(HostPort) : 0;
      return {
        containerPort: Number(containerPort),
        protocol: protocol as PortBinding["protocol"],
        ...(hostPort === 0 ? {} : { hostPort }),
        hostIp: (HostIp ?? "").replace(/^\[|\]$/g, "") || "0.0.0.0",
      };
    });
  });
  const unique = new Map(ports.map((port) => [JSON.stringify(port), port]));
  return [...unique.values()].sort(
    (a, b) =>
      a.containerPort - b.containerPort ||
      compare(a.protocol, b.protocol) ||
      compare(a.hostIp, b.hostIp) ||
      (a.hostPort ?? 0) - (b.hostPort ?? 0),
  );
}

/** A share may be set as cpus or as a quota of a period; the default period is 100 ms. */
function readCpus({ NanoCpus, CpuQuota, CpuPeriod }: ConfigJson["HostConfig"]): number {
  if (NanoCpus) return NanoCpus / 1e9;
  return CpuQuota !== undefined && CpuQuota > 0 ? CpuQuota / (CpuPeriod || 100_000) : 0;
}

function readCapabilities(names: readonly string[] | null | undefined): readonly string[] | undefined {
  return list(sortedUnique((names ?? []).map((name) => name.toUpperCase().replace(/^CAP_/, ""))));
}

function readRestart(json: ConfigJson["HostConfig"]["RestartPolicy"]): RestartPolicy {
  const policy = (json?.Name || "no") as RestartPolicy["policy"];
  return policy === "on-failure" ? { policy, maxRetries: json?.MaximumRetryCount ?? 0 } : { policy };
}

function sortedUnique(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}

function list<T>(values: readonly T[] | null | undefined): readonly T[] | undefined {
  return values != null && values.length > 0 ? values : undefined;
}

function record<T extends object>(values: T | null | undefined): T | undefined {
  return values != null && Object.keys(values).length > 0 ? values : undefined;
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function present<T extends Record<string, unknown>>(fields: T): Present<T> {
  const set: Record<string, unknown> = {};
  for (const key of Object.keys(fields)) {
    const value = fields[key];
    if (value !== undefined && value !== "" && value !== 0 && value !== false) set[key] = value;
  }
  return set as Present<T>;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
