import { afterAll, afterEach, describe, expect, test } from "vitest";
import { dockerEngine, type FleetError, parseEndpoint } from "../../packages/core/src/index.ts";
import { ask } from "../support/ask.ts";
import { realEngines } from "../support/engines.ts";
import { scratch } from "../support/scratch.ts";

describe.each(realEngines())("engine $version", ({ version, host }) => {
  const engine = dockerEngine(parseEndpoint(host));
  const { name, clean } = scratch(engine, "verbs");
  const image = "fleet-test:1";

  afterEach(clean);
  afterAll(() => engine.close());

  const failure = (call: Promise<unknown>): Promise<Partial<FleetError>> =>
    call.then(
      () => expect.unreachable("the call resolved"),
      ({ code, status, message, hint }) => ({ code, status, message, hint }),
    );

  test("who answers, and in which version both speak", async () => {
    const info = await engine.info();
    expect(info).toEqual({
      id: expect.stringMatching(/^.{10,}$/),
      version: expect.stringMatching(new RegExp(`^${version.replace(".", "\\.")}\\.`)),
      apiVersion: { "20.10": "1.41", "26": "1.45", "28": "1.51" }[version],
      hostname: expect.stringMatching(/./),
      operatingSystem: expect.stringMatching(/./),
      idMapping: "none",
      swapLimit: expect.any(Boolean),
      loggingDriver: "json-file",
      cpus: expect.any(Number),
      memory: expect.any(Number),
    });
    expect((await engine.info()).id).toBe(info.id);
  });

  test("a container's life", async () => {
    const id = await engine.createContainer(name("a"), {
      image,
      command: ["sh", "-c", "echo out; echo err >&2; sleep 99"],
    });
    expect((await engine.inspectContainer(id)).state).toEqual({
      phase: "created",
      oomKilled: false,
      restartCount: 0,
      pid: 0,
    });

    await engine.startContainer(id);
    await engine.startContainer(id);
    const running = await engine.inspectContainer(name("a"));
    expect(running).toMatchObject({ id, name: name("a"), phase: "running", state: { pid: expect.any(Number) } });
    expect((await engine.listContainers()).find((row) => row.id === id)).toEqual({
      id,
      name: name("a"),
      imageId: running.imageId,
      labels: {},
      phase: "running",
    });
    await engine.unpauseContainer(id);
    await engine.renameContainer(id, name("b"));
    await engine.renameContainer(id, name("b"));
    await expect.poll(() => engine.containerLogs(id)).toMatch(/^(out\nerr|err\nout)\n$/);

    const exit = engine.waitContainer(id);
    await engine.stopContainer(id, { gracePeriod: 0 });
    await engine.stopContainer(id);
    const code = await exit;
    expect((await engine.inspectContainer(id)).state).toMatchObject({ phase: "exited", exitCode: code, pid: 0 });

    await engine.removeContainer(id);
    expect(await failure(engine.inspectContainer(id))).toMatchObject({ code: "NotFound", status: 404 });
    expect(await failure(engine.removeContainer(id))).toMatchObject({ code: "NotFound", status: 404 });
  });

  test("what the engine will not do, by code", async () => {
    const missing = name("missing");
    const id = await engine.createContainer(name("a"), { image });
    await engine.startContainer(id);
    expect(await failure(engine.createContainer(name("a"), { image }))).toMatchObject({
      code: "Conflict",
      status: 409,
      hint: "Rename or remove the container that has the name.",
    });
    expect(await failure(engine.createContainer(name("x"), { image: `${missing}:1` }))).toEqual({
      code: "NotFound",
      status: 404,
      message: `Cannot create container ${name("x")}: No such image: ${missing}:1`,
      hint: "Pull or build it on the engine.",
    });
    const bind = { kind: "bind", source: `/${missing}`, target: "/x", readOnly: false } as const;
    expect(await failure(engine.createContainer(name("x"), { image, mounts: [bind] }))).toMatchObject({
      code: "NotFound",
      message: expect.stringContaining(`bind source path does not exist: /${missing}`),
    });
    expect(
      await failure(engine.createContainer(name("x"), { image, networks: { [missing]: { aliases: [] } } })),
    ).toMatchObject({ code: "NotFound", message: expect.stringContaining(`network ${missing} not found`) });
    expect(await failure(engine.createContainer(name("x"), { image, memory: 1000 }))).toMatchObject({
      code: "Invalid",
    });
    expect(await failure(engine.createContainer("no good", { image }))).toMatchObject({ code: "Invalid" });
    expect(await failure(engine.removeContainer(id))).toMatchObject({ code: "Conflict", status: 409 });
    expect(await failure(engine.inspectContainer(""))).toMatchObject({ code: "Invalid" });
    expect((await engine.listContainers()).filter((row) => row.name === name("x"))).toEqual([]);
  });

  test("C10, C43: a start that fails says why, without the layers it went through, and the container stays created", async () => {
    const id = await engine.createContainer(name("a"), { image, entrypoint: ["/nope"] });
    expect(await failure(engine.startContainer(id))).toEqual({
      code: "Refused",
      status: 400,
      message: `Cannot start container ${id.slice(0, 12)}: exec: "/nope": stat /nope: no such file or directory`,
      hint: undefined,
    });
    expect((await engine.inspectContainer(id)).state).toMatchObject({
      phase: "created",
      error: expect.stringContaining("/nope"),
    });
  });

  test("a port that another container has is refused at the start", async () => {
    const ports = [{ containerPort: 80, protocol: "tcp", hostPort: 18_231, hostIp: "127.0.0.1" }] as const;
    await engine.startContainer(await engine.createContainer(name("a"), { image, ports }));
    const id = await engine.createContainer(name("b"), { image, ports });
    expect(await failure(engine.startContainer(id))).toMatchObject({
      code: "Refused",
      message: expect.stringMatching(/18231.*already allocated/),
    });
  });

  test("a paused container is conflict to start, and unpaused by its own verb", async () => {
    const id = await engine.createContainer(name("a"), { image });
    await engine.startContainer(id);
    await ask(host, "POST", `/containers/${id}/pause`);
    expect(await failure(engine.startContainer(id))).toMatchObject({ code: "Conflict" });
    await engine.unpauseContainer(id);
    expect((await engine.inspectContainer(id)).phase).toBe("running");
  });

  test("networks: several at create, in use, connected and disconnected again", async () => {
    const [a, b] = [name("net-a"), name("net-b")];
    await engine.createNetwork(a, { x: "y" });
    await engine.createNetwork(b, {});
    expect((await engine.listNetworks()).find((network) => network.name === a)).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{64}$/),
      name: a,
      driver: "bridge",
      labels: { x: "y" },
    });
    expect(await failure(engine.createNetwork(a, {}))).toMatchObject({ code: "Conflict" });
    const id = await engine.createContainer(name("a"), {
      image,
      networks: { [b]: { aliases: ["db"] }, [a]: { aliases: [] } },
    });
    await engine.startContainer(id);
    const attached = async () => (await engine.inspectContainer(id)).config.networks;
    expect(await attached()).toEqual({ [a]: { aliases: [] }, [b]: { aliases: ["db"] } });
    expect(await failure(engine.removeNetwork(b))).toMatchObject({ code: "Conflict" });
    expect(await failure(engine.connectNetwork(b, id, []))).toMatchObject({ code: "Conflict" });
    await engine.disconnectNetwork(b, id);
    await engine.disconnectNetwork(b, id);
    expect(await attached()).toEqual({ [a]: { aliases: [] } });
    await engine.connectNetwork(b, id, ["db2", "db1"]);
    expect(await attached()).toEqual({ [a]: { aliases: [] }, [b]: { aliases: ["db1", "db2"] } });
    await engine.connectNetwork("bridge", id, []);
    expect(await attached()).toEqual({
      [a]: { aliases: [] },
      [b]: { aliases: ["db1", "db2"] },
      bridge: { aliases: [] },
    });
    expect(await failure(engine.connectNetwork(name("none"), id, []))).toMatchObject({ code: "NotFound" });
    await engine.removeContainer(id, { force: true });
    await engine.removeNetwork(a);
    expect(await failure(engine.removeNetwork(a))).toMatchObject({ code: "NotFound" });
  });

  test("volumes: named ones outlive a container, anonymous ones do not", async () => {
    const data = name("data");
    await engine.createVolume(data, { x: "y" });
    await engine.createVolume(data, { x: "y" });
    const id = await engine.createContainer(name("a"), {
      image: "fleet-test:volume",
      mounts: [{ kind: "volume", source: data, target: "/named", readOnly: false }],
    });
    expect((await engine.inspectContainer(id)).config.mounts).toEqual([
      { kind: "volume", source: data, target: "/named", readOnly: false },
    ]);
    const { Mounts } = (await ask(host, "GET", `/containers/${id}/json`)) as { Mounts: { Name: string }[] };
    const volumes = Mounts.map((mount) => mount.Name).sort();
    expect(volumes).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), data]);
    expect(await failure(engine.removeVolume(data))).toMatchObject({ code: "Conflict" });
    await engine.removeContainer(id, { force: true });
    expect((await engine.listVolumes()).filter((volume) => volumes.includes(volume.name))).toEqual([
      { name: data, driver: "local", labels: { x: "y" } },
    ]);
    await engine.removeVolume(data);
    expect(await failure(engine.removeVolume(data))).toMatchObject({ code: "NotFound" });
  });

  test("a living container is updated in place: limits up, pids lifted, restart to no", async () => {
    const MiB = 1024 ** 2;
    const id = await engine.createContainer(name("a"), {
      image,
      memory: 64 * MiB,
      memorySwap: 64 * MiB,
      pids: 20,
      restart: { policy: "on-failure", maxRetries: 2 },
    });
    await engine.startContainer(id);
    const { pid } = (await engine.inspectContainer(id)).state;
    await engine.updateContainer(id, {
      memory: 128 * MiB,
      memorySwap: 256 * MiB,
      memoryReservation: 32 * MiB,
      cpus: 0.5,
      pids: 0,
      restart: { policy: "no" },
    });
    const { config, state } = await engine.inspectContainer(id);
    expect({ pid: state.pid, ...config }).toMatchObject({
      pid,
      memory: 128 * MiB,
      memorySwap: 256 * MiB,
      memoryReservation: 32 * MiB,
      cpus: 0.5,
      restart: { policy: "no" },
    });
    expect(config.pids).toBeUndefined();
    expect(await failure(engine.updateContainer(id, { memory: 512 * MiB }))).toMatchObject({ code: "Conflict" });
  });

  test("an image by tag and by id; null when the engine does not hold it", async () => {
    const found = await engine.inspectImage("fleet-test:health");
    expect(found).toMatchObject({ tags: ["fleet-test:health"], defaults: { healthcheck: { interval: 1000 } } });
    expect(await engine.inspectImage(found?.id ?? "")).toEqual(found);
    expect(await engine.inspectImage(`${name("missing")}/x:1`)).toBeNull();
  });

  test("a pull from a registry that is not there is refused, not the engine unreachable", async () => {
    const lines: string[] = [];
    const pull = engine.pullImage("127.0.0.1:1/x", { onProgress: (line) => lines.push(line) });
    expect(await failure(pull)).toMatchObject({
      code: "Refused",
      message: expect.stringMatching(/^Cannot pull image 127\.0\.0\.1:1\/x: .*connection refused/),
      hint: "The engine's host does not reach the registry.",
    });
    expect(lines).toEqual([]);
  });
});
