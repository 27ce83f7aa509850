/** A value as the spec writes it, and a text that two spellings of one meaning share. */
export interface Spelled {
  readonly written: unknown;
  readonly means: string;
}

/** One instance's fields by path, each as a plan would name it: `user`, `env.A`, `mounts./data`, `ports.80/tcp`. */
export type FlatSpec = Readonly<Record<string, Spelled>>;

/** What images give to containers that do not say otherwise, as far as a spec can say. */
const imageDefaults: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "fleet-test:1": { "env.REV": "1" },
  "fleet-test:2": { "env.REV": "2" },
  "fleet-test:user": { "env.REV": "user", user: "1000:1000", workingDir: "/home/claude", "labels.v": "9" },
  "fleet-test:volume": { "env.REV": "volume" },
  "fleet-test:health": {
    "env.REV": "health",
    "healthcheck.test": '["CMD-SHELL","test -f /tmp/healthy"]',
    "healthcheck.interval": "1000",
  },
  "claude-hooks:dev": { user: "1000:1000", workingDir: "/home/claude" },
};

const engineDefaults: Readonly<Record<string, string>> = {
  workingDir: "/",
  networkMode: "bridge",
  "resources.shm": String(64 * 1024 ** 2),
  privileged: "false",
  readOnly: "false",
  init: "false",
  tty: "false",
  stdin: "false",
  "stop.signal": "SIGTERM",
  "stop.gracePeriod": "10000",
  restart: "no",
  "healthcheck.test": '["NONE"]',
  "healthcheck.interval": "30000",
  "healthcheck.timeout": "30000",
  "healthcheck.startPeriod": "0",
  "healthcheck.retries": "3",
  "logging.driver": "json-file",
};

/** What the field means while nobody declares it; undefined is nothing at all. */
export function meaningOf(path: string, flat: FlatSpec): string | undefined {
  if (path === "lifecycle") return undefined;
  const declared = flat[path];
  // The engine gives it to privileged containers anyway.
  if (path === "securityOpt" && declared?.means === "label" && flat.privileged?.means === "true") return undefined;
  if (declared !== undefined) return declared.means;
  // The engine chooses: twice the memory.
  if (path === "resources.swap") return String(2 * Number(flat["resources.memory"]?.means));
  // As the sources are made before each spec.
  if (path.startsWith("ownership.")) return "0:0 0755";
  return imageDefaults[flat.image?.means ?? ""]?.[path] ?? engineDefaults[path];
}

/** Whether a spec and an engine would take these fields together. */
export function isValid(flat: FlatSpec): boolean {
  const has = (...paths: readonly string[]): boolean => paths.some((path) => flat[path] !== undefined);
  const hasAny = (family: string): boolean => Object.keys(flat).some((path) => path.startsWith(`${family}.`));
  const number = (path: string): number => Number(flat[path]?.means ?? Number.NaN);
  const words = (path: string): readonly string[] => (flat[path]?.means ?? "").split(" ").filter((word) => word !== "");
  const mode = flat.networkMode?.means;
  const memory = number("resources.memory");
  const swap = number("resources.swap");
  return (
    has("image") &&
    !(mode !== undefined && hasAny("networks")) &&
    !(mode !== undefined && mode !== "bridge" && hasAny("ports")) &&
    !(mode?.startsWith("container:") && has("hostname", "extraHosts")) &&
    !(has("resources.swap") && !has("resources.memory")) &&
    !(swap !== -1 && swap < memory) &&
    !(number("resources.reservation") > memory) &&
    !words("capabilities.add").some((word) => words("capabilities.drop").includes(word)) &&
    !(hasAny("ownership") && !has("mounts./owned")) &&
    !(flat.lifecycle?.means === "lazy" && flat.restart?.means === "always")
  );
}

/** What not every engine can do on every machine. */
export interface Abilities {
  /** To give a container all capabilities: an old engine wants even those that it lacks itself. */
  readonly allCapabilities: boolean;
}

/** Whether a container of it comes up within seconds. */
export function comesUp(flat: FlatSpec, { allCapabilities }: Abilities): boolean {
  const wantsAll = flat.privileged?.means === "true" || flat["capabilities.add"]?.means === "ALL";
  if (wantsAll && !allCapabilities) return false;
  const test = flat["healthcheck.test"]?.means;
  if (test === undefined) return flat.image?.means !== "fleet-test:health";
  if (test === '["NONE"]') return true;
  return Number(meaningOf("healthcheck.interval", flat)) <= 2000 && flat["healthcheck.startPeriod"] === undefined;
}

/** The fields as an instance of a fleet file. */
export function written(name: string, flat: FlatSpec): Readonly<Record<string, unknown>> {
  const instance: Record<string, unknown> = { name };
  const mounts: Record<string, unknown>[] = [];
  const ports: unknown[] = [];
  for (const [path, { written: value }] of Object.entries(flat)) {
    const [family = "", key] = path.split(/\.(.*)/s);
    if (family === "mounts") mounts.push({ target: key, ...(value as object), ...ownershipOf(value, flat) });
    else if (family === "ports") ports.push(...(value as readonly unknown[]));
    else if (path === "healthcheck.test" && value === null) put(instance, ["healthcheck", "disable"], true);
    else if (family !== "ownership") put(instance, pathSteps(path), value);
  }
  return { ...instance, ...(mounts.length > 0 && { mounts }), ...(ports.length > 0 && { ports }) };
}

function pathSteps(path: string): readonly string[] {
  const [family = "", key] = path.split(/\.(.*)/s);
  if (key === undefined) return [family];
  return /^(resources\.ulimits|logging\.options)\./.test(path)
    ? path.split(/^(\w+)\.(\w+)\.(.*)$/s).slice(1, 4)
    : [family, key];
}

function put(into: Record<string, unknown>, steps: readonly string[], value: unknown): void {
  const [step = "", ...rest] = steps;
  if (rest.length === 0) into[step] = value;
  else {
    const below = (into[step] ?? {}) as Record<string, unknown>;
    into[step] = below;
    put(below, rest, value);
  }
}

function ownershipOf(mount: unknown, flat: FlatSpec): { ownership?: unknown } {
  const { bind } = mount as { readonly bind?: string };
  const ownership = flat[`ownership.${bind}`];
  return ownership === undefined ? {} : { ownership: ownership.written };
}
