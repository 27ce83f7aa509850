import { expect, test } from "vitest";
import { Bench, codeOf, type OpenEngine } from "./engine-under-test.ts";

export function volumeContract(open: OpenEngine): void {
  const bench = new Bench(open);
  const volume = async (name: string) => (await bench.engine.listVolumes()).find((each) => each.name === name);

  test("a volume is listed with its labels, sorted by name", async () => {
    await bench.engine.createVolume(bench.name("b"), {});
    await bench.engine.createVolume(bench.name("a"), { k: "v" });
    const found = await bench.engine.listVolumes();
    expect(found.filter(({ name }) => name.startsWith(bench.name("")))).toEqual([
      { name: bench.name("a"), driver: "local", labels: { k: "v" } },
      { name: bench.name("b"), driver: "local", labels: {} },
    ]);
    expect(found.map(({ name }) => name)).toEqual(found.map(({ name }) => name).sort());
  });

  test("creating one that exists resolves and leaves it as it is", async () => {
    const name = bench.name("state");
    await bench.engine.createVolume(name, { k: "v" });
    await bench.engine.createVolume(name, { k: "w" });
    expect(await volume(name)).toEqual({ name, driver: "local", labels: { k: "v" } });
  });

  test("what is no name is Invalid", async () => {
    expect(await codeOf(bench.engine.createVolume("a b", {}))).toBe("Invalid");
  });

  test("a volume that a container names cannot be removed, not even when it is stopped", async () => {
    const name = bench.name("state");
    await bench.create("web", { mounts: [{ kind: "volume", source: name, target: "/state", readOnly: false }] });
    expect(await codeOf(bench.engine.removeVolume(name))).toBe("Conflict");
    expect(await volume(name)).toBeDefined();
  });

  test("removing one that is not there is NotFound", async () => {
    expect(await codeOf(bench.engine.removeVolume(bench.name("none")))).toBe("NotFound");
  });

  /** Names that are new since `before` and that no person gave. */
  const anonymous = async (before: ReadonlySet<string>): Promise<string[]> =>
    (await bench.engine.listVolumes())
      .map(({ name }) => name)
      .filter((n) => /^[0-9a-f]{64}$/.test(n) && !before.has(n));
  const namesNow = async () => new Set((await bench.engine.listVolumes()).map(({ name }) => name));

  test("a container's removal takes its anonymous volumes along, and leaves the named ones", async () => {
    const name = bench.name("state");
    const before = await namesNow();
    const id = await bench.create("web", {
      image: "fleet-test:volume",
      mounts: [{ kind: "volume", source: name, target: "/state", readOnly: false }],
    });
    expect(await anonymous(before)).toHaveLength(1);
    await bench.engine.removeContainer(id);
    expect(await anonymous(before)).toEqual([]);
    expect(await volume(name)).toBeDefined();
  });

  test("a mount on an image's volume takes its place", async () => {
    const before = await namesNow();
    const mounts = [{ kind: "volume", source: bench.name("state"), target: "/data", readOnly: false }] as const;
    const { config } = await bench.inspect(await bench.create("web", { image: "fleet-test:volume", mounts }));
    expect(config.mounts).toEqual(mounts);
    expect(await anonymous(before)).toEqual([]);
  });

  test("pulling an image that its registry lacks fails and makes nothing", async () => {
    const ref = "127.0.0.1:5000/contract-none:1";
    expect(["NotFound", "Refused"]).toContain(await codeOf(bench.engine.pullImage(ref)));
    expect(await bench.engine.inspectImage(ref)).toBeNull();
  });
}
