import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ContainerConfig, dockerEngine, parseEndpoint, Secret } from "../../packages/core/src/index.ts";
import { realEngines } from "../support/engines.ts";
import { scratch } from "../support/scratch.ts";

describe.each(realEngines())("engine $version", ({ host }) => {
  const engine = dockerEngine(parseEndpoint(host));
  const { name, clean } = scratch(engine, "trip");
  let source = "";

  beforeAll(async () => {
    source = await mkdtemp(join(tmpdir(), "fleet-trip-"));
  });
  afterAll(async () => {
    await clean();
    await engine.close();
    await rm(source, { recursive: true });
  });

  /** Creates, starts, and reads back. */
  async function live(label: string, config: ContainerConfig): Promise<ContainerConfig> {
    const id = await engine.createContainer(name(label), config);
    await engine.startContainer(id);
    return (await engine.inspectContainer(id)).config;
  }

  test("every field comes back as it was declared", async () => {
    await engine.createNetwork(name("net"), {});
    const declared: ContainerConfig = {
      image: "fleet-test:1",
      entrypoint: ["sh", "-c"],
      command: ["sleep 99"],
      env: { B: "1", A: "2", URI: "db://h/?rs=a=b", TEXT: "two\nlines", EMPTY: "" },
      user: "1000:1000",
      workingDir: "/tmp",
      hostname: "trip",
      labels: { "fleet.name": "f", a: "b" },
      mounts: [
        { kind: "bind", source, target: "/bind", readOnly: true, propagation: "rprivate" },
        { kind: "volume", source: name("data"), target: "/data", readOnly: false },
        { kind: "tmpfs", target: "/scratch", readOnly: false, size: 1_048_576, mode: 0o1777 },
      ],
      networks: { [name("net")]: { aliases: ["be", "db"] } },
      ports: [
        { containerPort: 53, protocol: "udp", hostPort: 18_053, hostIp: "0.0.0.0" },
        { containerPort: 80, protocol: "tcp", hostPort: 18_080, hostIp: "127.0.0.1" },
        { containerPort: 81, protocol: "tcp", hostIp: "0.0.0.0" },
      ],
      extraHosts: ["db:10.0.0.1"],
      memory: 67_108_864,
      memorySwap: -1,
      memoryReservation: 33_554_432,
      cpus: 0.5,
      pids: 50,
      shmSize: 1_048_576,
      ulimits: { nofile: { soft: 1024, hard: 2048 } },
      capAdd: ["NET_ADMIN"],
      capDrop: ["AUDIT_WRITE", "MKNOD"],
      readOnly: true,
      securityOpt: ["no-new-privileges"],
      init: true,
      tty: true,
      stdin: true,
      stopSignal: "SIGINT",
      stopGracePeriod: 3000,
      restart: { policy: "on-failure", maxRetries: 3 },
      healthcheck: { test: ["CMD", "true"], interval: 5000, timeout: 1500, startPeriod: 2000, retries: 4 },
      logging: { driver: "json-file", options: { "max-file": "1", "max-size": "1m" } },
    };
    const observed = await live("all", declared);
    expect(observed).toEqual({ ...declared, env: { ...declared.env, PATH: expect.any(String), REV: "1" } });
  });

  test("a secret arrives in the container, and only there", async () => {
    const secret = new Secret("hunter2", "env TOKEN");
    expect((await live("secret", { image: "fleet-test:1", env: { TOKEN: secret } })).env).toMatchObject({
      TOKEN: "hunter2",
    });
    const error = await engine
      .createContainer(name("secret"), { image: "fleet-test:1", env: { TOKEN: secret } })
      .catch(String);
    expect(error).toMatch(/already in use/);
    expect(error).not.toContain("hunter2");
  });

  test("C01, C02, C03: what is not declared is the image's, or absent", async () => {
    const observed = await live("bare", { image: "fleet-test:user" });
    expect(observed).toEqual({
      image: "fleet-test:user",
      command: expect.any(Array),
      env: { PATH: expect.any(String), REV: "user" },
      user: "1000:1000",
      workingDir: "/home/claude",
      hostname: expect.stringMatching(/^[0-9a-f]{12}$/),
      labels: { v: "9" },
      shmSize: 67_108_864,
      restart: { policy: "no" },
      logging: { driver: "json-file" },
    });
  });

  test("C08: both families of one port listen side by side", async () => {
    const ports = [
      { containerPort: 80, protocol: "tcp", hostPort: 18_090, hostIp: "0.0.0.0" },
      { containerPort: 80, protocol: "tcp", hostPort: 18_090, hostIp: "::" },
    ] as const;
    expect((await live("both", { image: "fleet-test:1", ports })).ports).toEqual(ports);
  });

  test("C20: memory without swap reads back with twice as much", async () => {
    expect(await live("memory", { image: "fleet-test:1", memory: 67_108_864 })).toMatchObject({
      memory: 67_108_864,
      memorySwap: 134_217_728,
    });
  });

  test.each([
    ["host", {}],
    ["none", {}],
    ["bridge", { networkMode: undefined }],
  ])("network mode %s", async (networkMode, expected) => {
    const { networks, networkMode: observed } = await live(networkMode, { image: "fleet-test:1", networkMode });
    expect({ networks, networkMode: observed }).toEqual({ networks: undefined, networkMode, ...expected });
  });
});
