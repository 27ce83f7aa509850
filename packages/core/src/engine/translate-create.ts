import type { ContainerConfig, Healthcheck, Mount, PortBinding } from "../spec/config.ts";
import { present } from "../spec/present.ts";
import { reveal } from "../spec/secret.ts";
import { atLeast } from "./api-version.ts";

/** A create request, and the attachments that have to be made by calls of their own before the container starts. */
export interface CreateRequest {
  readonly body: Readonly<Record<string, unknown>>;
  readonly connectAfter: readonly { readonly network: string; readonly aliases: readonly string[] }[];
}

/** `apiVersion` as in `1.41`. The one place where secrets are revealed. */
export function createRequest(config: ContainerConfig, apiVersion: string): CreateRequest {
  const attachments = Object.entries(config.networks ?? {})
    .map(([network, { aliases }]) => ({ network, aliases }))
    .sort((a, b) => (a.network < b.network ? -1 : 1));
  const networkMode = config.networkMode ?? attachments[0]?.network;
  // Older engines answer 400 to more than one.
  const atCreate = atLeast(apiVersion, "1.44")
    ? attachments
    : attachments.filter(({ network }) => network === networkMode);
  return {
    body: present({
      Image: config.image,
      Entrypoint: config.entrypoint,
      Cmd: config.command,
      Env: config.env && Object.entries(config.env).map(([name, value]) => `${name}=${reveal(value)}`),
      User: config.user,
      WorkingDir: config.workingDir,
      Hostname: config.hostname,
      Labels: config.labels,
      ExposedPorts: config.ports && Object.fromEntries(config.ports.map((port) => [portKey(port), {}])),
      Tty: config.tty,
      OpenStdin: config.stdin,
      StopSignal: config.stopSignal,
      StopTimeout: config.stopGracePeriod === undefined ? undefined : Math.ceil(config.stopGracePeriod / 1000),
      Healthcheck: config.healthcheck && healthcheck(config.healthcheck),
      HostConfig: hostConfig(config, networkMode),
      NetworkingConfig: {
        EndpointsConfig: Object.fromEntries(atCreate.map(({ network, aliases }) => [network, { Aliases: aliases }])),
      },
    }),
    connectAfter: attachments.filter((attachment) => !atCreate.includes(attachment)),
  };
}

function hostConfig(config: ContainerConfig, networkMode: string | undefined): Record<string, unknown> {
  return present({
    NetworkMode: networkMode,
    // Never Binds: with those, an engine makes a missing source as a directory of root's.
    Mounts: config.mounts?.map(mount),
    PortBindings: config.ports && portBindings(config.ports),
    ExtraHosts: config.extraHosts,
    Memory: config.memory,
    MemorySwap: config.memorySwap,
    MemoryReservation: config.memoryReservation,
    NanoCpus: config.cpus === undefined ? undefined : Math.round(config.cpus * 1e9),
    PidsLimit: config.pids,
    ShmSize: config.shmSize,
    Ulimits:
      config.ulimits &&
      Object.entries(config.ulimits).map(([Name, { soft, hard }]) => ({ Name, Soft: soft, Hard: hard })),
    CapAdd: config.capAdd,
    CapDrop: config.capDrop,
    Privileged: config.privileged,
    ReadonlyRootfs: config.readOnly,
    SecurityOpt: config.securityOpt,
    Init: config.init,
    RestartPolicy: config.restart && {
      Name: config.restart.policy,
      MaximumRetryCount: config.restart.maxRetries ?? 0,
    },
    LogConfig: config.logging && { Type: config.logging.driver ?? "", Config: config.logging.options ?? {} },
  });
}

function mount(of: Mount): Record<string, unknown> {
  const common = { Type: of.kind, Target: of.target, ReadOnly: of.readOnly };
  switch (of.kind) {
    case "bind":
      return present({
        ...common,
        Source: of.source,
        BindOptions: of.propagation === undefined ? undefined : { Propagation: of.propagation },
      });
    case "volume":
      return { ...common, Source: of.source };
    case "tmpfs":
      return present({ ...common, TmpfsOptions: present({ SizeBytes: of.size, Mode: of.mode }) });
  }
}

function portBindings(ports: readonly PortBinding[]): Record<string, { HostIp: string; HostPort: string }[]> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of ports) {
    // An empty address listens on IPv6 too. Where the spec gives that a binding of its own, the two would collide.
    const alone = !ports.some(
      (other) => other.hostIp === "::" && other.hostPort === port.hostPort && other.protocol === port.protocol,
    );
    const binding = {
      HostIp: port.hostIp === "0.0.0.0" && alone ? "" : port.hostIp,
      HostPort: port.hostPort === undefined ? "" : String(port.hostPort),
    };
    const key = portKey(port);
    bindings[key] = [...(bindings[key] ?? []), binding];
  }
  return bindings;
}

function portKey(port: PortBinding): string {
  return `${port.containerPort}/${port.protocol}`;
}

function healthcheck(check: Healthcheck): Record<string, unknown> {
  const nanoseconds = (value: number | undefined) => (value === undefined ? undefined : Math.round(value * 1e6));
  return present({
    Test: check.test,
    Interval: nanoseconds(check.interval),
    Timeout: nanoseconds(check.timeout),
    StartPeriod: nanoseconds(check.startPeriod),
    Retries: check.retries,
  });
}
