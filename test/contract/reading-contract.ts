import { expect, test } from "vitest";
import { Bench, codeOf, MiB, type OpenEngine } from "./engine-under-test.ts";
import { testImages } from "./test-images.ts";

export function readingContract(open: OpenEngine): void {
  const bench = new Bench(open);

  test("info names the engine, the same each time", async () => {
    const info = await bench.engine.info();
    expect(await bench.engine.info()).toEqual(info);
    expect(info.id).not.toBe("");
    expect(info.hostname).not.toBe("");
    expect(info.idMapping).toBe("none");
    expect(info.loggingDriver).toBe("json-file");
    expect(info.cpus).toBeGreaterThanOrEqual(1);
    expect(info.memory).toBeGreaterThan(64 * MiB);
  });

  test("the list holds every container, running or not, whoever made it, sorted by name", async () => {
    await bench.create("c-idle", { labels: { a: "1" } });
    await bench.run("a-runs");
    const stopped = await bench.run("b-stopped");
    await bench.engine.stopContainer(stopped);
    await bench.listed("b-stopped", "exited");
    const found = await bench.engine.listContainers();
    const ours = found.filter(({ name }) => name.startsWith(bench.name("")));
    const { id: imageId } = (await bench.engine.inspectImage("fleet-test:1")) ?? {};
    const summary = { id: expect.stringMatching(/^[0-9a-f]{64}$/), imageId, labels: {} };
    expect(ours).toEqual([
      { ...summary, name: bench.name("a-runs"), phase: "running" },
      { ...summary, name: bench.name("b-stopped"), phase: "exited" },
      { ...summary, name: bench.name("c-idle"), phase: "created", labels: { a: "1" } },
    ]);
    expect(found.map(({ name }) => name)).toEqual(found.map(({ name }) => name).sort());
  });

  test("a container is inspected by id and by name alike", async () => {
    const id = await bench.create("web");
    const byId = await bench.inspect(id);
    expect(byId).toEqual(await bench.inspect(bench.name("web")));
    expect(byId.id).toBe(id);
    expect(byId.name).toBe(bench.name("web"));
  });

  test("inspecting one that is not there is NotFound", async () => {
    expect(await codeOf(bench.inspect(bench.name("nobody")))).toBe("NotFound");
  });

  test("a container that was created and never started has no history", async () => {
    const before = Date.now();
    const { state, phase, createdAt } = await bench.inspect(await bench.create("new"));
    expect(state).toEqual({ phase: "created", oomKilled: false, restartCount: 0, pid: 0 });
    expect(phase).toBe("created");
    expect(createdAt).toBeGreaterThan(before - 60_000);
  });

  for (const [ref, defaults] of Object.entries(testImages)) {
    test(`the image ${ref} gives what it was built with`, async () => {
      const image = await bench.engine.inspectImage(ref);
      expect(image?.defaults).toEqual(defaults);
      expect(image?.tags).toContain(ref);
      expect(await bench.engine.inspectImage(image?.id ?? "")).toEqual(image);
    });
  }

  test("an image that the engine lacks is null, by tag and by id", async () => {
    expect(await bench.engine.inspectImage("fleet-test:none")).toBeNull();
    expect(await bench.engine.inspectImage(`sha256:${"0".repeat(64)}`)).toBeNull();
  });

  test("a tag left out means latest", async () => {
    expect(await bench.engine.inspectImage("fleet-test")).toBeNull();
  });

  test("a log holds what went to stdout and to stderr", async () => {
    const id = await bench.run("says", { command: ["sh", "-c", "echo one; echo two >&2; echo three"] });
    await bench.engine.waitContainer(id);
    expect((await bench.engine.containerLogs(id)).split("\n").sort()).toEqual(["", "one", "three", "two"]);
  });

  test("the log of a container that never ran is empty", async () => {
    expect(await bench.engine.containerLogs(await bench.create("new"))).toBe("");
  });

  test("the log of one that is not there is NotFound", async () => {
    expect(await codeOf(bench.engine.containerLogs(bench.name("nobody")))).toBe("NotFound");
  });

  test("a call that was cancelled before it began does nothing", async () => {
    const call = bench.engine.createContainer(
      bench.name("web"),
      { image: "fleet-test:1" },
      { signal: AbortSignal.abort() },
    );
    expect(await codeOf(call)).toBe("Cancelled");
    expect(await bench.containers()).toEqual([]);
  });
}
