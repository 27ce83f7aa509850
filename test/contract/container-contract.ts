import { expect, test } from "vitest";
import { Bench, codeOf, type OpenEngine, obedient } from "./engine-under-test.ts";

export function containerContract(open: OpenEngine): void {
  const bench = new Bench(open);

  test("a running container is renamed without stopping, and its old name is free", async () => {
    const id = await bench.run("old");
    const { pid } = (await bench.inspect(id)).state;
    await bench.engine.renameContainer(id, bench.name("new"));
    const renamed = await bench.inspect(bench.name("new"));
    expect([renamed.id, renamed.state.pid]).toEqual([id, pid]);
    expect(await codeOf(bench.inspect(bench.name("old")))).toBe("NotFound");
    await bench.create("old");
    expect(await bench.containers()).toEqual(["new", "old"]);
  });

  test("renaming to a name that is taken is a Conflict, and neither changes", async () => {
    const id = await bench.create("one");
    await bench.create("two");
    expect(await codeOf(bench.engine.renameContainer(id, bench.name("two")))).toBe("Conflict");
    expect((await bench.inspect(bench.name("one"))).id).toBe(id);
  });

  test("renaming to its own name resolves", async () => {
    const id = await bench.create("one");
    await bench.engine.renameContainer(id, bench.name("one"));
    expect((await bench.inspect(id)).name).toBe(bench.name("one"));
  });

  test("renaming to what is no name is Invalid, and one that is not there NotFound", async () => {
    const id = await bench.create("one");
    expect(await codeOf(bench.engine.renameContainer(id, "a b"))).toBe("Invalid");
    expect(await codeOf(bench.engine.renameContainer(bench.name("nobody"), bench.name("two")))).toBe("NotFound");
  });

  test("removing a running one is a Conflict, and it runs on", async () => {
    const id = await bench.run("web");
    expect(await codeOf(bench.engine.removeContainer(id))).toBe("Conflict");
    expect((await bench.inspect(id)).phase).toBe("running");
  });

  test("removing a paused or a restarting one is a Conflict", async () => {
    const paused = await bench.run("paused");
    await bench.hands.pause(paused);
    expect(await codeOf(bench.engine.removeContainer(paused))).toBe("Conflict");
    const restarting = await bench.run("loop", { command: ["false"], restart: { policy: "always" } });
    await bench.eventually(restarting, ({ state }) => state.phase === "restarting" && state.restartCount > 2);
    expect(await codeOf(bench.engine.removeContainer(restarting))).toBe("Conflict");
  });

  test("removing with force ends a running one", async () => {
    const id = await bench.run("web");
    await bench.engine.removeContainer(id, { force: true });
    expect(await codeOf(bench.inspect(id))).toBe("NotFound");
  });

  test("removing a stopped or a created one frees its name", async () => {
    const stopped = await bench.run("stopped", { command: obedient });
    await bench.engine.stopContainer(stopped);
    await bench.engine.removeContainer(stopped);
    await bench.engine.removeContainer(await bench.create("created"));
    expect(await bench.containers()).toEqual([]);
    await bench.create("stopped");
  });

  test("removing one that is not there is NotFound", async () => {
    expect(await codeOf(bench.engine.removeContainer(bench.name("nobody")))).toBe("NotFound");
  });

  test("C60: a paused one goes on where it was", async () => {
    const id = await bench.run("web");
    const { pid } = (await bench.inspect(id)).state;
    await bench.hands.pause(id);
    await bench.engine.unpauseContainer(id);
    const { state } = await bench.inspect(id);
    expect([state.phase, state.pid]).toEqual(["running", pid]);
  });

  test("unpausing one that is not paused resolves and changes nothing", async () => {
    const running = await bench.run("running");
    await bench.engine.unpauseContainer(running);
    expect((await bench.inspect(running)).phase).toBe("running");
    const created = await bench.create("created");
    await bench.engine.unpauseContainer(created);
    expect((await bench.inspect(created)).phase).toBe("created");
  });

  test("unpausing one that is not there is NotFound", async () => {
    expect(await codeOf(bench.engine.unpauseContainer(bench.name("nobody")))).toBe("NotFound");
  });
}
