import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { dockerEngine, type Engine, type FleetError, parseEndpoint } from "../../packages/core/src/index.ts";
import { realEngines } from "../support/engines.ts";
import { type EngineProxy, type Fault, startProxy } from "../support/proxy.ts";
import { scratch } from "../support/scratch.ts";

describe.each(realEngines())("a broken connection to engine $version", ({ host }) => {
  const direct = dockerEngine(parseEndpoint(host));
  const { name, clean } = scratch(direct, "faults");
  let proxy: EngineProxy;
  let engine: Engine;

  beforeAll(async () => {
    proxy = await startProxy({ target: host });
    engine = dockerEngine(parseEndpoint(proxy.host));
    await engine.info();
  });
  afterEach(async () => {
    proxy.setRules([]);
    await clean();
  });
  afterAll(async () => {
    await engine.close();
    await proxy.close();
    await direct.close();
  });

  /** The error, and how long it took. */
  async function failure(call: () => Promise<unknown>): Promise<Partial<FleetError> & { took: number }> {
    const start = performance.now();
    return call().then(
      () => expect.unreachable("the call resolved"),
      ({ code, status, message }) => ({ code, status, message, took: performance.now() - start }),
    );
  }

  /** Containers of this file, as a list through the proxy has them. */
  async function mine(): Promise<readonly string[]> {
    return (await engine.listContainers()).map((row) => row.name).filter((each) => each.startsWith(name("")));
  }

  const list = { method: "GET", path: /^\/containers\/json/ };

  test.each<[string, Fault]>([
    ["cut off halfway through its body", { kind: "truncate" }],
    ["whose connection ends before it", { kind: "close" }],
    ["lost after the work", { kind: "lose" }],
    ["that is no JSON", { kind: "answer", status: 200, body: "<html>sign in</html>" }],
    ["that is other JSON", { kind: "answer", status: 200, body: '{"hello":"world"}' }],
  ])("an answer %s is Unreachable at once, and the next call works", async (_, fault) => {
    await direct.createContainer(name("a"), { image: "fleet-test:1" });
    proxy.setRules([{ ...list, times: 1, fault }]);
    const { code, message, took } = await failure(() => engine.listContainers());
    expect({ code, message }).toEqual({
      code: "Unreachable",
      message: expect.stringMatching(/^Cannot (list containers|ask)/),
    });
    expect(took).toBeLessThan(5000);
    expect(await mine()).toEqual([name("a")]);
  });

  test.each<[string, Fault]>([
    ["never comes", { kind: "hang" }],
    ["stalls after half of its body", { kind: "stall" }],
    ["comes late", { kind: "delay", milliseconds: 2000 }],
  ])("an answer that %s is a Timeout at the call's own deadline", async (_, fault) => {
    await direct.createContainer(name("a"), { image: "fleet-test:1" });
    proxy.setRules([{ ...list, times: 1, fault }]);
    const { code, took } = await failure(() => engine.listContainers({ deadline: 300 }));
    expect(code).toBe("Timeout");
    expect(took).toBeGreaterThanOrEqual(299);
    expect(took).toBeLessThan(1500);
    expect(await mine()).toEqual([name("a")]);
  });

  test("the caller's signal ends a call that hangs", async () => {
    proxy.setRules([{ ...list, times: 1, fault: { kind: "hang" } }]);
    const { code, took } = await failure(() => engine.listContainers({ signal: AbortSignal.timeout(200) }));
    expect(code).toBe("Cancelled");
    expect(took).toBeLessThan(1500);
  });

  test("a version that nobody says is a Timeout too, for every call that waits for it", async () => {
    proxy.setRules([{ path: /^\/_ping/, fault: { kind: "hang" } }]);
    const fresh = dockerEngine(parseEndpoint(proxy.host));
    const calls = [fresh.info({ deadline: 200 }), fresh.listContainers({ deadline: 300 })];
    expect((await Promise.allSettled(calls)).map((each) => each.status === "rejected" && each.reason.code)).toEqual([
      "Timeout",
      "Timeout",
    ]);
    await fresh.close();
  });

  test("an engine that is newer than fleet is asked for the oldest version that it still speaks", async () => {
    const ping = { kind: "answer", status: 200, body: "OK", headers: { "api-version": "1.70" } } as const;
    const version = { kind: "answer", status: 200, body: '{"ApiVersion":"1.70","MinAPIVersion":"1.60"}' } as const;
    proxy.setRules([
      { path: /^\/_ping/, fault: ping },
      { path: /^\/version/, fault: version },
    ]);
    const fresh = dockerEngine(parseEndpoint(proxy.host));
    onTestFinished(() => fresh.close());
    await expect(fresh.listContainers()).rejects.toMatchObject({
      code: "Unsupported",
      message: expect.stringContaining("wants API 1.60 or newer"),
    });
  });

  test("a ping without a version is not an engine's", async () => {
    proxy.setRules([{ path: /^\/_ping/, fault: { kind: "answer", status: 200, body: "OK" } }]);
    const fresh = dockerEngine(parseEndpoint(proxy.host));
    onTestFinished(() => fresh.close());
    await expect(fresh.listContainers()).rejects.toMatchObject({
      code: "Unreachable",
      message: expect.stringContaining("does not answer as an engine does"),
    });
  });

  test.each<[string, Fault, string]>([
    ["C66", { kind: "answer", status: 403, message: "request forbidden by administrative rules" }, "Forbidden"],
    ["C67", { kind: "answer", status: 500, message: "mkdir /var/lib/docker: no space left on device" }, "NoSpace"],
    ["C46", { kind: "answer", status: 500, message: "" }, "Refused"],
    ["C53", { kind: "answer", status: 409, message: "removal of container x is already in progress" }, "InProgress"],
    [
      "C63",
      { kind: "answer", status: 400, message: "client version 1.45 is too old. Minimum supported API version is 1.60" },
      "Unsupported",
    ],
  ])("%s: a create that is answered otherwise: $code", async (_, fault, code) => {
    proxy.setRules([{ method: "POST", path: /^\/containers\/create/, fault }]);
    expect(await failure(() => engine.createContainer(name("a"), { image: "fleet-test:1" }))).toMatchObject({ code });
    expect((await direct.listContainers()).filter((row) => row.name === name("a"))).toEqual([]);
  });

  test.each<[string, Fault, string]>([
    ["429 before the stream", { kind: "answer", status: 429, message: "slow down" }, "RateLimited"],
    [
      "inside the stream",
      {
        kind: "answer",
        status: 200,
        body: '{"status":"Pulling"}\n{"errorDetail":{"message":"toomanyrequests: limit"}}\n',
      },
      "RateLimited",
    ],
    [
      "a missing tag",
      { kind: "answer", status: 200, body: '{"errorDetail":{"message":"manifest unknown"}}\n' },
      "NotFound",
    ],
    ["a connection that ends", { kind: "close" }, "Unreachable"],
  ])("C65: a pull that fails, %s", async (_, fault, code) => {
    proxy.setRules([{ method: "POST", path: /^\/images\/create/, fault }]);
    if (fault.kind === "truncate")
      proxy.setRules([{ method: "POST", path: /^\/images\/create/, fault: { kind: "close" } }]);
    expect(await failure(() => engine.pullImage("x:1"))).toMatchObject({ code });
  });

  test("progress lines arrive while an image is pulled", async () => {
    const body = ["Pulling from x", "Downloading", "Downloading", "Status: done"]
      .map((status) => `${JSON.stringify({ status })}\n`)
      .join("");
    proxy.setRules([{ path: /^\/images\/create/, fault: { kind: "answer", status: 200, body } }]);
    const lines: string[] = [];
    await engine.pullImage("x:1", { onProgress: (line) => lines.push(line) });
    expect(lines).toEqual(["Pulling from x", "Downloading", "Status: done"]);
    expect(proxy.requests.at(-1)).toEqual({ method: "POST", path: "/images/create?fromImage=x&tag=1" });
  });

  test("C63: the version is asked for again after the engine was exchanged", async () => {
    proxy.setRules([
      {
        ...list,
        times: 1,
        fault: { kind: "answer", status: 400, message: "client version 1.41 is too old. Minimum 1.44" },
      },
    ]);
    expect(await failure(() => engine.listContainers())).toMatchObject({ code: "Unsupported" });
    const before = proxy.requests.length;
    await engine.listContainers();
    expect(proxy.requests.slice(before).map(({ path }) => path)).toEqual(["/_ping", "/containers/json?all=1"]);
  });

  test("a start whose answer is lost has started the container", async () => {
    const id = await engine.createContainer(name("a"), { image: "fleet-test:1" });
    proxy.setRules([{ path: /\/start$/, fault: { kind: "lose" } }]);
    expect(await failure(() => engine.startContainer(id))).toMatchObject({ code: "Unreachable" });
    expect((await direct.inspectContainer(id)).phase).toBe("running");
  });

  test("nothing half-done stays when a further network cannot be connected", async () => {
    const networks = { [name("net-a")]: { aliases: [] }, [name("net-b")]: { aliases: [] } };
    for (const network of Object.keys(networks)) await direct.createNetwork(network, {});
    // As an engine before API 1.44, whatever stands behind the proxy.
    const version = { kind: "answer", status: 200, body: "OK", headers: { "api-version": "1.41" } } as const;
    proxy.setRules([
      { path: /^\/_ping/, fault: version },
      { path: /\/connect$/, fault: { kind: "answer", status: 500, message: "no address left" } },
    ]);
    const old = dockerEngine(parseEndpoint(proxy.host));
    expect(await failure(() => old.createContainer(name("a"), { image: "fleet-test:1", networks }))).toMatchObject({
      code: "Refused",
      message: `Cannot create container ${name("a")}: no address left`,
    });
    expect((await direct.listContainers()).filter((row) => row.name === name("a"))).toEqual([]);
    await old.close();
  });
});
