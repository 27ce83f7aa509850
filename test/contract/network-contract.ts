import { expect, test } from "vitest";
import { Bench, codeOf, type OpenEngine } from "./engine-under-test.ts";

export function networkContract(open: OpenEngine): void {
  const bench = new Bench(open);
  const make = async (word: string): Promise<string> => {
    await bench.engine.createNetwork(bench.name(word), {});
    return bench.name(word);
  };
  const networksOf = async (id: string) => (await bench.inspect(id)).config.networks;

  test("a network is listed with its labels, sorted by name", async () => {
    await bench.engine.createNetwork(bench.name("b"), {});
    await bench.engine.createNetwork(bench.name("a"), { k: "v" });
    const found = await bench.engine.listNetworks();
    expect(found.filter(({ name }) => name.startsWith(bench.name("")))).toEqual([
      { id: expect.any(String), name: bench.name("a"), driver: "bridge", labels: { k: "v" } },
      { id: expect.any(String), name: bench.name("b"), driver: "bridge", labels: {} },
    ]);
    expect(found.map(({ name }) => name)).toEqual(found.map(({ name }) => name).sort());
    expect(found.map(({ name }) => name)).toEqual(expect.arrayContaining(["bridge", "host", "none"]));
  });

  test("a name that exists is a Conflict", async () => {
    const network = await make("net");
    expect(await codeOf(bench.engine.createNetwork(network, {}))).toBe("Conflict");
  });

  test("C23: a running container keeps its declared aliases and nothing else", async () => {
    const network = await make("net");
    const aliases = ["be", "be2"];
    const id = await bench.run("web", { networks: { [network]: { aliases } } });
    expect(await networksOf(id)).toEqual({ [network]: { aliases } });
  });

  test("its own name as an alias is left out", async () => {
    const network = await make("net");
    const id = await bench.run("web", { networks: { [network]: { aliases: [bench.name("web")] } } });
    expect(await networksOf(id)).toEqual({ [network]: { aliases: [] } });
  });

  for (const running of [true, false]) {
    test(`a ${running ? "running" : "created"} container is connected, with aliases, and disconnected`, async () => {
      const network = await make("net");
      const id = await (running ? bench.run("web") : bench.create("web"));
      await bench.engine.connectNetwork(network, id, ["b", "a"]);
      expect(await networksOf(id)).toEqual({ bridge: { aliases: [] }, [network]: { aliases: ["a", "b"] } });
      await bench.engine.disconnectNetwork(network, id);
      expect(await networksOf(id)).toBeUndefined();
    });
  }

  test("a container that left the default bridge is on none", async () => {
    const id = await bench.run("web");
    await bench.engine.disconnectNetwork("bridge", id);
    expect(await networksOf(id)).toEqual({});
  });

  test("a container moves from one network to another while it runs", async () => {
    const [from, to] = [await make("from"), await make("to")];
    const id = await bench.run("web", { networks: { [from]: { aliases: ["a"] } } });
    const { pid } = (await bench.inspect(id)).state;
    await bench.engine.connectNetwork(to, id, []);
    await bench.engine.disconnectNetwork(from, id);
    expect(await networksOf(id)).toEqual({ [to]: { aliases: [] } });
    expect((await bench.inspect(id)).state.pid).toBe(pid);
  });

  test("connecting a running one twice is a Conflict, and its aliases stay", async () => {
    const network = await make("net");
    const id = await bench.run("web", { networks: { [network]: { aliases: ["a"] } } });
    expect(await codeOf(bench.engine.connectNetwork(network, id, ["b"]))).toBe("Conflict");
    expect(await networksOf(id)).toEqual({ [network]: { aliases: ["a"] } });
  });

  test("disconnecting one that is not connected resolves", async () => {
    const network = await make("net");
    const id = await bench.run("web");
    await bench.engine.disconnectNetwork(network, id);
    expect(await networksOf(id)).toBeUndefined();
  });

  test("a network that is not there is taken by a container that does not run, whose start then is NotFound", async () => {
    const id = await bench.create("web");
    await bench.engine.connectNetwork(bench.name("none"), id, []);
    expect(await codeOf(bench.engine.startContainer(id))).toBe("NotFound");
  });

  test("neither works on what is not there", async () => {
    const network = await make("net");
    const id = await bench.run("web");
    expect(await codeOf(bench.engine.connectNetwork(bench.name("none"), id, []))).toBe("NotFound");
    expect(await codeOf(bench.engine.connectNetwork(network, bench.name("nobody"), []))).toBe("NotFound");
    expect(await codeOf(bench.engine.disconnectNetwork(bench.name("none"), id))).toBe("NotFound");
    expect(await codeOf(bench.engine.disconnectNetwork(network, bench.name("nobody")))).toBe("NotFound");
  });

  test("a container on the host's network cannot be connected", async () => {
    const network = await make("net");
    const id = await bench.run("web", { networkMode: "host" });
    expect(await codeOf(bench.engine.connectNetwork(network, id, []))).toBe("Invalid");
  });

  test("removing a network that a running container is on is a Conflict; that of a stopped one goes", async () => {
    const network = await make("net");
    const id = await bench.run("web", { networks: { [network]: { aliases: [] } } });
    expect(await codeOf(bench.engine.removeNetwork(network))).toBe("Conflict");
    await bench.engine.stopContainer(id);
    await bench.engine.removeNetwork(network);
    expect((await bench.engine.listNetworks()).filter(({ name }) => name === network)).toEqual([]);
  });

  test("removing a network that is not there is NotFound, one of the engine's own Forbidden", async () => {
    expect(await codeOf(bench.engine.removeNetwork(bench.name("none")))).toBe("NotFound");
    expect(await codeOf(bench.engine.removeNetwork("bridge"))).toBe("Forbidden");
  });
}
