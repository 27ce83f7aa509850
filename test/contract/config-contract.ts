import { type ContainerConfig, type Healthcheck, Secret } from "@fleet/core";
import { expect, test } from "vitest";
import { Bench, MiB, type OpenEngine } from "./engine-under-test.ts";
import { testImages } from "./test-images.ts";

const hostname = expect.stringMatching(/^[0-9a-f]{12}$/);
const engineDefaults = {
  hostname,
  shmSize: 64 * MiB,
  restart: { policy: "no" },
  logging: { driver: "json-file" },
} as const;

export function configContract(open: OpenEngine): void {
  const bench = new Bench(open);

  for (const [image, { volumes: _, labels, ...defaults }] of Object.entries(testImages)) {
    test(`a container of ${image} with nothing set has the image's defaults and the engine's`, async () => {
      const inherited = Object.keys(labels).length === 0 ? defaults : { ...defaults, labels };
      expect(await bench.roundTrip({ image })).toEqual({ image, ...inherited, ...engineDefaults });
    });
  }

  test("the default hostname is the short id", async () => {
    const { id, config } = await bench.inspect(await bench.create("web"));
    expect(config.hostname).toBe(id.slice(0, 12));
  });

  test("every field comes back as it was sent", async () => {
    const source = await bench.directory("source");
    const [front, back] = [bench.name("front"), bench.name("back")];
    await bench.engine.createNetwork(front, {});
    await bench.engine.createNetwork(back, {});
    const config: ContainerConfig = {
      image: "fleet-test:user",
      entrypoint: ["sh", "-c"],
      command: ["sleep infinity"],
      env: { PATH: "/bin", REV: "mine", OWN: "1" },
      user: "1001:1002",
      workingDir: "/tmp",
      hostname: "front-1",
      labels: { "a.b": "c", v: "10" },
      mounts: [
        { kind: "bind", source, target: "/bind", readOnly: true, propagation: "rslave" },
        { kind: "tmpfs", target: "/scratch", readOnly: false, size: 16 * MiB, mode: 0o1770 },
        { kind: "volume", source: bench.name("state"), target: "/state", readOnly: false },
      ],
      networks: { [back]: { aliases: [] }, [front]: { aliases: ["be", "web"] } },
      ports: [
        { containerPort: 53, protocol: "tcp", hostPort: 30053, hostIp: "127.0.0.1" },
        { containerPort: 53, protocol: "udp", hostPort: 30053, hostIp: "0.0.0.0" },
        { containerPort: 80, protocol: "tcp", hostIp: "0.0.0.0" },
      ],
      extraHosts: ["db:10.0.0.2", "cache:10.0.0.3"],
      memory: 64 * MiB,
      memorySwap: 96 * MiB,
      memoryReservation: 32 * MiB,
      cpus: 0.5,
      pids: 100,
      shmSize: 32 * MiB,
      ulimits: { nofile: { soft: 1024, hard: 2048 }, nproc: { soft: 64, hard: 64 } },
      capAdd: ["NET_ADMIN", "SYS_TIME"],
      capDrop: ["CHOWN"],
      readOnly: true,
      securityOpt: ["no-new-privileges"],
      init: true,
      tty: true,
      stdin: true,
      stopSignal: "SIGINT",
      stopGracePeriod: 3000,
      restart: { policy: "on-failure", maxRetries: 3 },
      healthcheck: { test: ["CMD", "true"], interval: 2000, timeout: 1500, startPeriod: 4000, retries: 5 },
      logging: { driver: "json-file", options: { "max-file": "2", "max-size": "1m" } },
    };
    expect(await bench.roundTrip(config)).toEqual(config);
  });

  test("C17: values with an equals sign, a newline or nothing in them survive", async () => {
    const env = { URI: "db://h/?rs=a=b", TEXT: "one\ntwo", EMPTY: "", SPACES: " a  b " };
    expect((await bench.roundTrip({ env })).env).toEqual({ ...testImages["fleet-test:1"]?.env, ...env });
  });

  test("a secret arrives as its text", async () => {
    const { env } = await bench.roundTrip({ env: { TOKEN: new Secret("s3cret", "env TOKEN") } });
    expect(env?.TOKEN).toBe("s3cret");
  });

  test("C01, C03: own environment and labels are merged over the image's", async () => {
    const { env, labels } = await bench.roundTrip({
      image: "fleet-test:user",
      env: { REV: "own", MORE: "1" },
      labels: { a: "1" },
    });
    expect(env).toEqual({ ...testImages["fleet-test:user"]?.env, REV: "own", MORE: "1" });
    expect(labels).toEqual({ a: "1", v: "9" });
  });

  test("C19: an empty command, user or working directory falls back to the image's", async () => {
    const { command, user, workingDir } = await bench.roundTrip({
      image: "fleet-test:user",
      command: [],
      user: "",
      workingDir: "",
    });
    const image = testImages["fleet-test:user"];
    expect({ command, user, workingDir }).toEqual({
      command: image?.command,
      user: image?.user,
      workingDir: image?.workingDir,
    });
  });

  const commands: Record<string, [Partial<ContainerConfig>, Partial<ContainerConfig>]> = {
    "C06: an entrypoint drops the image's command": [{ entrypoint: ["sleep", "9"] }, { entrypoint: ["sleep", "9"] }],
    "C06: a command beside an entrypoint is kept": [
      { entrypoint: ["sleep"], command: ["9"] },
      { entrypoint: ["sleep"], command: ["9"] },
    ],
    "an entrypoint of one empty word counts as none": [{ entrypoint: [""], command: ["true"] }, { command: ["true"] }],
    "an empty entrypoint leaves the image's command": [
      { entrypoint: [] },
      { command: testImages["fleet-test:1"]?.command ?? [] },
    ],
  };
  for (const [what, [sent, read]] of Object.entries(commands)) {
    test(what, async () => {
      const { entrypoint, command } = await bench.roundTrip(sent);
      expect({ entrypoint, command }).toEqual({ entrypoint: read.entrypoint, command: read.command });
    });
  }

  const healthchecks: Record<string, [Healthcheck, Healthcheck]> = {
    "an empty check is the image's": [{}, {}],
    "a field overrides that field alone": [{ retries: 2 }, { retries: 2 }],
    "a test of its own keeps the image's interval": [{ test: ["CMD", "true"] }, { test: ["CMD", "true"] }],
    "a disabled check keeps the image's interval": [{ test: ["NONE"] }, { test: ["NONE"] }],
  };
  for (const [what, [sent, read]] of Object.entries(healthchecks)) {
    test(`C18: ${what}`, async () => {
      const { healthcheck } = await bench.roundTrip({ image: "fleet-test:health", healthcheck: sent });
      expect(healthcheck).toEqual({ ...testImages["fleet-test:health"]?.healthcheck, ...read });
    });
  }

  /** What is read beside the defaults. */
  const fields: Record<string, [Partial<ContainerConfig>, Partial<ContainerConfig>]> = {
    "C02: a working directory loses its trailing slash": [{ workingDir: "/tmp/" }, { workingDir: "/tmp" }],
    "the root stays a working directory": [{ workingDir: "/" }, { workingDir: "/" }],
    "C20: memory without swap gives twice as much swap": [
      { memory: 64 * MiB },
      { memory: 64 * MiB, memorySwap: 128 * MiB },
    ],
    "C20: swap -1 is honoured": [
      { memory: 64 * MiB, memorySwap: -1 },
      { memory: 64 * MiB, memorySwap: -1 },
    ],
    "pids 0 and -1 are none": [{ pids: -1 }, {}],
    "a shm size of 0 is the default": [{ shmSize: 0 }, { shmSize: 64 * MiB }],
    "C22: restart no is the default": [{ restart: { policy: "no" } }, { restart: { policy: "no" } }],
    "C22: on-failure without a count has no limit": [
      { restart: { policy: "on-failure" } },
      { restart: { policy: "on-failure", maxRetries: 0 } },
    ],
    "restart always has no count": [{ restart: { policy: "always" } }, { restart: { policy: "always" } }],
    "a grace period of 0 is one: killed at once": [{ stopGracePeriod: 0 }, { stopGracePeriod: 0 }],
    "a grace period is rounded up to seconds": [{ stopGracePeriod: 1500 }, { stopGracePeriod: 2000 }],
    "a privileged container gets a security option of the engine's": [
      { privileged: true },
      { privileged: true, securityOpt: ["label=disable"] },
    ],
    "C08: the same port twice is once": [
      {
        ports: [
          { containerPort: 80, protocol: "tcp", hostPort: 8080, hostIp: "127.0.0.1" },
          { containerPort: 80, protocol: "tcp", hostPort: 8080, hostIp: "127.0.0.1" },
        ],
      },
      { ports: [{ containerPort: 80, protocol: "tcp", hostPort: 8080, hostIp: "127.0.0.1" }] },
    ],
    "C09, C11: ports come back in one order": [
      {
        ports: [
          { containerPort: 443, protocol: "tcp", hostPort: 6443, hostIp: "0.0.0.0" },
          { containerPort: 80, protocol: "tcp", hostPort: 6001, hostIp: "127.0.0.2" },
          { containerPort: 80, protocol: "tcp", hostPort: 6001, hostIp: "127.0.0.1" },
        ],
      },
      {
        ports: [
          { containerPort: 80, protocol: "tcp", hostPort: 6001, hostIp: "127.0.0.1" },
          { containerPort: 80, protocol: "tcp", hostPort: 6001, hostIp: "127.0.0.2" },
          { containerPort: 443, protocol: "tcp", hostPort: 6443, hostIp: "0.0.0.0" },
        ],
      },
    ],
    "logging options without a driver are the default driver's": [
      { logging: { options: { "max-file": "1" } } },
      { logging: { driver: "json-file", options: { "max-file": "1" } } },
    ],
    "init false is nothing": [{ init: false, tty: false }, {}],
    "the network mode none is a mode": [{ networkMode: "none" }, { networkMode: "none" }],
    "the network mode bridge is the default": [{ networkMode: "bridge" }, {}],
  };
  for (const [what, [sent, read]] of Object.entries(fields)) {
    test(what, async () => {
      const { command, env } = testImages["fleet-test:1"] ?? {};
      const defaults = { image: "fleet-test:1", command, env, ...engineDefaults };
      expect(await bench.roundTrip(sent)).toEqual({ ...defaults, ...read });
    });
  }

  test("on the host's network the hostname is the host's", async () => {
    const { networkMode, networks, hostname: found } = await bench.roundTrip({ networkMode: "host" });
    const { hostname: expected } = await bench.engine.info();
    expect({ networkMode, networks, found }).toEqual({ networkMode: "host", networks: undefined, found: expected });
  });

  test("another container's network reads back by id", async () => {
    const other = await bench.run("other", { hostname: "theirs" });
    const id = await bench.run("guest", { networkMode: `container:${bench.name("other")}` });
    const { networkMode, networks, hostname: found } = (await bench.inspect(id)).config;
    expect({ networkMode, networks, found }).toEqual({
      networkMode: `container:${other}`,
      networks: undefined,
      found: "theirs",
    });
  });

  test("the configuration of a running container is that of the created one", async () => {
    const id = await bench.create("web", { memory: 64 * MiB, tty: true, env: { A: "1" } });
    const { config } = await bench.inspect(id);
    await bench.engine.startContainer(id);
    expect((await bench.inspect(id)).config).toEqual(config);
  });
}
