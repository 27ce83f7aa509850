import { afterAll, describe, expect, test, vi } from "vitest";
import { dockerEngine, type EngineReader, parseEndpoint } from "../../packages/core/src/index.ts";
import { realEngines } from "../support/engines.ts";
import { startProxy } from "../support/proxy.ts";
import { scratch } from "../support/scratch.ts";

describe.each(realEngines())("engine $version", ({ host }) => {
  const direct = dockerEngine(parseEndpoint(host));
  const { name, clean } = scratch(direct, "reading");

  afterAll(async () => {
    await clean();
    await direct.close();
  });

  test("the reading half sends nothing but GET", async () => {
    const id = await direct.createContainer(name("a"), { image: "fleet-test:1" });
    await direct.startContainer(id);
    const running = direct.exec(id, { command: ["sleep", "9"] }).catch(() => {});
    const [exec] = await vi.waitUntil(async () => {
      const execs = await direct.listExecs(id);
      return execs.length > 0 && execs;
    });
    const proxy = await startProxy({ target: host });
    const reader: EngineReader = dockerEngine(parseEndpoint(proxy.host));
    await reader.info();
    await reader.listContainers();
    await reader.inspectContainer(id);
    await reader.inspectImage("fleet-test:1");
    await reader.listVolumes();
    await reader.listNetworks();
    await reader.containerLogs(id);
    await reader.listExecs(id);
    const abort = new AbortController();
    const watch = { onOpen: () => abort.abort(), onEvent: () => {} };
    await reader.watchEvents(watch, { signal: abort.signal }).catch(() => {});
    await reader.close();
    await proxy.close();
    await direct.removeContainer(id, { force: true });
    await running;
    expect(proxy.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "GET /_ping",
      "GET /info",
      "GET /containers/json?all=1",
      `GET /containers/${id}/json`,
      "GET /images/fleet-test:1/json",
      "GET /volumes",
      "GET /networks",
      `GET /containers/${id}/logs?stdout=1&stderr=1&tail=1000`,
      `GET /containers/${id}/json`,
      `GET /exec/${exec?.id}/json`,
      expect.stringMatching(/^GET \/events\?filters=/),
    ]);
  });
});
