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

  test("a container's removal takes its anonymous volumes along, and leaves the named ones", async () => {
    const name = bench.name("state");
    const before = (await bench.engine.listVolumes()).length;
    const id = await bench.create("web", {
      image: "fleet-test:volume",
      mounts: [{ kind: "volume", source: name, target: "/state", readOnly: false }],
    });
    expect((await bench.engine.listVolumes()).length).toBe(before + 2);
    await bench.engine.removeContainer(id);
    expect((await bench.engine.listVolumes()).length).toBe(before + 1);
    expect(await volume(name)).toBeDefined();
  });

  test("a mount on an image's volume takes its place", async () => {
    const name = bench.name("state");
    const before = (await bench.engine.listVolumes()).length;
    const mounts = [{ kind: "volume", source: name, target: "/data", readOnly: false }] as const;
    const { config } = await bench.inspect(await bench.create("web", { image: "fleet-test:volume", mounts }));
    expect(config.mounts).toEqual(mounts);
    expect((await bench.engine.listVolumes()).length).toBe(before + 1);
  });

  test("pulling an image that its registry lacks fails and makes nothing", async () => {
    const ref = "127.0.0.1:5000/contract-none:1";
    expect(["NotFound", "Refused"]).toContain(await codeOf(bench.engine.pullImage(ref)));
    expect(await bench.engine.inspectImage(ref)).toBeNull();
  });
}
