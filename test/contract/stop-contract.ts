import { expect, test } from "vitest";
import { Bench, codeOf, type OpenEngine, obedient, stubborn } from "./engine-under-test.ts";

export function stopContract(open: OpenEngine): void {
  const bench = new Bench(open);

  test("a program that obeys the stop signal ends with its own exit code", async () => {
    const id = await bench.run("web", { command: obedient });
    await bench.engine.stopContainer(id);
    expect((await bench.inspect(id)).state).toEqual({
      phase: "exited",
      exitCode: 7,
      oomKilled: false,
      startedAt: expect.any(Number),
      finishedAt: expect.any(Number),
      restartCount: 0,
      pid: 0,
    });
  });

  test("one that ignores it is killed after the grace period: 137", async () => {
    const id = await bench.run("web", { command: stubborn });
    await bench.engine.stopContainer(id, { gracePeriod: 0 });
    expect((await bench.inspect(id)).state.exitCode).toBe(137);
  });

  test("the container's own grace period is the default", async () => {
    const id = await bench.run("web", { command: stubborn, stopGracePeriod: 1000 });
    await bench.engine.stopContainer(id, { deadline: 8000 });
    expect((await bench.inspect(id)).state.exitCode).toBe(137);
  });

  test("under an init the signal ends it: 143", async () => {
    const id = await bench.run("web", { command: stubborn, init: true });
    await bench.engine.stopContainer(id);
    expect((await bench.inspect(id)).state.exitCode).toBe(143);
  });

  test("the declared stop signal is the one that is sent", async () => {
    const id = await bench.run("web", { command: obedient, stopSignal: "SIGKILL" });
    await bench.engine.stopContainer(id);
    expect((await bench.inspect(id)).state.exitCode).toBe(137);
  });

  test("stopping a stopped one resolves and changes nothing", async () => {
    const id = await bench.run("web", { command: obedient });
    await bench.engine.stopContainer(id);
    const before = await bench.inspect(id);
    await bench.engine.stopContainer(id);
    expect(await bench.inspect(id)).toEqual(before);
  });

  test("stopping one that never ran resolves and leaves it created", async () => {
    const id = await bench.create("web");
    await bench.engine.stopContainer(id);
    expect((await bench.inspect(id)).phase).toBe("created");
  });

  test("C60: a paused one can be stopped", async () => {
    const id = await bench.run("web", { command: stubborn });
    await bench.hands.pause(id);
    await bench.engine.stopContainer(id, { gracePeriod: 0 });
    expect((await bench.inspect(id)).phase).toBe("exited");
  });

  test("C59: a stop wins over every restart policy", async () => {
    const id = await bench.run("web", { command: obedient, restart: { policy: "always" } });
    await bench.engine.stopContainer(id);
    const { phase, restartCount } = (await bench.inspect(id)).state;
    expect({ phase, restartCount }).toEqual({ phase: "exited", restartCount: 0 });
  });

  test("a stop ends a restart loop", async () => {
    const id = await bench.run("web", { command: ["false"], restart: { policy: "always" } });
    await bench.eventually(id, ({ phase }) => phase === "restarting");
    await bench.engine.stopContainer(id);
    expect((await bench.inspect(id)).phase).toBe("exited");
  });

  test("stopping one that is not there is NotFound", async () => {
    expect(await codeOf(bench.engine.stopContainer(bench.name("nobody")))).toBe("NotFound");
  });

  test("wait resolves to the exit code once it has ended", async () => {
    const id = await bench.run("job", { command: ["sh", "-c", "sleep 0.3; exit 5"] });
    expect(await bench.engine.waitContainer(id)).toBe(5);
    expect((await bench.inspect(id)).phase).toBe("exited");
  });

  test("wait resolves when somebody stops it", async () => {
    const id = await bench.run("web", { command: obedient });
    const waiting = bench.engine.waitContainer(id);
    await bench.engine.stopContainer(id);
    expect(await waiting).toBe(7);
  });

  test("wait for one that has ended resolves at once", async () => {
    const id = await bench.run("web", { command: obedient });
    await bench.engine.stopContainer(id);
    expect(await bench.engine.waitContainer(id)).toBe(7);
  });

  test("wait for one that never ran resolves to 0", async () => {
    expect(await bench.engine.waitContainer(await bench.create("web"))).toBe(0);
  });

  test("wait for one that is not there is NotFound", async () => {
    expect(await codeOf(bench.engine.waitContainer(bench.name("nobody")))).toBe("NotFound");
  });

  test("wait keeps its deadline, and the container runs on", async () => {
    const id = await bench.run("web");
    expect(await codeOf(bench.engine.waitContainer(id, { deadline: 100 }))).toBe("Timeout");
    expect((await bench.inspect(id)).phase).toBe("running");
  });

  test("wait ends with its signal", async () => {
    const id = await bench.run("web");
    expect(await codeOf(bench.engine.waitContainer(id, { signal: AbortSignal.timeout(100) }))).toBe("Cancelled");
  });
}
