import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FleetError, isFleetError } from "../errors.ts";
import { memoryHost } from "../host/memory.ts";
import { ManualClock } from "../manual-clock.ts";
import { containerConfig } from "../spec/builders.ts";
import { type MemoryEngineOptions, memoryEngine } from "./memory.ts";

function fresh(options: MemoryEngineOptions = {}) {
  const clock = new ManualClock();
  return { clock, engine: memoryEngine({ clock, images: { "fleet-test:1": {} }, ...options }) };
}

const codeOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => "done",
    (error) => (isFleetError(error) ? error.code : error),
  );

/** Lets promises that are ready go on. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("the same calls give the same ids", async () => {
  const ids = await Promise.all(
    [fresh(), fresh()].map(async ({ engine }) => [
      await engine.createContainer("web", containerConfig()),
      (await engine.info()).id,
      (await engine.inspectImage("fleet-test:1"))?.id,
    ]),
  );
  expect(ids[0]).toEqual(ids[1]);
});

test("an inspect is a copy: later changes do not reach it", async () => {
  const { engine } = fresh();
  const id = await engine.createContainer("web", containerConfig());
  const before = await engine.inspectContainer(id);
  await engine.startContainer(id);
  await engine.updateContainer(id, { pids: 5 });
  expect([before.phase, before.config.pids]).toEqual(["created", undefined]);
});

test("every call is recorded, with what became of it", async () => {
  const { engine, clock } = fresh();
  const heard: string[] = [];
  const stop = engine.onCall(({ verb }) => heard.push(verb));
  await engine.inspectImage("fleet-test:1");
  await codeOf(engine.startContainer("nobody"));
  stop();
  await engine.info();
  const at = clock.now();
  expect(engine.calls).toEqual([
    { verb: "inspectImage", target: "fleet-test:1", mutating: false, at, outcome: "done" },
    { verb: "startContainer", target: "nobody", mutating: true, at, outcome: "NotFound" },
    { verb: "info", target: "", mutating: false, at, outcome: "done" },
  ]);
  expect(heard).toEqual(["inspectImage", "startContainer"]);
});

test("what is done behind the port's back is not recorded", () => {
  const { engine } = fresh();
  engine.addContainer("theirs", containerConfig());
  engine.exit("theirs", 1);
  engine.remove("theirs");
  expect(engine.calls).toEqual([]);
});

test("errors read as the Docker adapter's do", async () => {
  const { engine } = fresh();
  const error = await engine.createContainer("web", containerConfig({ image: "none:1" })).catch((e: unknown) => e);
  expect(error).toEqual(
    new FleetError("NotFound", "Cannot create container web: No such image: none:1", {
      hint: "Pull or build it on the engine.",
      status: 404,
    }),
  );
});

test("a number of calls fail, and the next one goes through", async () => {
  const { engine } = fresh();
  const full = new FleetError("NoSpace", "no space left on device");
  engine.fail("createContainer", 2, full);
  const create = () => codeOf(engine.createContainer("web", containerConfig()));
  expect([await create(), await create(), await create()]).toEqual(["NoSpace", "NoSpace", "done"]);
});

test("the calls that a predicate picks fail, until the faults are cleared", async () => {
  const { engine } = fresh();
  engine.fail("*", ({ mutating }) => mutating, new FleetError("Forbidden", "read only"));
  expect(await codeOf(engine.listContainers())).toBe("done");
  expect(await codeOf(engine.createVolume("state", {}))).toBe("Forbidden");
  engine.clearFaults();
  expect(await codeOf(engine.createVolume("state", {}))).toBe("done");
});

test("an applied fault does the work and loses the answer", async () => {
  const { engine } = fresh();
  engine.fail("createContainer", 1, new FleetError("Unreachable", "gone"), { applied: true });
  expect(await codeOf(engine.createContainer("web", containerConfig()))).toBe("Unreachable");
  expect((await engine.inspectContainer("web")).phase).toBe("created");
});

test("a call that hangs is ended by its deadline, or by its signal", async () => {
  const { engine, clock } = fresh();
  engine.hang("listContainers");
  const late = codeOf(engine.listContainers({ deadline: 500 }));
  const byDefault = codeOf(engine.listContainers());
  const abort = new AbortController();
  const cancelled = codeOf(engine.listContainers({ signal: abort.signal }));
  clock.advance(499);
  await turn();
  expect(engine.calls.map(({ outcome }) => outcome)).toEqual([undefined, undefined, undefined]);
  clock.advance(1);
  abort.abort();
  expect([await late, await cancelled]).toEqual(["Timeout", "Cancelled"]);
  clock.advance(30_000);
  expect(await byDefault).toBe("Timeout");
  expect(clock.pending).toBe(0);
});

test("a delayed call is done after its delay, and not at all when it was cancelled before", async () => {
  const { engine, clock } = fresh();
  engine.delay("createVolume", 200);
  const abort = new AbortController();
  const slow = codeOf(engine.createVolume("slow", {}));
  const cancelled = codeOf(engine.createVolume("cancelled", {}, { signal: abort.signal }));
  await turn();
  abort.abort();
  expect(await cancelled).toBe("Cancelled");
  expect(await engine.listVolumes()).toEqual([]);
  clock.advance(200);
  expect(await slow).toBe("done");
  expect((await engine.listVolumes()).map(({ name }) => name)).toEqual(["slow"]);
});

test("an engine that nobody reaches does nothing, and is the same when it is back", async () => {
  const { engine } = fresh();
  engine.addContainer("web", containerConfig());
  engine.setUnreachable(true);
  expect(await codeOf(engine.removeContainer("web", { force: true }))).toBe("Unreachable");
  expect(await codeOf(engine.info())).toBe("Unreachable");
  engine.setUnreachable(false);
  expect((await engine.inspectContainer("web")).phase).toBe("running");
});

test("another engine has another id", async () => {
  const { engine } = fresh();
  const before = await engine.info();
  engine.replaceEngineId();
  const after = await engine.info();
  expect(after.id).not.toBe(before.id);
  expect({ ...after, id: before.id }).toEqual(before);
});

test("a program that ends by itself is restarted after growing waits, which a long run makes short again", async () => {
  const { engine, clock } = fresh();
  const id = engine.addContainer("web", containerConfig({ restart: { policy: "always" } }));
  const state = async () => (await engine.inspectContainer(id)).state;
  engine.exit("web", 3);
  expect(await state()).toMatchObject({ phase: "restarting", exitCode: 3, restartCount: 0 });
  clock.advance(100);
  expect(await state()).toMatchObject({ phase: "running", restartCount: 1 });
  engine.exit("web", 3);
  clock.advance(199);
  expect(await state()).toMatchObject({ phase: "restarting", restartCount: 1 });
  clock.advance(1);
  expect(await state()).toMatchObject({ phase: "running", restartCount: 2 });
  clock.advance(10_000);
  engine.exit("web", 3);
  clock.advance(100);
  expect(await state()).toMatchObject({ phase: "running", restartCount: 3 });
});

test("a kill through the engine is final, whatever the policy", async () => {
  const { engine, clock } = fresh();
  engine.addContainer("web", containerConfig({ restart: { policy: "always" } }));
  engine.kill("web");
  clock.advance(60_000);
  expect((await engine.inspectContainer("web")).state).toMatchObject({ phase: "exited", exitCode: 137 });
});

test("C53: a dead container and one that is being removed cannot be started", async () => {
  const { engine } = fresh();
  engine.addContainer("web", containerConfig());
  engine.setPhase("web", "dead");
  expect(await codeOf(engine.startContainer("web"))).toBe("Conflict");
  engine.setPhase("web", "removing");
  expect(await codeOf(engine.removeContainer("web", { force: true }))).toBe("InProgress");
});

test("C57: health is what a test says, until the next start", async () => {
  const { engine, clock } = fresh();
  const healthcheck = { test: ["CMD", "true"], interval: 1000 };
  engine.addContainer("web", containerConfig({ healthcheck }));
  engine.setHealth("web", "unhealthy");
  clock.advance(5000);
  expect((await engine.inspectContainer("web")).state.health).toBe("unhealthy");
  await engine.stopContainer("web");
  await engine.startContainer("web");
  clock.advance(999);
  expect((await engine.inspectContainer("web")).state.health).toBe("starting");
  clock.advance(1);
  expect((await engine.inspectContainer("web")).state.health).toBe("healthy");
});

test("a moved tag leaves the old image to the containers that have it", async () => {
  const { engine } = fresh();
  const old = (await engine.inspectImage("fleet-test:1"))?.id;
  engine.addContainer("web", containerConfig());
  const moved = engine.addImage("fleet-test:1", { env: { REV: "2" } });
  expect((await engine.inspectImage("fleet-test:1"))?.id).toBe(moved);
  expect((await engine.inspectContainer("web")).imageId).toBe(old);
  expect((await engine.inspectImage(old ?? ""))?.tags).toEqual([]);
  engine.moveTag("fleet-test:1", old ?? "");
  expect((await engine.inspectImage("fleet-test:1"))?.id).toBe(old);
});

test("a pull gets what the registry has, and tells how it goes", async () => {
  const { engine } = fresh();
  expect(await codeOf(engine.pullImage("db:16"))).toBe("NotFound");
  engine.makePullable("db:16", { env: { PGDATA: "/data" } });
  expect(await engine.inspectImage("db:16")).toBeNull();
  const lines: string[] = [];
  await engine.pullImage("db:16", { onProgress: (line) => lines.push(line) });
  const first = await engine.inspectImage("db:16");
  expect([first?.defaults.env, lines]).toEqual([{ PGDATA: "/data" }, ["Pulled db:16"]]);
  await engine.pullImage("db:16");
  expect(await engine.inspectImage("db:16")).toEqual(first);
  engine.makePullable("db:16", { env: { PGDATA: "/new" } });
  await engine.pullImage("db:16");
  expect((await engine.inspectImage("db:16"))?.id).not.toBe(first?.id);
});

test("C25: an image is found by short name, whole name, digest and id", async () => {
  const digest = `repo@sha256:${"a".repeat(64)}`;
  const { engine } = fresh({ images: { busybox: {}, [digest]: {} } });
  const found = await engine.inspectImage("busybox");
  expect(found?.tags).toEqual(["busybox:latest"]);
  for (const ref of ["busybox:latest", "docker.io/library/busybox", found?.id ?? "", found?.id.slice(7, 19) ?? ""]) {
    expect(await engine.inspectImage(ref)).toEqual(found);
  }
  expect(await engine.inspectImage(digest)).toMatchObject({ tags: [], digests: [digest] });
});

test("with anyImage every image exists, runs for ever and is healthy at once", async () => {
  const { engine, clock } = fresh({ anyImage: true });
  const image = await engine.inspectImage("never/heard-of:3");
  expect(image?.tags).toEqual(["never/heard-of:3"]);
  await engine.pullImage("never/heard-of:3");
  const healthcheck = { test: ["CMD-SHELL", "curl -f localhost"] };
  const id = await engine.createContainer("web", { image: "never/heard-of:3", command: ["true"], healthcheck });
  await engine.startContainer(id);
  clock.advance(24 * 3_600_000);
  const found = await engine.inspectContainer(id);
  expect([found.imageId, found.state.phase, found.state.health]).toEqual([image?.id, "running", "healthy"]);
  expect(await engine.inspectImage(found.imageId)).toEqual(image);
});

test("a file carries engine and host from one process to the next, readable by its owner alone", async () => {
  const folder = await mkdtemp(join(tmpdir(), "fleet-memory-"));
  try {
    const file = join(folder, "state.json");
    const clock = new ManualClock();
    const open = () => {
      const host = memoryHost({ file });
      return { host, engine: memoryEngine({ clock, host, file, anyImage: true }) };
    };
    const one = open();
    one.host.addDirectory("/srv/data", { uid: 1000 });
    const mounts = [{ kind: "bind", source: "/srv/data", target: "/data", readOnly: false }] as const;
    const id = await one.engine.createContainer("web", { image: "web:1", mounts });
    await one.engine.startContainer(id);
    const two = open();
    expect(await two.engine.inspectContainer("web")).toEqual(await one.engine.inspectContainer("web"));
    expect(await two.engine.info()).toEqual(await one.engine.info());
    expect(two.host.entries()).toEqual(one.host.entries());
    two.host.remove("/srv/data");
    await two.engine.stopContainer("web");
    expect((await one.engine.inspectContainer("web")).phase).toBe("exited");
    expect(await codeOf(one.engine.startContainer("web"))).toBe("NotFound");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(["state.json"]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a file that is something else is left alone", async () => {
  const folder = await mkdtemp(join(tmpdir(), "fleet-memory-"));
  try {
    const file = join(folder, "fleet.yaml");
    await writeFile(file, "kind: Fleet\n");
    expect(() => memoryEngine({ file })).toThrow(
      new FleetError("Invalid", `${file}: expected the state of a memory engine (fleet.memory/v1)`, {
        hint: "Name a path that does not exist yet.",
      }),
    );
    expect(await readFile(file, "utf8")).toBe("kind: Fleet\n");
  } finally {
    await rm(folder, { recursive: true });
  }
});
