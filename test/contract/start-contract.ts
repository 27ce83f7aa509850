import { expect, test } from "vitest";
import { Bench, codeOf, MiB, type OpenEngine, obedient } from "./engine-under-test.ts";

const time = expect.any(Number);

export function startContract(open: OpenEngine): void {
  const bench = new Bench(open);

  test("a started container runs", async () => {
    const { state } = await bench.inspect(await bench.run("web"));
    expect(state).toEqual({ phase: "running", oomKilled: false, startedAt: time, restartCount: 0, pid: time });
    expect(state.pid).toBeGreaterThan(0);
  });

  test("starting a running one resolves and leaves its process alone", async () => {
    const id = await bench.run("web");
    const before = await bench.inspect(id);
    await bench.engine.startContainer(id);
    expect(await bench.inspect(id)).toEqual(before);
  });

  test("starting by name works too", async () => {
    const id = await bench.create("web");
    await bench.engine.startContainer(bench.name("web"));
    expect((await bench.inspect(id)).phase).toBe("running");
  });

  test("an exited one runs again, and remembers when it ended", async () => {
    const id = await bench.run("web", { command: obedient });
    await bench.engine.stopContainer(id);
    const stopped = (await bench.inspect(id)).state;
    await bench.engine.startContainer(id);
    const again = (await bench.inspect(id)).state;
    expect(again).toEqual({
      phase: "running",
      oomKilled: false,
      startedAt: time,
      finishedAt: stopped.finishedAt,
      restartCount: 0,
      pid: time,
    });
    expect(again.startedAt).toBeGreaterThanOrEqual(stopped.finishedAt ?? Number.POSITIVE_INFINITY);
  });

  test("starting one that is not there is NotFound", async () => {
    expect(await codeOf(bench.engine.startContainer(bench.name("nobody")))).toBe("NotFound");
  });

  test("C60: starting a paused one is a Conflict", async () => {
    const id = await bench.run("web");
    await bench.hands.pause(id);
    expect((await bench.inspect(id)).phase).toBe("paused");
    expect(await codeOf(bench.engine.startContainer(id))).toBe("Conflict");
  });

  test("a missing binary is Refused; the container stays created and says why", async () => {
    const id = await bench.create("web", { command: ["/nonexistent/program"] });
    expect(await codeOf(bench.engine.startContainer(id))).toBe("Refused");
    const { state } = await bench.inspect(id);
    expect(state).toEqual({
      phase: "created",
      oomKilled: false,
      error: expect.stringContaining("/nonexistent/program"),
      restartCount: 0,
      pid: 0,
    });
  });

  test("a taken port is Refused until it is free; then the start works and the reason is gone", async () => {
    const ports = [{ containerPort: 80, protocol: "tcp", hostPort: bench.port, hostIp: "0.0.0.0" }] as const;
    const first = await bench.run("first", { ports, command: obedient });
    const second = await bench.create("second", { ports });
    expect(await codeOf(bench.engine.startContainer(second))).toBe("Refused");
    const failed = (await bench.inspect(second)).state;
    expect(failed).toEqual({
      phase: "created",
      oomKilled: false,
      error: expect.stringContaining(String(bench.port)),
      restartCount: 0,
      pid: 0,
    });
    await bench.engine.stopContainer(first);
    await bench.engine.startContainer(second);
    expect((await bench.inspect(second)).state.error).toBeUndefined();
    expect(await codeOf(bench.engine.startContainer(first))).toBe("Refused");
    const { phase, exitCode, error } = (await bench.inspect(first)).state;
    expect({ phase, exitCode, error }).toEqual({
      phase: "exited",
      exitCode: 7,
      error: expect.stringContaining(String(bench.port)),
    });
  });

  test("a port on another address is free", async () => {
    const port = (hostIp: string) => [{ containerPort: 80, protocol: "tcp", hostPort: bench.port, hostIp }] as const;
    await bench.run("first", { ports: port("127.0.0.1") });
    await bench.run("second", { ports: port("127.0.0.2") });
    expect(await bench.containers()).toEqual(["first", "second"]);
  });

  test("a network that was removed after the create is NotFound", async () => {
    const network = bench.name("net");
    await bench.engine.createNetwork(network, {});
    const id = await bench.create("web", { networks: { [network]: { aliases: [] } } });
    await bench.engine.removeNetwork(network);
    expect(await codeOf(bench.engine.startContainer(id))).toBe("NotFound");
    const { phase, error } = (await bench.inspect(id)).state;
    expect({ phase, error }).toEqual({ phase: "created", error: expect.stringContaining(network) });
  });

  test("C31: a bind source that was removed after the create is NotFound", async () => {
    const source = await bench.directory("source");
    const id = await bench.create("web", { mounts: [{ kind: "bind", source, target: "/mnt", readOnly: false }] });
    await bench.hands.removePath(source);
    expect(await codeOf(bench.engine.startContainer(id))).toBe("NotFound");
    expect((await bench.inspect(id)).phase).toBe("created");
  });

  test("the network of a container that does not run is a Conflict; of one that is not there, the start fails", async () => {
    await bench.create("other");
    const id = await bench.create("guest", { networkMode: `container:${bench.name("other")}` });
    expect(await codeOf(bench.engine.startContainer(id))).toBe("Conflict");
    const lost = await bench.create("lost", { networkMode: `container:${bench.name("nobody")}` });
    // 404 up to 26, and 500 on 28.
    expect(["NotFound", "Refused"]).toContain(await codeOf(bench.engine.startContainer(lost)));
  });

  test("a container that ends by itself says how", async () => {
    const id = await bench.run("job", { command: ["sh", "-c", "exit 3"] });
    expect((await bench.eventually(id, ({ phase }) => phase === "exited")).state).toEqual({
      phase: "exited",
      exitCode: 3,
      oomKilled: false,
      startedAt: time,
      finishedAt: time,
      restartCount: 0,
      pid: 0,
    });
  });

  test("C22: on-failure restarts as often as it may, and a start by hand counts anew", async () => {
    const restart = { policy: "on-failure", maxRetries: 2 } as const;
    const id = await bench.run("job", { command: ["false"], restart });
    const { state } = await bench.eventually(id, ({ state }) => state.phase === "exited" && state.restartCount === 2);
    expect(state).toEqual({
      phase: "exited",
      exitCode: 1,
      oomKilled: false,
      startedAt: time,
      finishedAt: time,
      restartCount: 2,
      pid: 0,
    });
    await bench.engine.startContainer(id);
    expect((await bench.inspect(id)).state.restartCount).toBeLessThan(2);
  });

  test("on-failure leaves a success alone", async () => {
    const id = await bench.run("job", { command: ["true"], restart: { policy: "on-failure" } });
    const { state } = await bench.eventually(id, ({ phase }) => phase === "exited");
    expect([state.exitCode, state.restartCount]).toEqual([0, 0]);
  });

  test("between two restarts a container is restarting, and has an exit code", async () => {
    const id = await bench.run("job", { command: ["sh", "-c", "exit 4"], restart: { policy: "always" } });
    const { state } = await bench.eventually(id, ({ phase }) => phase === "restarting");
    expect([state.exitCode, state.pid]).toEqual([4, 0]);
  });

  test("a health check without a program that it could ask begins as starting", async () => {
    const id = await bench.create("web", { image: "fleet-test:health" });
    expect((await bench.inspect(id)).state.health).toBeUndefined();
    await bench.engine.startContainer(id);
    expect((await bench.inspect(id)).state.health).toBe("starting");
  });

  test("a check that succeeds makes healthy, and a stop unhealthy", async () => {
    const healthcheck = { test: ["CMD", "true"], interval: 200 };
    const id = await bench.run("web", { healthcheck });
    await bench.eventually(id, ({ state }) => state.health === "healthy");
    await bench.engine.stopContainer(id);
    expect((await bench.inspect(id)).state.health).toBe("unhealthy");
  });

  test("a check that fails its retries makes unhealthy", async () => {
    const healthcheck = { test: ["CMD", "false"], interval: 100, retries: 2 };
    const id = await bench.run("web", { healthcheck, memory: 64 * MiB });
    expect((await bench.eventually(id, ({ state }) => state.health === "unhealthy")).phase).toBe("running");
  });

  test("what a health check said last is known, and nothing before it has said anything", async () => {
    const healthcheck = { test: ["CMD", "sh", "-c", "echo sick; exit 1"], interval: 200, retries: 1 };
    const id = await bench.create("web", { healthcheck });
    expect((await bench.inspect(id)).state).not.toHaveProperty("lastCheck");
    await bench.engine.startContainer(id);
    const { state } = await bench.eventually(id, ({ state }) => state.health === "unhealthy");
    expect(state.lastCheck).toEqual({ exitCode: 1, output: "sick\n" });
  });

  test("a disabled check has no health", async () => {
    const id = await bench.run("web", { image: "fleet-test:health", healthcheck: { test: ["NONE"] } });
    expect((await bench.inspect(id)).state.health).toBeUndefined();
  });
}
