import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FleetError } from "../errors.ts";
import { ManualClock } from "../manual-clock.ts";
import type { EngineEvent } from "../observe/engine-event.ts";
import { containerConfig } from "../spec/builders.ts";
import type { CallOptions, Engine } from "./engine.ts";
import { type MemoryEngineOptions, memoryEngine } from "./memory.ts";

function fresh(options: MemoryEngineOptions = {}) {
  const clock = new ManualClock();
  return { clock, start: clock.now(), engine: memoryEngine({ clock, images: { "fleet-test:1": {} }, ...options }) };
}

interface Watch {
  /** `container die web 137`, in order. */
  readonly lines: string[];
  readonly events: EngineEvent[];
  /** What it was rejected with; `open` until then. */
  outcome: unknown;
}

/** A subscription that is open, unless something is in the way. */
async function watch(engine: Engine, options: CallOptions = {}): Promise<Watch> {
  const found: Watch = { lines: [], events: [], outcome: "opening" };
  const watcher = {
    onOpen: () => {
      found.outcome = "open";
    },
    onEvent: (event: EngineEvent) => {
      found.events.push(event);
      found.lines.push(line(event));
    },
  };
  engine.watchEvents(watcher, options).catch((error: unknown) => {
    found.outcome = error;
  });
  await turn();
  return found;
}

function line({ kind, action, name, detail, exitCode, signal }: EngineEvent): string {
  return [kind, action, name, detail, exitCode, signal].filter((word) => word !== undefined).join(" ");
}

/** Lets promises that are ready go on. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const ended = new FleetError("Unreachable", "Cannot watch events: the stream from memory: has ended.");

test("what somebody does behind the port's back is said, with the networks", async () => {
  const { engine } = fresh();
  const { lines } = await watch(engine);
  engine.addContainer("web", containerConfig({ command: ["sh", "-c", "trap 'exit 7' TERM; while :; do :; done"] }));
  engine.pause("web");
  engine.stop("web");
  engine.stop("web");
  engine.kill("web");
  engine.remove("web");
  expect(lines).toEqual([
    "container create web",
    "network connect bridge",
    "container start web",
    "container pause web",
    "container kill web 15",
    "container unpause web",
    "container die web 7",
    "network disconnect bridge",
    "container stop web",
    "container destroy web",
  ]);
});

test("an end for want of memory is said before the end", async () => {
  const { engine } = fresh();
  engine.addContainer("web", containerConfig({ networkMode: "none" }));
  const { lines } = await watch(engine);
  engine.exit("web", 137, { oomKilled: true });
  expect(lines).toEqual(["container oom web", "container die web 137", "network disconnect none"]);
});

test("a removal takes anonymous volumes along before the container", async () => {
  const { engine } = fresh({ images: { "fleet-test:1": { command: ["sleep", "infinity"], volumes: ["/data"] } } });
  const { events } = await watch(engine);
  engine.addContainer("web", { image: "fleet-test:1", networkMode: "host" }, "created");
  engine.remove("web");
  const volume = expect.stringMatching(/^[0-9a-f]{64}$/);
  expect(events.map(({ kind, action, id }) => [kind, action, kind === "volume" ? id : ""])).toEqual([
    ["volume", "create", volume],
    ["container", "create", ""],
    ["volume", "destroy", volume],
    ["container", "destroy", ""],
  ]);
});

test("images are tagged, pulled and removed", async () => {
  const { engine, start } = fresh();
  engine.makePullable("db:16");
  const { events } = await watch(engine);
  const id = engine.addImage("web:1");
  engine.moveTag("web:2", id);
  await engine.pullImage("docker.io/library/db:16");
  engine.removeImage("web:1");
  const image = { at: start, kind: "image", labels: {} };
  expect(events).toEqual([
    { ...image, action: "tag", id, name: "web:1" },
    { ...image, action: "tag", id, name: "web:2" },
    { ...image, action: "pull", id: "db:16", name: "db:16" },
    { ...image, action: "untag", id, name: "" },
    { ...image, action: "untag", id, name: "" },
    { ...image, action: "delete", id, name: "" },
  ]);
});

test("what happens by itself is said when it happens, without a look from anybody", async () => {
  const { engine, clock, start } = fresh();
  const healthcheck = { test: ["CMD", "true"], interval: 1000 };
  const restart = { policy: "on-failure", maxRetries: 1 } as const;
  const { events, lines } = await watch(engine);
  engine.addContainer("job", containerConfig({ command: ["sh", "-c", "sleep 5; exit 3"], healthcheck, restart }));
  lines.length = 0;
  events.length = 0;
  clock.advance(5000);
  expect(lines).toEqual(["container health_status job healthy", "container die job 3", "network disconnect bridge"]);
  clock.advance(60_000);
  expect(
    events.filter(({ kind }) => kind === "container").map(({ at, ...event }) => [at - start, line({ at, ...event })]),
  ).toEqual([
    [1000, "container health_status job healthy"],
    [5000, "container die job 3"],
    [5100, "container start job"],
    [6100, "container health_status job healthy"],
    [10_100, "container die job 3"],
  ]);
  expect(clock.pending).toBe(0);
});

test("what happened before a stream was open is not said in it", async () => {
  const { engine, clock } = fresh();
  engine.addContainer("job", containerConfig({ command: ["sleep", "1"] }));
  clock.advance(5000);
  const { lines } = await watch(engine);
  await engine.listContainers();
  expect(lines).toEqual([]);
});

test("health that a test sets is said when it changes", async () => {
  const { engine } = fresh();
  engine.addContainer("web", containerConfig());
  const { lines } = await watch(engine);
  engine.setHealth("web", "unhealthy");
  engine.setHealth("web", "unhealthy");
  engine.setHealth("web", "healthy");
  expect(lines).toEqual(["container health_status web unhealthy", "container health_status web healthy"]);
});

test("the event comes before the answer of the call that caused it", async () => {
  const { engine } = fresh();
  const id = engine.addContainer("web", containerConfig());
  const { lines } = await watch(engine);
  await engine.removeContainer(id, { force: true }).then(() => lines.push("answered"));
  expect(lines).toEqual([
    "container kill web 9",
    "container die web 137",
    "network disconnect bridge",
    "container destroy web",
    "answered",
  ]);
});

test("what a watcher brings about is heard by all after what it heard", async () => {
  const { engine } = fresh();
  engine.addContainer("web", containerConfig({ networkMode: "none" }));
  const onEvent = ({ action }: EngineEvent): void => {
    if (action === "die") engine.remove("web");
  };
  engine.watchEvents({ onEvent }).catch(() => {});
  const { lines } = await watch(engine);
  engine.kill("web");
  expect(lines).toEqual([
    "container kill web 9",
    "container die web 137",
    "network disconnect none",
    "container destroy web",
  ]);
});

test("a stream is a call under way until it ends, and leaves no timer", async () => {
  const { engine, clock } = fresh();
  engine.addContainer("job", containerConfig({ command: ["sleep", "3600"] }));
  const abort = new AbortController();
  const found = await watch(engine, { signal: abort.signal });
  const call = { verb: "watchEvents", target: "", mutating: false, at: clock.now() };
  expect([engine.calls, clock.pending]).toEqual([[call], 1]);
  abort.abort();
  engine.kill("job");
  await turn();
  expect(found.outcome).toEqual(new FleetError("Cancelled", "watch events: cancelled by the caller."));
  expect([engine.calls, clock.pending, found.lines]).toEqual([[{ ...call, outcome: "Cancelled" }], 0, []]);
});

test("a watcher that cancels as it is opened is told nothing and leaves no timer", async () => {
  const { engine, clock } = fresh();
  engine.addContainer("job", containerConfig({ command: ["sleep", "3600"] }));
  const abort = new AbortController();
  const lines: string[] = [];
  const watcher = { onOpen: () => abort.abort(), onEvent: (event: EngineEvent) => lines.push(line(event)) };
  await expect(engine.watchEvents(watcher, { signal: abort.signal })).rejects.toMatchObject({ code: "Cancelled" });
  engine.kill("job");
  expect([lines, clock.pending]).toEqual([[], 0]);
});

test.each<[string, (engine: ReturnType<typeof fresh>["engine"]) => unknown]>([
  ["cut", (engine) => engine.cutEvents()],
  ["an engine that nobody reaches", (engine) => engine.setUnreachable(true)],
  ["another engine in its place", (engine) => engine.replaceEngineId()],
  ["closing", (engine) => engine.close()],
])("%s ends every open stream", async (_, act) => {
  const { engine, clock } = fresh();
  const watches = [await watch(engine), await watch(engine)];
  act(engine);
  engine.addContainer("web", containerConfig());
  await turn();
  expect(watches.map(({ outcome, lines }) => ({ outcome, lines }))).toEqual([
    { outcome: ended, lines: [] },
    { outcome: ended, lines: [] },
  ]);
  expect(clock.pending).toBe(0);
});

test("a new stream speaks after a cut, and when the engine is back", async () => {
  const { engine } = fresh();
  engine.cutEvents();
  const cut = await watch(engine);
  engine.setUnreachable(true);
  expect((await watch(engine)).outcome).toMatchObject({ code: "Unreachable" });
  engine.setUnreachable(false);
  const back = await watch(engine);
  await engine.createVolume("state", {});
  expect([cut.lines, back.outcome, back.lines]).toEqual([[], "open", ["volume create state"]]);
});

test("a muted stream stays open and says nothing more; a new one speaks", async () => {
  const { engine } = fresh();
  const muted = await watch(engine);
  await engine.createVolume("before", {});
  engine.muteEvents();
  const speaking = await watch(engine);
  await engine.createVolume("after", {});
  await turn();
  expect(muted).toMatchObject({ outcome: "open", lines: ["volume create before"] });
  expect(speaking).toMatchObject({ outcome: "open", lines: ["volume create after"] });
  engine.cutEvents();
  await turn();
  expect(muted.outcome).toEqual(ended);
});

test("an opening that hangs is a Timeout after its deadline, ten seconds by default", async () => {
  const { engine, clock } = fresh();
  engine.hang("watchEvents", 2);
  const [own, byDefault] = [await watch(engine, { deadline: 500 }), await watch(engine)];
  clock.advance(500);
  await turn();
  expect([own.outcome, byDefault.outcome]).toEqual([expect.objectContaining({ code: "Timeout" }), "opening"]);
  clock.advance(9500);
  await turn();
  expect(byDefault.outcome).toMatchObject({ code: "Timeout" });
});

test("an open stream has no deadline", async () => {
  const { engine, clock } = fresh();
  const found = await watch(engine, { deadline: 500 });
  clock.advance(24 * 3_600_000);
  await engine.createVolume("state", {});
  expect(found).toMatchObject({ outcome: "open", lines: ["volume create state"] });
  expect(clock.pending).toBe(0);
});

test("an opening fails as any call does, also one whose answer is lost", async () => {
  const { engine } = fresh();
  const refused = new FleetError("Forbidden", "no");
  engine.fail("watchEvents", 2, refused, { applied: true });
  expect([(await watch(engine)).outcome, (await watch(engine)).outcome]).toEqual([refused, refused]);
  expect((await watch(engine)).outcome).toBe("open");
});

test("with a file events are told, and not kept", async () => {
  const folder = await mkdtemp(join(tmpdir(), "fleet-memory-"));
  try {
    const file = join(folder, "state.json");
    const { engine } = fresh({ file });
    await engine.createVolume("one", {});
    const again = fresh({ file }).engine;
    const { lines } = await watch(again);
    await again.createVolume("two", {});
    expect(lines).toEqual(["volume create two"]);
    expect(Object.keys(JSON.parse(await readFile(file, "utf8")).engine)).not.toContain("happened");
  } finally {
    await rm(folder, { recursive: true });
  }
});
