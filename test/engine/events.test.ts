import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import {
  type CallOptions,
  dockerEngine,
  type Engine,
  type EngineEvent,
  parseEndpoint,
} from "../../packages/core/src/index.ts";
import { ask } from "../support/ask.ts";
import { realEngines } from "../support/engines.ts";
import { type EngineProxy, startProxy } from "../support/proxy.ts";
import { scratch } from "../support/scratch.ts";
import { eventually } from "../support/world.ts";

interface Watch {
  readonly events: EngineEvent[];
  /** What it was rejected with; undefined while it is open. */
  outcome: unknown;
}

/** A subscription that is open. */
function watch(engine: Engine, options: CallOptions = {}): Promise<Watch> {
  return new Promise((resolve, reject) => {
    const found: Watch = { events: [], outcome: undefined };
    const watcher = { onOpen: () => resolve(found), onEvent: (event: EngineEvent) => found.events.push(event) };
    engine.watchEvents(watcher, options).catch((error: unknown) => {
      found.outcome = error;
      reject(error);
    });
  });
}

const when = (condition: boolean): true | undefined => (condition ? true : undefined);

describe.each(realEngines())("the event stream of engine $version", ({ host }) => {
  const direct = dockerEngine(parseEndpoint(host));
  const { name, clean } = scratch(direct, "events");
  let proxy: EngineProxy;
  let engine: Engine;

  beforeAll(async () => {
    proxy = await startProxy({ target: host });
    engine = dockerEngine(parseEndpoint(proxy.host));
  });
  afterEach(async () => {
    proxy.setRules([]);
    proxy.cut();
    await clean();
  });
  afterAll(async () => {
    await engine.close();
    await proxy.close();
    await direct.close();
  });

  /** Resolves once an event about the thing of that name has come. */
  async function heard({ events }: Watch, thing: string): Promise<void> {
    await eventually(async () => when(events.some((event) => event.name === name(thing))));
  }

  /** What was said about a container, in order. */
  function actions({ events }: Watch, thing: string): readonly string[] {
    const own = events.filter((event) => event.kind === "container" && event.name === name(thing));
    return own.map(({ action, detail, exitCode }) =>
      [action, detail, exitCode].filter((part) => part !== undefined).join(" "),
    );
  }

  test("a stream that is cut is Unreachable, and a new one hears what comes", async () => {
    const cut = await watch(engine);
    await direct.createVolume(name("before"), {});
    await heard(cut, "before");
    proxy.cut();
    await eventually(async () => when(cut.outcome !== undefined));
    expect(cut.outcome).toMatchObject({
      code: "Unreachable",
      message: expect.stringMatching(/^Cannot watch events: no whole answer from unix:/),
    });
    const next = await watch(engine);
    await direct.createVolume(name("after"), {});
    await heard(next, "after");
    expect(cut.events.filter((event) => event.name === name("after"))).toEqual([]);
  });

  test("a stream that falls silent stays open, and nothing else is held up", async () => {
    const silent = await watch(engine);
    proxy.silence();
    const speaking = await watch(engine);
    await engine.createVolume(name("a"), {});
    await heard(speaking, "a");
    expect(silent).toMatchObject({ outcome: undefined, events: [] });
    expect((await engine.listVolumes()).map((volume) => volume.name)).toContain(name("a"));
  });

  test("many streams hold up no other call", async () => {
    const watches = await Promise.all(Array.from({ length: 20 }, () => watch(engine)));
    expect(proxy.streaming).toBe(20);
    await engine.createVolume(name("a"), {}, { deadline: 5000 });
    await Promise.all(watches.map((each) => heard(each, "a")));
  });

  test("a cancelled stream leaves no connection", async () => {
    const abort = new AbortController();
    const cancelled = await watch(engine, { signal: abort.signal });
    const kept = await watch(engine);
    expect(proxy.streaming).toBe(2);
    abort.abort();
    await eventually(async () => when(proxy.streaming === 1));
    expect(cancelled.outcome).toMatchObject({
      code: "Cancelled",
      message: "Cannot watch events: cancelled by the caller.",
    });
    expect(kept.outcome).toBeUndefined();
  });

  test("a watcher that throws leaves no connection", async () => {
    const broken = new Error("the watcher is broken");
    const fail = (): never => {
      throw broken;
    };
    const opening = engine.watchEvents({ onOpen: fail, onEvent: () => {} });
    await expect(opening).rejects.toBe(broken);
    const watching = engine.watchEvents({ onEvent: fail });
    const outcome = watching.catch((error: unknown) => error);
    await eventually(async () => when(proxy.streaming === 1));
    await direct.createVolume(name("a"), {});
    expect(await outcome).toBe(broken);
    await eventually(async () => when(proxy.streaming === 0));
  });

  test("closing the engine ends its streams", async () => {
    const own = dockerEngine(parseEndpoint(proxy.host));
    const found = await watch(own);
    await own.close();
    await eventually(async () => when(found.outcome !== undefined));
    expect(found.outcome).toMatchObject({ code: "Unreachable" });
    await eventually(async () => when(proxy.streaming === 0));
  });

  test("an opening that is never answered is a Timeout", async () => {
    proxy.setRules([{ path: /^\/events/, fault: { kind: "hang" } }]);
    await expect(watch(engine, { deadline: 200 })).rejects.toMatchObject({ code: "Timeout" });
  });

  test("an opening that is refused says why", async () => {
    const fault = { kind: "answer", status: 403, message: "request forbidden by administrative rules" } as const;
    proxy.setRules([{ path: /^\/events/, fault }]);
    await expect(watch(engine)).rejects.toMatchObject({
      code: "Forbidden",
      message: "Cannot watch events: request forbidden by administrative rules",
    });
  });

  test("the version is asked for again after a stream broke", async () => {
    await watch(engine);
    proxy.cut();
    await eventually(async () => when(proxy.streaming === 0));
    const before = proxy.requests.length;
    await watch(engine);
    expect(proxy.requests.slice(before).map(({ path }) => path.replace(/\?.*/, ""))).toEqual(["/_ping", "/events"]);
  });

  test("an exec leaves no event, an end for want of memory does", async () => {
    const stream = await watch(engine);
    const id = await direct.createContainer(name("a"), { image: "fleet-test:1" });
    await direct.startContainer(id);
    const exec = { Cmd: ["true"], AttachStdout: true };
    const { Id } = (await ask(host, "POST", `/containers/${id}/exec`, exec)) as { Id: string };
    await ask(host, "POST", `/exec/${Id}/start`, { Detach: true });
    await eventually(async () => when(!((await ask(host, "GET", `/exec/${Id}/json`)) as { Running: boolean }).Running));
    const command = ["sh", "-c", "x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done"];
    const greedy = await direct.createContainer(name("b"), { image: "fleet-test:1", command, memory: 10 * 1024 ** 2 });
    await direct.startContainer(greedy);
    await eventually(async () => when(actions(stream, "b").includes("die 137")));
    await eventually(async () => when(actions(stream, "b").includes("oom")));
    expect(actions(stream, "a")).toEqual(["create", "start"]);
    expect([...new Set(actions(stream, "b"))].sort()).toEqual(["create", "die 137", "oom", "start"]);
  });

  test("health is said, and nothing of the probes behind it", async () => {
    const stream = await watch(engine);
    const healthcheck = { test: ["CMD", "false"], interval: 200, retries: 2 };
    const id = await direct.createContainer(name("a"), { image: "fleet-test:1", healthcheck });
    await direct.startContainer(id);
    await eventually(async () => when(actions(stream, "a").length >= 3));
    expect(actions(stream, "a")).toEqual(["create", "start", "health_status unhealthy"]);
  });
});

describe("a stream that is not as it should be", () => {
  /** An engine that says what `speak` writes. */
  async function openServer(speak: (response: ServerResponse) => void): Promise<Engine> {
    const server = createServer((request, response) => {
      if (request.url === "/_ping") response.setHeader("api-version", "1.41").end("OK");
      else speak(response);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const engine = dockerEngine(parseEndpoint(`tcp://127.0.0.1:${port}`));
    onTestFinished(async () => {
      await engine.close();
      server.closeAllConnections();
      await once(server.close(), "close");
    });
    return engine;
  }

  const watchServer = async (speak: (response: ServerResponse) => void): Promise<Watch> =>
    watch(await openServer(speak));

  const line = (name: string): string =>
    `${JSON.stringify({ Type: "volume", Action: "create", Actor: { ID: name }, time: 1, timeNano: 1e9 })}\n`;
  const event = (name: string): EngineEvent => ({
    at: 1000,
    kind: "volume",
    action: "create",
    id: name,
    name,
    labels: {},
  });

  test("cut in the middle of a line: what was whole is told, then it is Unreachable", async () => {
    const found = await watchServer((response) => {
      response.write(line("a") + line("b").slice(0, 30), () => response.destroy());
    });
    await eventually(async () => when(found.outcome !== undefined));
    expect(found.events).toEqual([event("a")]);
    expect(found.outcome).toMatchObject({ code: "Unreachable" });
  });

  test("ended in good order it is Unreachable too", async () => {
    const found = await watchServer((response) => response.end(line("a")));
    await eventually(async () => when(found.outcome !== undefined));
    expect(found.events).toEqual([event("a")]);
    expect(found.outcome).toMatchObject({
      code: "Unreachable",
      message: expect.stringMatching(/^Cannot watch events: the stream from tcp:\/\/127.0.0.1:\d+ has ended\.$/),
    });
  });

  test("a line that is no event is left out", async () => {
    const found = await watchServer((response) =>
      response.write(`${line("a")}<html>\n{"message":"x"}\n\n${line("b")}`),
    );
    await eventually(async () => when(found.events.length === 2));
    expect(found).toEqual({ events: [event("a"), event("b")], outcome: undefined });
  });

  test("a watcher that cancels hears nothing more, not even of the same chunk", async () => {
    const engine = await openServer((response) => response.write(line("a") + line("b")));
    const abort = new AbortController();
    const names: string[] = [];
    const onEvent = (each: EngineEvent): void => {
      names.push(each.name);
      abort.abort();
    };
    await expect(engine.watchEvents({ onEvent }, { signal: abort.signal })).rejects.toMatchObject({
      code: "Cancelled",
    });
    expect(names).toEqual(["a"]);
  });

  test("opened without a word it stays open", async () => {
    const found = await watchServer((response) => response.flushHeaders());
    expect(found).toEqual({ events: [], outcome: undefined });
  });
});
