import { expect, test } from "vitest";
import { type ConfigJson, readConfig } from "./translate-config.ts";

const id = "30be0332233a6d111bc1b6f8c37b9a725ee3b28dfcf7ebf69c5aa128d3e13663";

/** What an engine says about a container that declares nothing, and what differs from it. */
function inspected(
  config: Partial<ConfigJson["Config"]> = {},
  host: Partial<ConfigJson["HostConfig"]> = {},
  networks: NonNullable<ConfigJson["NetworkSettings"]>["Networks"] = { bridge: { Aliases: null } },
): ConfigJson {
  return {
    Id: id,
    Name: "/web",
    Config: {
      Image: "app:1",
      Env: null,
      Cmd: null,
      Entrypoint: null,
      User: "",
      WorkingDir: "",
      Labels: {},
      Tty: false,
      ...config,
    },
    HostConfig: {
      NetworkMode: "default",
      Memory: 0,
      NanoCpus: 0,
      PidsLimit: null,
      ShmSize: 0,
      Init: null,
      RestartPolicy: { Name: "", MaximumRetryCount: 0 },
      LogConfig: { Type: "", Config: {} },
      CapAdd: null,
      Privileged: false,
      ...host,
    },
    NetworkSettings: { Networks: networks },
  };
}

const nothing = { image: "app:1", restart: { policy: "no" } };

test("what is not set is absent, whatever the engine writes for it", () => {
  expect(readConfig(inspected())).toEqual(nothing);
  expect(readConfig({ Id: id, Name: "web", Config: { Image: "app:1" }, HostConfig: {} })).toMatchObject(nothing);
});

test("every field in our units", () => {
  expect(
    readConfig(
      inspected(
        {
          Entrypoint: ["/init"],
          Cmd: ["serve"],
          Env: ["A=1"],
          User: "1000:1000",
          WorkingDir: "/srv",
          Hostname: "web-1",
          Labels: { a: "b" },
          Tty: true,
          OpenStdin: true,
          StopSignal: "SIGINT",
          StopTimeout: 30,
          Healthcheck: { Test: ["CMD", "true"], Interval: 5e9, Timeout: 1.5e9, StartPeriod: 0, Retries: 4 },
        },
        {
          Mounts: [{ Type: "volume", Source: "data", Target: "/data" }],
          ExtraHosts: ["db:10.0.0.1"],
          Memory: 4 * 1024 ** 3,
          MemorySwap: -1,
          MemoryReservation: 1024 ** 3,
          NanoCpus: 1.5e9,
          PidsLimit: 512,
          ShmSize: 67_108_864,
          Ulimits: [{ Name: "nofile", Soft: 1024, Hard: 2048 }],
          CapAdd: ["net_admin", "CAP_AUDIT_WRITE", "NET_ADMIN"],
          CapDrop: ["ALL"],
          Privileged: true,
          ReadonlyRootfs: true,
          SecurityOpt: ["no-new-privileges"],
          Init: true,
          RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 },
          LogConfig: { Type: "json-file", Config: { "max-file": "1" } },
        },
      ),
    ),
  ).toEqual({
    image: "app:1",
    entrypoint: ["/init"],
    command: ["serve"],
    env: { A: "1" },
    user: "1000:1000",
    workingDir: "/srv",
    hostname: "web-1",
    labels: { a: "b" },
    mounts: [{ kind: "volume", source: "data", target: "/data", readOnly: false }],
    extraHosts: ["db:10.0.0.1"],
    memory: 4_294_967_296,
    memorySwap: -1,
    memoryReservation: 1_073_741_824,
    cpus: 1.5,
    pids: 512,
    shmSize: 67_108_864,
    ulimits: { nofile: { soft: 1024, hard: 2048 } },
    capAdd: ["AUDIT_WRITE", "NET_ADMIN"],
    capDrop: ["ALL"],
    privileged: true,
    readOnly: true,
    securityOpt: ["no-new-privileges"],
    init: true,
    tty: true,
    stdin: true,
    stopSignal: "SIGINT",
    stopGracePeriod: 30_000,
    restart: { policy: "on-failure", maxRetries: 3 },
    healthcheck: { test: ["CMD", "true"], interval: 5000, timeout: 1500, retries: 4 },
    logging: { driver: "json-file", options: { "max-file": "1" } },
  });
});

test("C17: env is split on the first =; a bare name unsets; the last of two wins", () => {
  const Env = ["URI=db://h/?rs=a=b", "TEXT=two\nlines", "EMPTY=", "GONE", "TWICE=1", "TWICE=2", "__proto__=x"];
  expect(readConfig(inspected({ Env })).env).toEqual(
    Object.fromEntries([
      ["URI", "db://h/?rs=a=b"],
      ["TEXT", "two\nlines"],
      ["EMPTY", ""],
      ["TWICE", "2"],
      ["__proto__", "x"],
    ]),
  );
});

test("C22: a policy unset, empty and no are equal, and only on-failure has a count", () => {
  const policies = [
    null,
    {},
    { Name: "" },
    { Name: "no" },
    { Name: "always", MaximumRetryCount: 0 },
    { Name: "on-failure" },
  ];
  expect(policies.map((RestartPolicy) => readConfig(inspected({}, { RestartPolicy })).restart)).toEqual([
    { policy: "no" },
    { policy: "no" },
    { policy: "no" },
    { policy: "no" },
    { policy: "always" },
    { policy: "on-failure", maxRetries: 0 },
  ]);
});

test("C09, C11: an empty address is every address; a port without a protocol is tcp; sorted", () => {
  const PortBindings = {
    "53/udp": [{ HostIp: "", HostPort: "53" }],
    "53": [{ HostIp: "", HostPort: "053" }],
    "80/tcp": [
      { HostIp: "127.0.0.2", HostPort: "6001" },
      { HostIp: "127.0.0.1", HostPort: "6001" },
    ],
    "443/tcp": [{ HostIp: "", HostPort: "" }],
    "9/tcp": null,
  };
  expect(readConfig(inspected({}, { PortBindings })).ports).toEqual([
    { containerPort: 53, protocol: "tcp", hostPort: 53, hostIp: "0.0.0.0" },
    { containerPort: 53, protocol: "udp", hostPort: 53, hostIp: "0.0.0.0" },
    { containerPort: 80, protocol: "tcp", hostPort: 6001, hostIp: "127.0.0.1" },
    { containerPort: 80, protocol: "tcp", hostPort: 6001, hostIp: "127.0.0.2" },
    { containerPort: 443, protocol: "tcp", hostIp: "0.0.0.0" },
  ]);
});

test("C08: both families stay, and the same binding twice is one", () => {
  const PortBindings = {
    "80/tcp": [
      { HostIp: "::", HostPort: "80" },
      { HostIp: "", HostPort: "80" },
      { HostIp: "0.0.0.0", HostPort: "80" },
      { HostIp: "[::]", HostPort: "80" },
    ],
  };
  expect(readConfig(inspected({}, { PortBindings })).ports).toEqual([
    { containerPort: 80, protocol: "tcp", hostPort: 80, hostIp: "0.0.0.0" },
    { containerPort: 80, protocol: "tcp", hostPort: 80, hostIp: "::" },
  ]);
});

test("C23: aliases come without the container's own id and name", () => {
  const networks = { app: { Aliases: ["be", id.slice(0, 12), "web", "be2", "be"] }, back: { Aliases: null } };
  expect(readConfig(inspected({}, { NetworkMode: "app" }, networks))).toEqual({
    ...nothing,
    networks: { app: { aliases: ["be", "be2"] }, back: { aliases: [] } },
  });
});

test("C23: a hostname among the aliases counts when it was declared, and not when the engine appended it", () => {
  const shortId = id.slice(0, 12);
  const aliases = [
    ["be", shortId, "box"],
    ["be", "box", shortId],
    ["be", "box"],
  ].map((Aliases) => readConfig(inspected({ Hostname: "box" }, { NetworkMode: "app" }, { app: { Aliases } })).networks);
  expect(aliases).toEqual([
    { app: { aliases: ["be"] } },
    { app: { aliases: ["be", "box"] } },
    { app: { aliases: ["be", "box"] } },
  ]);
});

test.each<[string, string, NonNullable<ConfigJson["NetworkSettings"]>["Networks"], object]>([
  ["on the default bridge alone: nothing", "default", { bridge: {} }, {}],
  ["on the bridge by name: nothing", "bridge", { bridge: {} }, {}],
  ["on Podman's bridge: nothing", "bridge", { podman: {} }, {}],
  [
    "on the bridge and another: both",
    "bridge",
    { bridge: {}, app: {} },
    { networks: { app: { aliases: [] }, bridge: { aliases: [] } } },
  ],
  ["taken off the bridge by hand", "bridge", {}, { networks: {} }],
  ["the mode holds a network's id", "0123abc", { app: {} }, { networks: { app: { aliases: [] } } }],
  ["host", "host", { host: {} }, { networkMode: "host" }],
  ["none", "none", { none: {} }, { networkMode: "none" }],
  ["another container's", `container:${id}`, {}, { networkMode: `container:${id}` }],
])("network: %s", (_, NetworkMode, networks, expected) => {
  expect(readConfig(inspected({}, { NetworkMode }, networks))).toEqual({ ...nothing, ...expected });
});

test("C20: cpus may be given as a quota of a period", () => {
  const cpus = [
    { NanoCpus: 5e8 },
    { CpuQuota: 50_000 },
    { CpuQuota: 300_000, CpuPeriod: 200_000 },
    { CpuQuota: -1 },
  ].map((host) => readConfig(inspected({}, host)).cpus);
  expect(cpus).toEqual([0.5, 0.5, 1.5, undefined]);
});

test("no limit on processes is written in three ways", () => {
  expect([null, 0, -1, 7].map((PidsLimit) => readConfig(inspected({}, { PidsLimit })).pids)).toEqual([
    undefined,
    undefined,
    undefined,
    7,
  ]);
});

test("C18: a disabled health check keeps its test", () => {
  expect(readConfig(inspected({ Healthcheck: { Test: ["NONE"] } })).healthcheck).toEqual({ test: ["NONE"] });
});

test("a grace period of none at all is declared, an absent one is not", () => {
  expect(readConfig(inspected({ StopTimeout: 0 }))).toEqual({ ...nothing, stopGracePeriod: 0 });
  expect(readConfig(inspected({ StopTimeout: null }))).toEqual(nothing);
});
