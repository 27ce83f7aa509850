import type { ContainerConfig, ErrorCode } from "@fleet/core";
import { expect, test } from "vitest";
import { Bench, codeOf, MiB, type OpenEngine } from "./engine-under-test.ts";

export function createContract(open: OpenEngine): void {
  const bench = new Bench(open);

  test("a name that somebody else's container has is a Conflict, and that container is untouched", async () => {
    const id = await bench.create("web", { labels: { whose: "theirs" } });
    expect(await codeOf(bench.create("web", { image: "fleet-test:2" }))).toBe("Conflict");
    const { labels, config } = await bench.inspect(bench.name("web"));
    expect({ labels, image: config.image }).toEqual({ labels: { whose: "theirs" }, image: "fleet-test:1" });
    expect((await bench.inspect(bench.name("web"))).id).toBe(id);
  });

  test("names are matched whole: one that begins the same is another", async () => {
    await bench.create("dev-2");
    expect(await codeOf(bench.inspect(bench.name("dev")))).toBe("NotFound");
    await bench.create("dev");
    expect(await bench.containers()).toEqual(["dev", "dev-2"]);
  });

  test("a bind source that is not there is NotFound, and the engine does not make it", async () => {
    const source = bench.path("gone");
    const mounts = [{ kind: "bind", source, target: "/mnt", readOnly: false }] as const;
    expect(await codeOf(bench.create("web", { mounts }))).toBe("NotFound");
    expect(await codeOf(bench.create("web", { mounts }))).toBe("NotFound");
    expect(await bench.containers()).toEqual([]);
  });

  test("a bind source may be a file", async () => {
    const mounts = [
      { kind: "bind", source: await bench.file("config"), target: "/etc/config", readOnly: true },
    ] as const;
    expect((await bench.roundTrip({ mounts })).mounts).toEqual(mounts);
  });

  test("a volume that a mount names is made", async () => {
    const volume = bench.name("state");
    await bench.create("web", { mounts: [{ kind: "volume", source: volume, target: "/state", readOnly: false }] });
    const volumes = await bench.engine.listVolumes();
    expect(volumes.find(({ name }) => name === volume)).toEqual({ name: volume, driver: "local", labels: {} });
  });

  const bind = (source: string, target: string) => ({ kind: "bind", source, target, readOnly: false }) as const;
  const refusals: Record<string, [Partial<ContainerConfig>, ErrorCode]> = {
    "an image that the engine lacks": [{ image: "fleet-test:none" }, "NotFound"],
    "a network that is not there": [{ networks: { "contract-nowhere": { aliases: [] } } }, "NotFound"],
    "an image reference in upper case": [{ image: "Fleet-Test:1" }, "Invalid"],
    "memory under 6 MiB": [{ memory: 1 * MiB }, "Invalid"],
    "a swap limit without a memory limit": [{ memorySwap: 64 * MiB }, "Invalid"],
    "a swap limit under the memory limit": [{ memory: 64 * MiB, memorySwap: 32 * MiB }, "Invalid"],
    "a reservation above the memory limit": [{ memory: 64 * MiB, memoryReservation: 128 * MiB }, "Invalid"],
    "more cpus than the host has": [{ cpus: 4096 }, "Invalid"],
    "a retry count with another policy than on-failure": [{ restart: { policy: "always", maxRetries: 3 } }, "Invalid"],
    "a relative working directory": [{ workingDir: "home" }, "Invalid"],
    "a relative mount target": [{ mounts: [{ kind: "tmpfs", target: "mnt", readOnly: false }] }, "Invalid"],
    "a relative bind source": [{ mounts: [bind("tmp", "/mnt")] }, "Invalid"],
    "a mount over the root": [{ mounts: [{ kind: "tmpfs", target: "/", readOnly: false }] }, "Invalid"],
    "two mounts on one target": [{ mounts: [bind("/tmp", "/mnt"), bind("/", "/mnt")] }, "Invalid"],
    "a health interval under a millisecond": [{ healthcheck: { test: ["CMD", "true"], interval: 0.5 } }, "Invalid"],
    "no command from anywhere": [{ entrypoint: [""] }, "Invalid"],
  };
  for (const [what, [config, code]] of Object.entries(refusals)) {
    test(`${what} is ${code}, and nothing is left behind`, async () => {
      expect(await codeOf(bench.create("web", config))).toBe(code);
      expect(await bench.containers()).toEqual([]);
    });
  }

  for (const name of ["x", "-x", "a b", "a/b", "é"]) {
    test(`the name ${JSON.stringify(name)} is Invalid`, async () => {
      expect(await codeOf(bench.engine.createContainer(name, { image: "fleet-test:1" }))).toBe("Invalid");
    });
  }
}
