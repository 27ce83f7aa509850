import type { EngineEvent } from "@fleet/core";
import { afterEach, expect, test, vi } from "vitest";
import { Bench, codeOf, type OpenEngine, obedient, stubborn } from "./engine-under-test.ts";

export function eventContract(open: OpenEngine): void {
  const bench = new Bench(open);
  const watches: AbortController[] = [];

  afterEach(() => {
    for (const watch of watches.splice(0)) watch.abort();
  });

  interface Watch {
    readonly abort: AbortController;
    /** What it was rejected with. */
    readonly outcome: Promise<unknown>;
  }

  /** An open subscription to what is said about this test's things. */
  async function watch(onEvent: (event: EngineEvent) => void, deadline = 10_000): Promise<Watch> {
    const abort = new AbortController();
    watches.push(abort);
    const ours = (event: EngineEvent): void => {
      if (event.name.startsWith(bench.name(""))) onEvent(event);
    };
    return new Promise((resolve, reject) => {
      const onOpen = (): void => resolve({ abort, outcome });
      const { signal } = abort;
      const outcome = bench.engine.watchEvents({ onOpen, onEvent: ours }, { signal, deadline }).catch((error) => {
        reject(error);
        return error;
      });
    });
  }

  /** What is said from now on about this test's things, as it arrives. */
  async function listen(): Promise<EngineEvent[]> {
    const heard: EngineEvent[] = [];
    await watch((event) => heard.push(event));
    return heard;
  }

  let marks = 0;

  /** Resolves once everything that has happened so far has been heard, or `count` events and whatever else came. */
  async function caughtUp(heard: EngineEvent[], count = 0): Promise<void> {
    // On newer engines what a call did can be said a moment after its answer.
    await vi.waitUntil(() => heard.length >= count, { timeout: 10_000, interval: 10 }).catch(() => {});
    marks += 1;
    const mark = bench.name(`mark-${marks}`);
    await bench.engine.createVolume(mark, {});
    await vi.waitUntil(() => heard.some(({ name }) => name === mark), { timeout: 10_000, interval: 10 });
    heard.splice(0, heard.length, ...heard.filter(({ name }) => name !== mark));
  }

  /** `container die web 137`. */
  function line({ kind, action, detail, name, exitCode, signal }: EngineEvent): string {
    const words = [kind, action, name.slice(bench.name("").length), detail, exitCode, signal];
    return words.filter((word) => word !== undefined).join(" ");
  }

  /**
   * Acts, and gives what was said about it, apart from what networks say. As a set: some engines say `stop` before
   * `die`, and some say twice that a volume was made.
   */
  async function said(heard: EngineEvent[], expected: readonly string[], act: () => Promise<unknown>): Promise<void> {
    heard.length = 0;
    await act();
    await caughtUp(heard, expected.length);
    const lines = heard.filter(({ kind }) => kind !== "network").map(line);
    expect([...new Set(lines)].sort()).toEqual([...expected].sort());
  }

  test("the life of a container, call by call", async () => {
    const { engine, hands } = bench;
    const heard = await listen();
    let id = "";
    const step = (expected: readonly string[], act: () => Promise<unknown>) => said(heard, expected, act);
    await step(["container create web"], async () => {
      id = await bench.create("web", { command: obedient });
    });
    await step(["container start web"], () => engine.startContainer(id));
    await step([], () => engine.startContainer(id));
    await step(["container pause web"], () => hands.pause(id));
    await step(["container unpause web"], () => engine.unpauseContainer(id));
    await step([], () => engine.unpauseContainer(id));
    await step(["container update web"], () => engine.updateContainer(id, { pids: 50 }));
    await step(["container rename site"], () => engine.renameContainer(id, bench.name("site")));
    await step([], () => engine.renameContainer(id, bench.name("site")));
    await step(["container kill site 15", "container die site 7", "container stop site"], () =>
      engine.stopContainer(id),
    );
    await step([], () => engine.stopContainer(id));
    await step(["container start site"], () => engine.startContainer(id));
    await step(["container kill site 9", "container die site 137"], () => hands.kill(id));
    await step(["container destroy site"], () => engine.removeContainer(id));
  });

  test("a container that ignores its stop signal is killed", async () => {
    const id = await bench.run("web", { command: stubborn, stopSignal: "SIGINT" });
    const expected = ["container kill web 2", "container kill web 9", "container die web 137", "container stop web"];
    await said(await listen(), expected, () => bench.engine.stopContainer(id, { gracePeriod: 0 }));
  });

  test("one whose stop signal is SIGKILL is killed once", async () => {
    const id = await bench.run("web", { stopSignal: "KILL" });
    const expected = ["container kill web 9", "container die web 137", "container stop web"];
    await said(await listen(), expected, () => bench.engine.stopContainer(id));
  });

  test("a paused one that is stopped goes on before it ends", async () => {
    const id = await bench.run("web", { command: obedient });
    await bench.hands.pause(id);
    const expected = ["container kill web 15", "container unpause web", "container die web 7", "container stop web"];
    await said(await listen(), expected, () => bench.engine.stopContainer(id));
  });

  test("a running one that is removed by force is killed first", async () => {
    const id = await bench.run("web", { command: obedient });
    const expected = ["container kill web 9", "container die web 137", "container destroy web"];
    await said(await listen(), expected, () => bench.engine.removeContainer(id, { force: true }));
  });

  test("a program that ends by itself only dies, and its policy starts it again", async () => {
    const heard = await listen();
    const config = { command: ["sh", "-c", "exit 3"], restart: { policy: "on-failure", maxRetries: 1 } } as const;
    const id = await bench.create("job", config);
    await caughtUp(heard, 1);
    heard.length = 0;
    await bench.engine.startContainer(id);
    await bench.eventually(id, ({ state }) => state.phase === "exited" && state.restartCount === 1);
    await caughtUp(heard, 4);
    expect(heard.map(line)).toEqual([
      "container start job",
      "container die job 3",
      "container start job",
      "container die job 3",
    ]);
  });

  test("health is said when it changes, and nothing of the probes", async () => {
    const healthcheck = { test: ["CMD", "true"], interval: 200 };
    const id = await bench.create("web", { healthcheck });
    await said(await listen(), ["container start web", "container health_status web healthy"], async () => {
      await bench.engine.startContainer(id);
      await bench.eventually(id, ({ state }) => state.health === "healthy");
    });
  });

  test("a start that fails is neither start nor end", async () => {
    const id = await bench.create("web", { command: ["/nonexistent/program"] });
    await said(await listen(), [], () => bench.engine.startContainer(id).catch(() => {}));
  });

  test("volumes are said to come and go, those without a name too", async () => {
    const heard = await listen();
    const mounts = [{ kind: "volume", source: bench.name("data"), target: "/data", readOnly: false }] as const;
    let id = "";
    await said(heard, ["volume create data", "container create web"], async () => {
      id = await bench.create("web", { mounts });
    });
    await said(heard, ["container destroy web", "volume destroy data"], async () => {
      await bench.engine.removeContainer(id);
      await bench.engine.removeVolume(bench.name("data"));
    });
  });

  test("networks come and go, and say which container joins and leaves them", async () => {
    const network = bench.name("net");
    const heard = await listen();
    const { engine } = bench;
    const id = await bench.run("web", { command: obedient });
    await engine.createNetwork(network, {});
    await engine.connectNetwork(network, id, []);
    await engine.disconnectNetwork(network, id);
    await engine.removeNetwork(network);
    await caughtUp(heard);
    // Some engines say twice that a container left.
    const found = new Map(heard.filter(({ name }) => name === network).map((event) => [event.action, event]));
    expect([...found.keys()]).toEqual(["create", "connect", "disconnect", "destroy"]);
    const at = expect.any(Number);
    expect(found.get("connect")).toEqual({ at, kind: "network", action: "connect", id, name: network, labels: {} });
    expect(found.get("disconnect")?.id).toBe(id);
    const own = found.get("create")?.id;
    expect(own).not.toBe(id);
    expect(found.get("destroy")?.id).toBe(own);
  });

  test("an event of a container has its id and labels, and the time by the engine's clock", async () => {
    const heard = await listen();
    const before = Date.now();
    const labels = { "fleet.name": "f", name: "shadowed", a: "" };
    const id = await bench.run("web", { image: "fleet-test:user", labels, command: obedient });
    await bench.hands.kill(id);
    await caughtUp(heard, 4);
    const events = heard.filter(({ kind }) => kind === "container");
    const common = { kind: "container", id, name: bench.name("web"), labels: { "fleet.name": "f", a: "", v: "9" } };
    const at = expect.any(Number);
    expect(events).toEqual([
      { at, ...common, action: "create" },
      { at, ...common, action: "start" },
      { at, ...common, action: "kill", signal: "9" },
      { at, ...common, action: "die", exitCode: 137 },
    ]);
    const times = events.map((event) => event.at);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBeGreaterThan(before - 60_000);
    expect(times.at(-1)).toBeLessThan(Date.now() + 60_000);
  });

  test("every subscriber hears everything", async () => {
    const [one, two] = [await listen(), await listen()];
    await bench.run("web");
    await caughtUp(one, 2);
    await vi.waitUntil(() => two.length > one.length, { timeout: 10_000, interval: 10 });
    expect(one.map(line)).toEqual(["container create web", "container start web"]);
    // The mark too.
    expect(two.slice(0, -1)).toEqual(one);
  });

  test("the opening comes before any event", async () => {
    const log: string[] = [];
    const abort = new AbortController();
    watches.push(abort);
    const onEvent = ({ name }: EngineEvent): void => {
      if (name === bench.name("data")) log.push("data");
    };
    const onOpen = (): void => {
      log.push("open");
      bench.engine.createVolume(bench.name("data"), {}).catch(() => {});
    };
    bench.engine.watchEvents({ onOpen, onEvent }, { signal: abort.signal }).catch(() => {});
    await vi.waitUntil(() => log.length >= 2, { timeout: 10_000, interval: 10 });
    expect(log[0]).toBe("open");
    expect(log.filter((word) => word === "open")).toEqual(["open"]);
  });

  test("a watcher that cancels is left alone at once", async () => {
    const witness = await listen();
    const heard: string[] = [];
    const cancelled = await watch((event) => {
      heard.push(line(event));
      cancelled.abort.abort();
    });
    const id = await bench.run("web", { command: obedient });
    await bench.engine.removeContainer(id, { force: true });
    expect(await cancelled.outcome).toMatchObject({ code: "Cancelled" });
    await caughtUp(witness, 5);
    expect(heard).toEqual(["container create web"]);
  });

  test("one that was cancelled before it began is never opened", async () => {
    const log: string[] = [];
    const watcher = { onOpen: () => log.push("open"), onEvent: () => log.push("event") };
    expect(await codeOf(bench.engine.watchEvents(watcher, { signal: AbortSignal.abort() }))).toBe("Cancelled");
    const witness = await listen();
    await bench.create("web");
    await caughtUp(witness, 1);
    expect(log).toEqual([]);
  });

  test("what a watcher throws ends its subscription, and no other", async () => {
    const broken = new Error("the watcher is broken");
    const fail = (): never => {
      throw broken;
    };
    await expect(bench.engine.watchEvents({ onOpen: fail, onEvent: () => {} })).rejects.toBe(broken);
    const heard = await listen();
    const failing = await watch(fail);
    await bench.run("web");
    expect(await failing.outcome).toBe(broken);
    await caughtUp(heard, 2);
    expect(heard.map(line)).toEqual(["container create web", "container start web"]);
  });

  test("the deadline is for the opening: a stream outlives it", async () => {
    const id = await bench.create("job", { command: ["sleep", "1.5"] });
    const heard: EngineEvent[] = [];
    const { outcome } = await watch((event) => heard.push(event), 1000);
    await bench.engine.startContainer(id);
    const died = vi.waitUntil(() => heard.some(({ action }) => action === "die"), { timeout: 10_000, interval: 20 });
    expect(await Promise.race([outcome, died])).toBe(true);
  });
}
