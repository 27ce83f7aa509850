import { expect, test } from "vitest";
import type { ContainerConfig } from "../spec/config.ts";
import { Secret } from "../spec/secret.ts";
import { createRequest } from "./translate-create.ts";

function hostConfig(config: Partial<ContainerConfig>): unknown {
  return createRequest({ image: "app:1", ...config }, "1.41").body.HostConfig;
}

test("what is not declared is not sent", () => {
  expect(createRequest({ image: "app:1" }, "1.41")).toEqual({
    body: { Image: "app:1", HostConfig: {}, NetworkingConfig: { EndpointsConfig: {} } },
    connectAfter: [],
  });
});

test("every field as the API has it", () => {
  const { body } = createRequest(
    {
      image: "app:1",
      entrypoint: [],
      command: ["serve"],
      env: { A: "1", URI: "db://h/?rs=a=b", TOKEN: new Secret("hunter2", "env TOKEN") },
      user: "1000",
      workingDir: "/srv",
      hostname: "web-1",
      labels: { a: "b" },
      mounts: [
        { kind: "bind", source: "/a", target: "/b", readOnly: true, propagation: "rslave" },
        { kind: "volume", source: "data", target: "/data", readOnly: false },
        { kind: "tmpfs", target: "/t", readOnly: false, size: 65_536, mode: 0o1777 },
      ],
      ports: [{ containerPort: 80, protocol: "tcp", hostPort: 8080, hostIp: "127.0.0.1" }],
      extraHosts: ["db:10.0.0.1"],
      memory: 4_294_967_296,
      memorySwap: -1,
      memoryReservation: 1_073_741_824,
      cpus: 0.3,
      pids: 512,
      shmSize: 1_048_576,
      ulimits: { nofile: { soft: 1024, hard: 2048 } },
      capAdd: ["NET_ADMIN"],
      capDrop: ["ALL"],
      privileged: false,
      readOnly: true,
      securityOpt: ["no-new-privileges"],
      init: true,
      tty: true,
      stdin: true,
      stopSignal: "SIGINT",
      stopGracePeriod: 1500,
      restart: { policy: "on-failure", maxRetries: 3 },
      healthcheck: { test: ["CMD", "true"], interval: 5000, timeout: 1500, startPeriod: 0, retries: 4 },
      logging: { driver: "json-file", options: { "max-file": "1" } },
    },
    "1.41",
  );
  expect(body).toEqual({
    Image: "app:1",
    Entrypoint: [],
    Cmd: ["serve"],
    Env: ["A=1", "URI=db://h/?rs=a=b", "TOKEN=hunter2"],
    User: "1000",
    WorkingDir: "/srv",
    Hostname: "web-1",
    Labels: { a: "b" },
    ExposedPorts: { "80/tcp": {} },
    Tty: true,
    OpenStdin: true,
    StopSignal: "SIGINT",
    StopTimeout: 2,
    Healthcheck: { Test: ["CMD", "true"], Interval: 5e9, Timeout: 1.5e9, StartPeriod: 0, Retries: 4 },
    HostConfig: {
      Mounts: [
        { Type: "bind", Source: "/a", Target: "/b", ReadOnly: true, BindOptions: { Propagation: "rslave" } },
        { Type: "volume", Source: "data", Target: "/data", ReadOnly: false },
        { Type: "tmpfs", Target: "/t", ReadOnly: false, TmpfsOptions: { SizeBytes: 65_536, Mode: 0o1777 } },
      ],
      PortBindings: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "8080" }] },
      ExtraHosts: ["db:10.0.0.1"],
      Memory: 4_294_967_296,
      MemorySwap: -1,
      MemoryReservation: 1_073_741_824,
      NanoCpus: 300_000_000,
      PidsLimit: 512,
      ShmSize: 1_048_576,
      Ulimits: [{ Name: "nofile", Soft: 1024, Hard: 2048 }],
      CapAdd: ["NET_ADMIN"],
      CapDrop: ["ALL"],
      Privileged: false,
      ReadonlyRootfs: true,
      SecurityOpt: ["no-new-privileges"],
      Init: true,
      RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 },
      LogConfig: { Type: "json-file", Config: { "max-file": "1" } },
    },
    NetworkingConfig: { EndpointsConfig: {} },
  });
});

const networks = { back: { aliases: ["db"] }, app: { aliases: [] } };

test("an engine before API 1.44 gets one network at create, and the others after it", () => {
  const { body, connectAfter } = createRequest({ image: "app:1", networks }, "1.43");
  expect({ ...body, connectAfter }).toMatchObject({
    HostConfig: { NetworkMode: "app" },
    NetworkingConfig: { EndpointsConfig: { app: { Aliases: [] } } },
    connectAfter: [{ network: "back", aliases: ["db"] }],
  });
});

test("a newer engine gets all at once", () => {
  const { body, connectAfter } = createRequest({ image: "app:1", networks }, "1.44");
  expect({ ...body, connectAfter }).toMatchObject({
    HostConfig: { NetworkMode: "app" },
    NetworkingConfig: { EndpointsConfig: { app: { Aliases: [] }, back: { Aliases: ["db"] } } },
    connectAfter: [],
  });
});

test("host, none and another container's network are the mode alone", () => {
  expect(["host", "none", "container:db"].map((networkMode) => hostConfig({ networkMode }))).toEqual([
    { NetworkMode: "host" },
    { NetworkMode: "none" },
    { NetworkMode: "container:db" },
  ]);
});

test("C08, C09: every address includes IPv6, unless that has a binding of its own", () => {
  const port = { containerPort: 80, protocol: "tcp", hostPort: 8080 } as const;
  expect(hostConfig({ ports: [{ ...port, hostIp: "0.0.0.0" }] })).toEqual({
    PortBindings: { "80/tcp": [{ HostIp: "", HostPort: "8080" }] },
  });
  const both = [
    { ...port, hostIp: "0.0.0.0" },
    { ...port, hostIp: "::" },
  ];
  expect(hostConfig({ ports: both })).toEqual({
    PortBindings: {
      "80/tcp": [
        { HostIp: "0.0.0.0", HostPort: "8080" },
        { HostIp: "::", HostPort: "8080" },
      ],
    },
  });
});

test("C71: the policy no is sent as the word", () => {
  expect(hostConfig({ restart: { policy: "no" } })).toEqual({ RestartPolicy: { Name: "no", MaximumRetryCount: 0 } });
});
