import { describe, expect, test } from "vitest";
import type { ContainerObservation } from "../observe/container.ts";
import type { EngineInfo } from "../observe/engine.ts";
import type { ImageDefaults } from "../observe/image.ts";
import { labels, type Owned, writeOwned } from "../observe/labels.ts";
import type { ContainerConfig } from "../spec/config.ts";
import { Secret } from "../spec/secret.ts";
import { diffFields, ownedBy } from "./diff.ts";
import type { Drift, DriftCause, Remedy } from "./drift.ts";
import type { Facts } from "./field.ts";

const Mi = 1024 ** 2;
const Gi = 1024 ** 3;
const id = `abcdef012345${"0".repeat(52)}`;

const engine: EngineInfo = {
  id: "engine",
  version: "20.10.24",
  apiVersion: "1.41",
  hostname: "box",
  operatingSystem: "Debian",
  idMapping: "none",
  swapLimit: true,
  loggingDriver: "json-file",
  cpus: 8,
  memory: 16 * Gi,
};

const image: ImageDefaults = {
  entrypoint: ["/entry"],
  command: ["serve"],
  env: { PATH: "/usr/bin:/bin", REV: "1" },
  user: "app",
  workingDir: "/app/",
  labels: { v: "9" },
  healthcheck: { test: ["CMD", "check"], interval: 5000 },
  stopSignal: "SIGQUIT",
  volumes: ["/data"],
};

/** What an inspect of a container shows that was created from nothing but this image. */
const bare: ContainerConfig = {
  image: "app:1",
  entrypoint: ["/entry"],
  command: ["serve"],
  env: { PATH: "/usr/bin:/bin", REV: "1" },
  user: "app",
  workingDir: "/app",
  hostname: "abcdef012345",
  labels: { v: "9" },
  shmSize: 64 * Mi,
  stopSignal: "SIGQUIT",
  restart: { policy: "no" },
  healthcheck: { test: ["CMD", "check"], interval: 5000 },
  logging: { driver: "json-file" },
};

/** What an inspect shows of a container that was created with `sent`. */
function reported(sent: Partial<ContainerConfig>): ContainerConfig {
  return {
    ...bare,
    ...sent,
    env: { ...bare.env, ...sent.env },
    labels: { ...bare.labels, ...sent.labels },
    healthcheck: { ...bare.healthcheck, ...sent.healthcheck },
    ...(sent.entrypoint !== undefined && sent.command === undefined ? { command: [] } : {}),
    ...(sent.memory !== undefined && sent.memorySwap === undefined ? { memorySwap: 2 * sent.memory } : {}),
  };
}

interface Case {
  readonly desired: Partial<ContainerConfig>;
  readonly observed: ContainerConfig;
  /** What the last apply declared; `desired` itself when absent. */
  readonly owned?: Partial<ContainerConfig> | null;
  readonly idsByName?: Readonly<Record<string, string>>;
  readonly engine?: Partial<EngineInfo>;
}

function diff({ desired, observed, owned, idsByName = {}, engine: changed }: Case): readonly Drift[] {
  const factsOf = (config: Partial<ContainerConfig>): Facts => ({
    image,
    engine: { ...engine, ...changed },
    desired: { image: "app:1", ...config },
    observed,
    containerId: id,
    idsByName,
  });
  const record: Owned | null = owned === null ? null : ownedBy(factsOf(owned ?? desired));
  const ours = {
    ...observed.labels,
    [labels.fleet]: "test",
    [labels.instance]: "one",
    ...(record && { [labels.owned]: writeOwned(record) }),
  };
  const container: ContainerObservation = {
    id,
    name: "test-one",
    imageId: "sha256:1",
    labels: ours,
    phase: "running",
    config: { ...observed, labels: ours },
    state: { phase: "running", oomKilled: false, restartCount: 0, pid: 7 },
    createdAt: 0,
  };
  return diffFields(container, { ...factsOf(desired), observed: container.config });
}

/** One field: two values as one would declare them, how they show, and what it costs to change it. */
interface Row {
  readonly path: string;
  readonly from: Partial<ContainerConfig>;
  readonly to: Partial<ContainerConfig>;
  readonly shows: readonly [string | null, string | null];
  readonly remedy: Remedy;
  /** What it shows, and takes, to no longer declare it. */
  readonly removed: readonly [string | null, Remedy];
  /** Not declared, and there by somebody's hand: the same as `removed`, or none of ours. */
  readonly always?: true;
}

const bind = { kind: "bind", source: "/srv/a", target: "/a", readOnly: false } as const;

const rows: readonly Row[] = [
  {
    path: "entrypoint",
    from: { entrypoint: ["a"], command: ["c"] },
    to: { entrypoint: ["b"], command: ["c"] },
    shows: ['["a"]', '["b"]'],
    remedy: "replace",
    removed: ['["/entry"]', "replace"],
  },
  {
    path: "command",
    from: { command: ["sleep", "1"] },
    to: { command: ["sleep", "2"] },
    shows: ['["sleep","1"]', '["sleep","2"]'],
    remedy: "replace",
    removed: ['["serve"]', "replace"],
  },
  {
    path: "env.A",
    from: { env: { A: "1" } },
    to: { env: { A: "2" } },
    shows: ['"1"', '"2"'],
    remedy: "replace",
    removed: [null, "replace"],
  },
  {
    path: "env.REV",
    from: { env: { REV: "x" } },
    to: { env: { REV: "y" } },
    shows: ['"x"', '"y"'],
    remedy: "replace",
    removed: ['"1"', "replace"],
  },
  {
    path: "user",
    from: { user: "1" },
    to: { user: "2:3" },
    shows: ["1", "2:3"],
    remedy: "replace",
    removed: ["app", "replace"],
  },
  {
    path: "workingDir",
    from: { workingDir: "/a" },
    to: { workingDir: "/" },
    shows: ["/a", "/"],
    remedy: "replace",
    removed: ["/app", "replace"],
  },
  {
    path: "hostname",
    from: { hostname: "a" },
    to: { hostname: "b" },
    shows: ["a", "b"],
    remedy: "replace",
    removed: ["abcdef012345", "replace"],
  },
  {
    path: "labels.com.example.x",
    from: { labels: { "com.example.x": "1" } },
    to: { labels: { "com.example.x": "2" } },
    shows: ['"1"', '"2"'],
    remedy: "replace",
    removed: [null, "replace"],
  },
  {
    path: "mounts./a",
    from: { mounts: [bind] },
    to: { mounts: [{ ...bind, source: "/srv/b", readOnly: true, propagation: "rslave" }] },
    shows: ["bind /srv/a", "bind /srv/b rslave read-only"],
    remedy: "replace",
    removed: [null, "replace"],
  },
  {
    path: "mounts./t",
    from: { mounts: [{ kind: "tmpfs", target: "/t", readOnly: false, size: 64 * Mi, mode: 0o1777 }] },
    to: { mounts: [{ kind: "volume", source: "v", target: "/t", readOnly: false }] },
    shows: ["tmpfs 64Mi 1777", "volume v"],
    remedy: "replace",
    removed: [null, "replace"],
  },
  {
    path: "networkMode",
    from: { networkMode: "none" },
    to: { networkMode: "host" },
    shows: ["none", "host"],
    remedy: "replace",
    removed: ["bridge", "replace"],
    always: true,
  },
  {
    path: "ports.80/tcp",
    from: { ports: [{ containerPort: 80, protocol: "tcp", hostPort: 8080, hostIp: "0.0.0.0" }] },
    to: { ports: [{ containerPort: 80, protocol: "tcp", hostIp: "127.0.0.1" }] },
    shows: ["0.0.0.0:8080", "127.0.0.1:any"],
    remedy: "replace",
    removed: [null, "replace"],
  },
  {
    path: "extraHosts",
    from: { extraHosts: ["a:1.1.1.1"] },
    to: { extraHosts: ["a:1.1.1.2"] },
    shows: ['["a:1.1.1.1"]', '["a:1.1.1.2"]'],
    remedy: "replace",
    removed: [null, "replace"],
  },
  {
    path: "resources.memory",
    from: { memory: 2 * Gi },
    to: { memory: 4 * Gi },
    shows: ["2Gi", "4Gi"],
    remedy: "update",
    removed: [null, "replace"],
    always: true,
  },
  {
    path: "resources.swap",
    from: { memory: Gi, memorySwap: Gi },
    to: { memory: Gi, memorySwap: -1 },
    shows: ["1Gi", "unlimited"],
    remedy: "update",
    removed: [null, "update"],
  },
  {
    path: "resources.reservation",
    from: { memoryReservation: 64 * Mi },
    to: { memoryReservation: 65 * Mi },
    shows: ["64Mi", "65Mi"],
    remedy: "update",
    removed: [null, "replace"],
    always: true,
  },
  {
    path: "resources.cpus",
    from: { cpus: 0.5 },
    to: { cpus: 1.5 },
    shows: ["0.5", "1.5"],
    remedy: "update",
    removed: [null, "replace"],
    always: true,
  },
  {
    path: "resources.pids",
    from: { pids: 10 },
    to: { pids: 20 },
    shows: ["10", "20"],
    remedy: "update",
    removed: [null, "update"],
    always: true,
  },
  {
    path: "resources.shm",
    from: { shmSize: 128 * Mi },
    to: { shmSize: Gi },
    shows: ["128Mi", "1Gi"],
    remedy: "replace",
    removed: ["64Mi", "replace"],
  },
  {
    path: "resources.ulimits.nofile",
    from: { ulimits: { nofile: { soft: 1, hard: 2 } } },
    to: { ulimits: { nofile: { soft: 1, hard: -1 } } },
    shows: ["1:2", "1:-1"],
    remedy: "replace",
    removed: [null, "replace"],
  },
  {
    path: "capabilities.add",
    from: { capAdd: ["SYS_PTRACE"] },
    to: { capAdd: ["NET_ADMIN", "SYS_PTRACE"] },
    shows: ['["SYS_PTRACE"]', '["NET_ADMIN","SYS_PTRACE"]'],
    remedy: "replace",
    removed: [null, "replace"],
  },
  {
    path: "capabilities.drop",
    from: { capDrop: ["ALL"] },
    to: { capDrop: ["MKNOD"] },
    shows: ['["ALL"]', '["MKNOD"]'],
    remedy: "replace",
    removed: [null, "replace"],
  },
  ...(["privileged", "readOnly", "init", "tty", "stdin"] as const).map(
    (path): Row => ({
      path,
      from: { [path]: true },
      to: { [path]: false },
      shows: ["true", "false"],
      remedy: "replace",
      removed: ["false", "replace"],
    }),
  ),
  {
    path: "securityOpt",
    from: { securityOpt: ["no-new-privileges"] },
    to: { securityOpt: ["apparmor=unconfined"] },
    shows: ['["no-new-privileges"]', '["apparmor=unconfined"]'],
    remedy: "replace",
    removed: [null, "replace"],
  },
  {
    path: "stop.signal",
    from: { stopSignal: "SIGINT" },
    to: { stopSignal: "SIGTERM" },
    shows: ["SIGINT", "SIGTERM"],
    remedy: "replace",
    removed: ["SIGQUIT", "replace"],
  },
  {
    path: "stop.gracePeriod",
    from: { stopGracePeriod: 30_000 },
    to: { stopGracePeriod: 90_000 },
    shows: ["30s", "1m30s"],
    remedy: "replace",
    removed: ["10s", "replace"],
  },
  {
    path: "restart",
    from: { restart: { policy: "always" } },
    to: { restart: { policy: "on-failure", maxRetries: 3 } },
    shows: ["always", "on-failure:3"],
    remedy: "update",
    removed: ["no", "update"],
    always: true,
  },
  {
    path: "healthcheck.test",
    from: { healthcheck: { test: ["CMD", "a"] } },
    to: { healthcheck: { test: ["CMD-SHELL", "b"] } },
    shows: ['["CMD","a"]', '["CMD-SHELL","b"]'],
    remedy: "replace",
    removed: ['["CMD","check"]', "replace"],
  },
  {
    path: "healthcheck.interval",
    from: { healthcheck: { interval: 1000 } },
    to: { healthcheck: { interval: 60_000 } },
    shows: ["1s", "1m"],
    remedy: "replace",
    removed: ["5s", "replace"],
  },
  {
    path: "healthcheck.timeout",
    from: { healthcheck: { timeout: 500 } },
    to: { healthcheck: { timeout: 1500 } },
    shows: ["500ms", "1.5s"],
    remedy: "replace",
    removed: ["30s", "replace"],
  },
  {
    path: "healthcheck.startPeriod",
    from: { healthcheck: { startPeriod: 1000 } },
    to: { healthcheck: { startPeriod: 2000 } },
    shows: ["1s", "2s"],
    remedy: "replace",
    removed: ["0ms", "replace"],
  },
  {
    path: "healthcheck.retries",
    from: { healthcheck: { retries: 1 } },
    to: { healthcheck: { retries: 2 } },
    shows: ["1", "2"],
    remedy: "replace",
    removed: ["3", "replace"],
  },
  {
    path: "logging.driver",
    from: { logging: { driver: "local" } },
    to: { logging: { driver: "none" } },
    shows: ["local", "none"],
    remedy: "replace",
    removed: ["json-file", "replace"],
  },
  {
    path: "logging.options.max-file",
    from: { logging: { options: { "max-file": "1" } } },
    to: { logging: { options: { "max-file": "2" } } },
    shows: ["1", "2"],
    remedy: "replace",
    removed: [null, "replace"],
  },
];

/** What is still declared when the field of `path` is not. */
function without(path: string): Partial<ContainerConfig> {
  if (path === "resources.swap") return { memory: Gi };
  return path === "entrypoint" ? { command: ["c"] } : {};
}

describe.each(rows.map((row) => [row.path, row] as const))("%s", (path, row) => {
  const drift = (desired: string | null, observed: string | null, cause: DriftCause, remedy = row.remedy): Drift => ({
    path,
    desired,
    observed,
    cause,
    remedy,
  });
  const [from, to] = row.shows;
  const observed = reported(row.from);

  test("right after an apply nothing differs", () => {
    for (const config of [row.from, row.to]) expect(diff({ desired: config, observed: reported(config) })).toEqual([]);
  });

  test("a change names exactly this field", () => {
    expect(diff({ desired: row.to, observed, owned: row.from })).toEqual([drift(to, from, "changed")]);
  });

  test("what the spec no longer declares goes back to the default", () => {
    const [fallback, remedy] = row.removed;
    expect(diff({ desired: without(path), observed, owned: row.from })).toEqual([
      drift(fallback, from, "removed", remedy),
    ]);
  });

  test("what nobody declared is not ours, save where it can be changed in place", () => {
    const [fallback, remedy] = row.removed;
    const ours = row.always === true || path === "resources.swap";
    expect(diff({ desired: without(path), observed, owned: without(path) })).toEqual(
      ours ? [drift(fallback, from, "byHand", remedy)] : [],
    );
  });
});

test("a field that is declared for the first time is said to be added", () => {
  const observed = reported({});
  expect(diff({ desired: { env: { A: "1" }, user: "7", cpus: 1 }, observed, owned: {} })).toEqual([
    { path: "env.A", desired: '"1"', observed: null, cause: "added", remedy: "replace" },
    { path: "resources.cpus", desired: "1", observed: null, cause: "changed", remedy: "update" },
    { path: "user", desired: "7", observed: "app", cause: "added", remedy: "replace" },
  ]);
});

test("declaring what is there by default anyway changes nothing", () => {
  const desired: Partial<ContainerConfig> = {
    entrypoint: ["/entry"],
    command: ["serve"],
    env: { REV: "1" },
    user: "app",
    workingDir: "/app",
    hostname: "abcdef012345",
    labels: { v: "9" },
    networkMode: "bridge",
    shmSize: 64 * Mi,
    privileged: false,
    readOnly: false,
    init: false,
    tty: false,
    stdin: false,
    stopSignal: "SIGQUIT",
    stopGracePeriod: 10_000,
    restart: { policy: "no" },
    healthcheck: { test: ["CMD", "check"], interval: 5000, timeout: 30_000, retries: 3 },
    logging: { driver: "json-file" },
  };
  expect(diff({ desired, observed: reported({}), owned: {} })).toEqual([]);
});

test("without a record of the last apply, or with one that is not ours, nothing undeclared is taken away", () => {
  const observed = reported({ env: { A: "1" }, user: "7" });
  expect(diff({ desired: {}, observed, owned: null })).toEqual([]);
  const container = { ...observed, labels: { [labels.owned]: "{oops" } };
  expect(diff({ desired: {}, observed: container, owned: null })).toEqual([]);
});

test("a record of fields that no longer exist does not matter", () => {
  const record = writeOwned({ fields: ["nonsense", "env", "env.", "mounts./gone", "resources"], secrets: ["x"] });
  const observed = { ...bare, labels: { [labels.owned]: record } };
  expect(diff({ desired: {}, observed, owned: null })).toEqual([]);
});

describe("cases", () => {
  test("C01: env is a map of what the spec owns; order, the image's entries and an inherited user do not differ", () => {
    const observed = { ...reported({}), env: { PATH: "/other", A: "2", REV: "7", B: "1" }, user: "somebody" };
    expect(diff({ desired: { env: { B: "1", A: "2" } }, observed })).toEqual([]);
  });

  test("C02: a working directory that is not declared does not differ; a trailing slash does not either", () => {
    expect(diff({ desired: {}, observed: reported({}) })).toEqual([]);
    expect(diff({ desired: { workingDir: "/x/" }, observed: reported({ workingDir: "/x" }) })).toEqual([]);
  });

  test("C03: labels of the image are not ours", () => {
    expect(diff({ desired: { labels: { a: "1" } }, observed: reported({ labels: { a: "1" } }) })).toEqual([]);
  });

  test("C04: a variable and a label that went from the spec are named", () => {
    const both = { env: { A: "1", B: "2" }, labels: { a: "1", b: "2" } };
    expect(diff({ desired: { env: { A: "1" }, labels: { a: "1" } }, observed: reported(both), owned: both })).toEqual([
      { path: "env.B", desired: null, observed: '"2"', cause: "removed", remedy: "replace" },
      { path: "labels.b", desired: null, observed: '"2"', cause: "removed", remedy: "replace" },
    ]);
  });

  test("C06: a command that equals the image's beside an own entrypoint is stable; leaving it out is a change", () => {
    const desired = { entrypoint: ["sh"], command: ["serve"] };
    expect(diff({ desired, observed: reported(desired) })).toEqual([]);
    expect(diff({ desired: { entrypoint: ["sh"] }, observed: reported(desired), owned: desired })).toEqual([
      { path: "command", desired: null, observed: '["serve"]', cause: "removed", remedy: "replace" },
    ]);
    expect(diff({ desired: { entrypoint: ["sh"] }, observed: reported({ entrypoint: ["sh"] }) })).toEqual([]);
  });

  const tcp = (containerPort: number, hostIp: string, hostPort?: number) =>
    ({ containerPort, protocol: "tcp", hostIp, ...(hostPort !== undefined && { hostPort }) }) as const;

  test("C07: a port that went from the spec is the one thing that differs", () => {
    const both = { ports: [tcp(22, "0.0.0.0", 22), tcp(443, "0.0.0.0", 443)] };
    expect(diff({ desired: { ports: [tcp(443, "0.0.0.0", 443)] }, observed: reported(both), owned: both })).toEqual([
      { path: "ports.22/tcp", desired: null, observed: "0.0.0.0:22", cause: "removed", remedy: "replace" },
    ]);
  });

  test("C08: one port on both families, and the same port twice, are stable", () => {
    const families = [tcp(80, "0.0.0.0", 80), tcp(80, "::", 80)];
    expect(diff({ desired: { ports: families }, observed: reported({ ports: families.toReversed() }) })).toEqual([]);
    const twice = [tcp(80, "0.0.0.0", 80), tcp(80, "0.0.0.0", 80)];
    expect(diff({ desired: { ports: twice }, observed: reported({ ports: [tcp(80, "0.0.0.0", 80)] }) })).toEqual([]);
  });

  test("C09: two host addresses of one port are both kept; an empty address is every address", () => {
    const two = [tcp(80, "127.0.0.1", 6001), tcp(80, "127.0.0.2", 6001)];
    expect(diff({ desired: { ports: two }, observed: reported({ ports: two }) })).toEqual([]);
    expect(
      diff({ desired: { ports: two.slice(0, 1) }, observed: reported({ ports: two }), owned: { ports: two } }),
    ).toEqual([
      {
        path: "ports.80/tcp",
        desired: "127.0.0.1:6001",
        observed: "127.0.0.1:6001, 127.0.0.2:6001",
        cause: "changed",
        remedy: "replace",
      },
    ]);
    const every = { ports: [tcp(80, "", 8080)] };
    expect(diff({ desired: { ports: [tcp(80, "0.0.0.0", 8080)] }, observed: reported(every) })).toEqual([]);
  });

  test("C11: the same number for tcp and udp, in any order", () => {
    const udp = { ...tcp(53, "0.0.0.0", 53), protocol: "udp" } as const;
    const ports = [udp, tcp(53, "0.0.0.0", 53)];
    expect(diff({ desired: { ports }, observed: reported({ ports: ports.toReversed() }) })).toEqual([]);
  });

  test("C14, C41: mounts compare by target in any order; propagation that is not said is rprivate", () => {
    const root = { ...bind, source: "/", target: "/host" };
    const desired = { mounts: [bind, root] };
    const observed = reported({ mounts: [{ ...root, propagation: "rprivate" }, bind] });
    expect(diff({ desired, observed })).toEqual([]);
  });

  test("C15: the literal source is compared", () => {
    const other = { mounts: [{ ...bind, source: "/srv/link-target" }] };
    expect(diff({ desired: { mounts: [bind] }, observed: reported(other), owned: other })).toEqual([
      {
        path: "mounts./a",
        desired: "bind /srv/a",
        observed: "bind /srv/link-target",
        cause: "changed",
        remedy: "replace",
      },
    ]);
  });

  test("C16: case, prefix, order and repetition of capabilities do not matter", () => {
    const desired = { capAdd: ["net_admin", "CAP_AUDIT_WRITE"], capDrop: ["cap_mknod", "MKNOD"] };
    const observed = reported({ capAdd: ["AUDIT_WRITE", "NET_ADMIN"], capDrop: ["MKNOD"] });
    expect(diff({ desired, observed })).toEqual([]);
  });

  test("C17: values with an equals sign, a newline, and none at all", () => {
    const desired = { env: { URI: "db://h/?rs=a=b", TEXT: "one\ntwo", EMPTY: "" } };
    expect(diff({ desired, observed: reported(desired) })).toEqual([]);
    expect(diff({ desired, observed: reported({ env: { ...desired.env, EMPTY: "x" } }) })).toEqual([
      { path: "env.EMPTY", desired: '""', observed: '"x"', cause: "changed", remedy: "replace" },
    ]);
    expect(diff({ desired, observed: reported({ env: { URI: "db://h/?rs=a=b", TEXT: "one\ntwo" } }) })).toEqual([
      { path: "env.EMPTY", desired: '""', observed: null, cause: "changed", remedy: "replace" },
    ]);
  });

  test("C18: a disabled check keeps the image's times and is equal; what is left out is the image's", () => {
    const off = { healthcheck: { test: ["NONE"] } };
    expect(diff({ desired: off, observed: reported(off) })).toEqual([]);
    const inherits = { healthcheck: { retries: 5 } };
    expect(diff({ desired: inherits, observed: reported(inherits) })).toEqual([]);
    expect(diff({ desired: {}, observed: reported(off), owned: off })).toEqual([
      {
        path: "healthcheck.test",
        desired: '["CMD","check"]',
        observed: '["NONE"]',
        cause: "removed",
        remedy: "replace",
      },
    ]);
    expect(diff({ desired: off, observed: reported({}), owned: {} })).toEqual([
      { path: "healthcheck.test", desired: '["NONE"]', observed: '["CMD","check"]', cause: "added", remedy: "replace" },
    ]);
  });

  test("C19: no words means the image's, on both sides", () => {
    expect(diff({ desired: { command: [] }, observed: reported({}) })).toEqual([]);
    expect(diff({ desired: { command: ["sleep", "1d"] }, observed: reported({ command: ["sleep", "1d"] }) })).toEqual(
      [],
    );
  });

  test("an entrypoint that is cleared reads back as none, and is stable", () => {
    const { entrypoint: _, ...none } = { ...bare, command: ["sh"] };
    const cleared = { entrypoint: [""], command: ["sh"] };
    expect(diff({ desired: cleared, observed: none })).toEqual([]);
    expect(diff({ desired: { command: ["sh"] }, observed: none, owned: cleared })).toEqual([
      { path: "entrypoint", desired: '["/entry"]', observed: "[]", cause: "removed", remedy: "replace" },
    ]);
  });

  test("C20: twice the memory is the engine's own swap; -1 is honoured; cpus as the engine counts them", () => {
    expect(diff({ desired: { memory: 4 * Gi, cpus: 0.5 }, observed: reported({ memory: 4 * Gi, cpus: 0.5 }) })).toEqual(
      [],
    );
    const unlimited = { memory: 4 * Gi, memorySwap: -1 };
    expect(diff({ desired: unlimited, observed: reported(unlimited) })).toEqual([]);
    expect(diff({ desired: unlimited, observed: reported({ memory: 4 * Gi }) })).toEqual([
      { path: "resources.swap", desired: "unlimited", observed: "8Gi", cause: "changed", remedy: "update" },
    ]);
    const lifted = { desired: { memory: 4 * Gi }, observed: reported({ memory: 4 * Gi, memorySwap: -1 }) };
    expect(diff(lifted)).toEqual([
      { path: "resources.swap", desired: null, observed: "unlimited", cause: "byHand", remedy: "update" },
    ]);
    // Where the kernel does not account for swap, unlimited is all that an engine reports.
    expect(diff({ ...lifted, engine: { swapLimit: false } })).toEqual([]);
    const limited = { desired: { memory: 4 * Gi, memorySwap: 6 * Gi }, observed: lifted.observed };
    expect(diff({ ...limited, engine: { swapLimit: false } })).toEqual([]);
    // An engine counts in billionths.
    expect(diff({ desired: { cpus: 1 / 3 }, observed: reported({ cpus: 0.333333333 }) })).toEqual([]);
  });

  test("C21: what the daemon adds to logging is not ours", () => {
    const observed = reported({ logging: { driver: "json-file", options: { "max-size": "10m" } } });
    expect(diff({ desired: {}, observed })).toEqual([]);
    expect(diff({ desired: { logging: { options: { "max-size": "10m" } } }, observed })).toEqual([]);
    const journald = reported({ logging: { driver: "journald" } });
    expect(diff({ desired: {}, observed: journald, engine: { loggingDriver: "journald" } })).toEqual([]);
  });

  test("C22: no, nothing and an unset policy are equal; the count is compared", () => {
    const { restart: _, ...unset } = reported({});
    for (const desired of [{}, { restart: { policy: "no" } }] as const) {
      expect(diff({ desired, observed: unset })).toEqual([]);
      expect(diff({ desired, observed: reported({}) })).toEqual([]);
    }
    const three = { restart: { policy: "on-failure", maxRetries: 3 } } as const;
    const five = { restart: { policy: "on-failure", maxRetries: 5 } } as const;
    expect(diff({ desired: three, observed: reported(five), owned: five })).toEqual([
      { path: "restart", desired: "on-failure:3", observed: "on-failure:5", cause: "changed", remedy: "update" },
    ]);
    const endless = { restart: { policy: "on-failure" } } as const;
    expect(
      diff({ desired: endless, observed: reported({ restart: { policy: "on-failure", maxRetries: 0 } }) }),
    ).toEqual([]);
  });

  test("C23: aliases in any order; a new one is noticed", () => {
    const on = (...aliases: string[]) => ({ networks: { app: { aliases } } });
    expect(diff({ desired: on("be", "b"), observed: reported(on("b", "be")) })).toEqual([]);
    expect(diff({ desired: on("be", "be2"), observed: reported(on("be")) })).toEqual([
      { path: "networks.app", desired: "aliases be, be2", observed: "aliases be", cause: "changed", remedy: "update" },
    ]);
  });

  test("networks: attaching and detaching is an update; the default bridge is one of them", () => {
    const app = { networks: { app: { aliases: [] } } };
    expect(diff({ desired: app, observed: reported({}), owned: {} })).toEqual([
      { path: "networks.app", desired: "attached", observed: null, cause: "changed", remedy: "update" },
      { path: "networks.bridge", desired: null, observed: "attached", cause: "removed", remedy: "update" },
    ]);
    const both = { networks: { app: { aliases: [] }, db: { aliases: [] } } };
    expect(diff({ desired: app, observed: reported(both), owned: both })).toEqual([
      { path: "networks.db", desired: null, observed: "attached", cause: "removed", remedy: "update" },
    ]);
  });

  test("networks: going to the host's is the mode's own drift", () => {
    const observed = reported({ networks: { app: { aliases: [] } } });
    const owned = { networks: { app: { aliases: [] } } };
    expect(diff({ desired: { networkMode: "host" }, observed, owned })).toEqual([
      { path: "networkMode", desired: "host", observed: "bridge", cause: "changed", remedy: "replace" },
    ]);
  });

  test("C28: a network shared with a container by name reads back as its id", () => {
    const other = "f".repeat(64);
    const observed = reported({ networkMode: `container:${other}` });
    const desired = { networkMode: "container:test-two" };
    expect(diff({ desired, observed, idsByName: { "test-two": other } })).toEqual([]);
    expect(diff({ desired, observed, idsByName: { "test-two": "e".repeat(64) } })).toEqual([
      {
        path: "networkMode",
        desired: `container:${"e".repeat(64)}`,
        observed: `container:${other}`,
        cause: "changed",
        remedy: "replace",
      },
    ]);
  });

  test("privileged adds label=disable by itself; only the field that was changed differs", () => {
    const desired = { privileged: true };
    const observed = reported({ privileged: true, securityOpt: ["label=disable"] });
    expect(diff({ desired, observed })).toEqual([]);
    const both = { privileged: true, securityOpt: ["label=disable"] };
    expect(diff({ desired: both, observed })).toEqual([]);
    expect(diff({ desired: { ...both, privileged: false }, observed, owned: both })).toEqual([
      { path: "privileged", desired: "false", observed: "true", cause: "changed", remedy: "replace" },
    ]);
  });

  test("the host's name is the hostname on the host's network", () => {
    const desired = { networkMode: "host" };
    const observed = reported({ networkMode: "host", hostname: "box" });
    expect(diff({ desired, observed, owned: { networkMode: "host", hostname: "x" } })).toEqual([]);
  });

  test("no grace at all is not the default grace", () => {
    const none = { stopGracePeriod: 0 };
    expect(diff({ desired: none, observed: reported(none) })).toEqual([]);
    expect(diff({ desired: none, observed: reported({}), owned: {} })).toEqual([
      { path: "stop.gracePeriod", desired: "0ms", observed: "10s", cause: "added", remedy: "replace" },
    ]);
  });

  test("the labels that fleet itself sets never differ", () => {
    const observed = reported({ labels: { [labels.schema]: "0", "fleet.unknown": "x" } });
    expect(diff({ desired: {}, observed })).toEqual([]);
  });

  test("keys that every object has are keys like others", () => {
    const observed = reported({ labels: { constructor: "x", toString: "y" }, env: { valueOf: "z" } });
    expect(diff({ desired: { labels: { a: "1" }, env: { A: "1" } }, observed, owned: {} })).toEqual([
      { path: "env.A", desired: '"1"', observed: null, cause: "added", remedy: "replace" },
      { path: "labels.a", desired: '"1"', observed: null, cause: "added", remedy: "replace" },
    ]);
  });
});

describe("law 10: secrets", () => {
  const secret = (text: string) => new Secret(text, "env TOKEN");

  test("a secret that is right does not differ; one that is not shows neither value", () => {
    const desired = { env: { TOKEN: secret("hunter2") } };
    expect(diff({ desired, observed: reported({ env: { TOKEN: "hunter2" } }) })).toEqual([]);
    expect(diff({ desired, observed: reported({ env: { TOKEN: "hunter1" } }) })).toEqual([
      { path: "env.TOKEN", desired: "‹secret›", observed: "‹secret›", cause: "changed", remedy: "replace" },
    ]);
  });

  test("what was a secret at the last apply stays one when the spec writes it out or drops it", () => {
    const owned = { env: { TOKEN: secret("hunter1") } };
    const observed = reported({ env: { TOKEN: "hunter1" } });
    expect(diff({ desired: {}, observed, owned })).toEqual([
      { path: "env.TOKEN", desired: null, observed: "‹secret›", cause: "removed", remedy: "replace" },
    ]);
    expect(diff({ desired: { env: { TOKEN: "plain" } }, observed, owned })).toEqual([
      { path: "env.TOKEN", desired: "‹secret›", observed: "‹secret›", cause: "changed", remedy: "replace" },
    ]);
  });
});
