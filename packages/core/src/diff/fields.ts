import { formatBytes } from "../spec/bytes.ts";
import type { ContainerConfig, Healthcheck, Mount, PortBinding, RestartPolicy } from "../spec/config.ts";
import { formatDuration } from "../spec/duration.ts";
import { formatMode } from "../spec/mode.ts";
import { reveal } from "../spec/secret.ts";
import { type Facts, type Field, keyed, mapParts, ownEntry, scalar, showValue, type Value } from "./field.ts";

/**
 * The field table: how each field of a container is written, normalised, defaulted, compared and mended. Adding a
 * field is adding a row. The image is not here: it compares by content, see `image.ts`.
 */
export const fields: readonly Field[] = [
  scalar({ path: "entrypoint", read: entrypoint, fallback: (f) => f.image.entrypoint ?? [] }),
  scalar({
    path: "command",
    read: (c) => nonEmpty(c.command),
    // Declaring an entrypoint drops the image's command.
    fallback: (f) => (f.desired.entrypoint === undefined ? nonEmpty(f.image.command) : undefined),
  }),
  keyed({
    path: "env",
    parts: (c) => mapParts(c.env, reveal),
    fallback: (key, f) => ownEntry(f.image.env, key),
    show: (value) => JSON.stringify(value),
  }),
  scalar({ path: "user", read: (c) => text(c.user), fallback: (f) => text(f.image.user) }),
  scalar({
    path: "workingDir",
    read: (c) => text(c.workingDir === "/" ? "/" : c.workingDir?.replace(/\/+$/, "")),
    // An engine that is given none starts the process in the root directory.
    fallback: (f) => text(f.image.workingDir?.replace(/(.)\/+$/, "$1")) ?? "/",
  }),
  scalar({
    path: "hostname",
    read: (c) => text(c.hostname),
    fallback: (f) => (f.desired.networkMode === "host" ? f.engine.hostname : f.containerId.slice(0, 12)),
  }),
  keyed({
    path: "labels",
    parts: (c) =>
      mapParts(
        Object.fromEntries(Object.entries(c.labels ?? {}).filter(([key]) => !key.startsWith("fleet."))),
        (v) => v,
      ),
    fallback: (key, f) => ownEntry(f.image.labels, key),
    show: (value) => JSON.stringify(value),
  }),
  keyed({
    path: "mounts",
    parts: (c) => Object.fromEntries((c.mounts ?? []).map((mount) => [mount.target, mountValue(mount)])),
    show: showMount,
  }),
  keyed({
    path: "networks",
    parts: networks,
    remedy: () => "update",
    always: true,
    show: (value) => (Array.isArray(value) && value.length > 0 ? `aliases ${value.join(", ")}` : "attached"),
  }),
  scalar({
    path: "networkMode",
    read: networkMode,
    fallback: () => "bridge",
    always: true,
  }),
  keyed({ path: "ports", parts: (c) => ports(c.ports), show: (value) => (value as readonly string[]).join(", ") }),
  scalar({ path: "extraHosts", read: (c) => nonEmpty(c.extraHosts) }),
  scalar({
    path: "resources.memory",
    read: (c) => positive(c.memory),
    remedy: updateUnlessUnset,
    always: true,
    show: bytes,
  }),
  scalar({
    path: "resources.swap",
    read: swap,
    remedy: (_desired, f) => (positive(f.desired.memory) === undefined ? "replace" : "update"),
    always: true,
    show: bytes,
  }),
  scalar({
    path: "resources.reservation",
    read: (c) => positive(c.memoryReservation),
    remedy: updateUnlessUnset,
    always: true,
    show: bytes,
  }),
  scalar({ path: "resources.cpus", read: cpus, remedy: updateUnlessUnset, always: true }),
  scalar({ path: "resources.pids", read: (c) => positive(c.pids), remedy: () => "update", always: true }),
  scalar({ path: "resources.shm", read: (c) => positive(c.shmSize), fallback: () => 64 * 1024 ** 2, show: bytes }),
  keyed({
    path: "resources.ulimits",
    parts: (c) => mapParts(c.ulimits, ({ soft, hard }) => `${soft}:${hard}`),
  }),
  scalar({ path: "capabilities.add", read: (c) => capabilities(c.capAdd) }),
  scalar({ path: "capabilities.drop", read: (c) => capabilities(c.capDrop) }),
  scalar({ path: "privileged", read: (c) => c.privileged, fallback: () => false }),
  scalar({ path: "readOnly", read: (c) => c.readOnly, fallback: () => false }),
  scalar({ path: "securityOpt", read: securityOptions }),
  scalar({ path: "init", read: (c) => c.init, fallback: () => false }),
  scalar({ path: "tty", read: (c) => c.tty, fallback: () => false }),
  scalar({ path: "stdin", read: (c) => c.stdin, fallback: () => false }),
  scalar({
    path: "stop.signal",
    read: (c) => signal(c.stopSignal),
    fallback: (f) => signal(f.image.stopSignal) ?? "SIGTERM",
  }),
  scalar({
    path: "stop.gracePeriod",
    read: (c) => c.stopGracePeriod,
    fallback: () => 10_000,
    show: duration,
  }),
  scalar({
    path: "restart",
    read: (c) => restart(c.restart),
    fallback: () => "no",
    remedy: () => "update",
    always: true,
  }),
  keyed({
    path: "healthcheck",
    parts: healthcheck,
    fallback: healthcheckFallback,
    show: (value, key) => (key === "test" || key === "retries" ? showValue(value) : formatDuration(value as number)),
  }),
  scalar({ path: "logging.driver", read: (c) => text(c.logging?.driver), fallback: (f) => f.engine.loggingDriver }),
  keyed({ path: "logging.options", parts: (c) => mapParts(c.logging?.options, (value) => value) }),
];

function bytes(value: Value): string {
  return formatBytes(value as number);
}

function duration(value: Value): string {
  return formatDuration(value as number);
}

/** Engines ignore an update to 0, so a limit can be changed on a living container but not lifted. */
function updateUnlessUnset(desired: Value | undefined): "update" | "replace" {
  return desired === undefined ? "replace" : "update";
}

function text(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}

function positive(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 ? value : undefined;
}

function nonEmpty(list: readonly string[] | undefined): readonly string[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list;
}

/** `[""]` takes the image's away. What is observed has the image's merged in, so that none there is none. */
function entrypoint(config: ContainerConfig, { desired }: Facts): readonly string[] | undefined {
  const words = config.entrypoint;
  if (words === undefined || words.length === 0) return config === desired ? undefined : [];
  return words.length === 1 && words[0] === "" ? [] : words;
}

/** Engines count in billionths of a core. */
function cpus(config: ContainerConfig): number | undefined {
  return positive(Math.round((config.cpus ?? 0) * 1e9) / 1e9);
}

function mountValue(mount: Mount): Value {
  const { target: _, ...rest } = mount;
  // rprivate is what an engine does when told nothing.
  const { propagation, ...plain } = { propagation: undefined, ...rest };
  return propagation === undefined || propagation === "rprivate" ? plain : { ...plain, propagation };
}

function showMount(value: Value): string {
  const mount = value as {
    kind: string;
    source?: string;
    readOnly: boolean;
    propagation?: string;
    size?: number;
    mode?: number;
  };
  return [
    mount.kind,
    mount.source,
    mount.size === undefined ? undefined : formatBytes(mount.size),
    mount.mode === undefined ? undefined : formatMode(mount.mode),
    mount.propagation,
    mount.readOnly ? "read-only" : undefined,
  ]
    .filter((part) => part !== undefined)
    .join(" ");
}

/** Whether the container has its own network stack that networks can be attached to. */
function attachable(config: ContainerConfig): boolean {
  return config.networkMode === undefined || config.networkMode === "bridge" || config.networkMode === "default";
}

function networks(config: ContainerConfig, facts: Facts): Record<string, Value | undefined> {
  // Moving to or from another kind of network stack is the mode's own drift.
  if (![config, facts.desired, facts.observed].every(attachable)) return {};
  return mapParts(config.networks ?? { bridge: { aliases: [] } }, (network) => [...network.aliases].sort());
}

function networkMode(config: ContainerConfig, facts: Facts): string | undefined {
  if (attachable(config)) return undefined;
  const [kind, name] = (config.networkMode ?? "").split(/:(.*)/s);
  // Sent as a name, read back as an id.
  return kind === "container" && name !== undefined ? `container:${facts.idsByName[name] ?? name}` : config.networkMode;
}

function ports(list: readonly PortBinding[] | undefined): Record<string, Value> {
  const byPort: Record<string, string[]> = {};
  for (const port of list ?? []) {
    const key = `${port.containerPort}/${port.protocol}`;
    const address = port.hostIp.includes(":") ? `[${port.hostIp}]` : port.hostIp || "0.0.0.0";
    byPort[key] = [...(byPort[key] ?? []), `${address}:${port.hostPort ?? "any"}`];
  }
  return Object.fromEntries(Object.entries(byPort).map(([key, hosts]) => [key, [...new Set(hosts)].sort()]));
}

/** Undeclared, it is the engine's to choose: twice the memory. */
function swap(config: ContainerConfig, facts: Facts): number | undefined {
  if (!facts.engine.swapLimit) return undefined;
  const value = config.memorySwap === 0 ? undefined : config.memorySwap;
  if (facts.desired.memorySwap !== undefined) return value;
  return value === 2 * (config.memory ?? 0) ? undefined : value;
}

function capabilities(list: readonly string[] | undefined): readonly string[] | undefined {
  return nonEmpty([...new Set((list ?? []).map((name) => name.toUpperCase().replace(/^CAP_/, "")))].sort());
}

function securityOptions(config: ContainerConfig, facts: Facts): readonly string[] | undefined {
  const options = (config.securityOpt ?? []).map((option) => option.replace(/^([a-z-]+):/, "$1="));
  // The engine adds this one to privileged containers by itself; whether one is privileged is its own drift.
  const privileged = [facts.desired, facts.observed].some((side) => side.privileged === true);
  const own = privileged ? options.filter((option) => option !== "label=disable") : options;
  return nonEmpty([...new Set(own)].sort());
}

function signal(name: string | undefined): string | undefined {
  if (name === undefined || name === "") return undefined;
  return /^\d+$/.test(name) || name.toUpperCase().startsWith("SIG") ? name.toUpperCase() : `SIG${name.toUpperCase()}`;
}

function restart(policy: RestartPolicy | undefined): string | undefined {
  if (policy === undefined) return undefined;
  return policy.policy === "on-failure" && (policy.maxRetries ?? 0) > 0
    ? `on-failure:${policy.maxRetries}`
    : policy.policy;
}

const healthcheckDefaults: Readonly<Record<string, number>> = {
  interval: 30_000,
  timeout: 30_000,
  startPeriod: 0,
  retries: 3,
};

function healthcheck({ healthcheck }: ContainerConfig, facts: Facts): Record<string, Value | undefined> {
  const { test, ...times } = healthcheck ?? {};
  // When one side never probes, that it does is the drift: how often means nothing there.
  if (![facts.desired, facts.observed].every((side) => isProbed(side, facts))) return { test: nonEmpty(test) };
  return { test: nonEmpty(test), ...Object.fromEntries(Object.entries(times).filter(([, value]) => value !== 0)) };
}

function isProbed({ healthcheck }: ContainerConfig, { image }: Facts): boolean {
  const test = nonEmpty(healthcheck?.test) ?? nonEmpty(image.healthcheck?.test) ?? ["NONE"];
  return test[0] !== "NONE";
}

function healthcheckFallback(key: string, facts: Facts): Value | undefined {
  const inherited = facts.image.healthcheck?.[key as keyof Healthcheck];
  if (inherited !== undefined && inherited !== 0) return inherited;
  return key === "test" ? ["NONE"] : healthcheckDefaults[key];
}
