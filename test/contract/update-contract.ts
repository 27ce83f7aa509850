import type { ContainerConfig, ErrorCode, LiveUpdate } from "@fleet/core";
import { expect, test } from "vitest";
import { Bench, codeOf, MiB, type OpenEngine } from "./engine-under-test.ts";

export function updateContract(open: OpenEngine): void {
  const bench = new Bench(open);
  const limits = async (id: string): Promise<LiveUpdate> => {
    const { memory, memorySwap, memoryReservation, cpus, pids, restart } = (await bench.inspect(id)).config;
    return { memory, memorySwap, memoryReservation, cpus, pids, restart } as LiveUpdate;
  };

  const no = { policy: "no" } as const;
  const twice = { memory: 64 * MiB, memorySwap: 128 * MiB } as const;
  /** Created with, update, read afterwards. */
  const changes: Record<string, [Partial<ContainerConfig>, LiveUpdate, LiveUpdate]> = {
    "memory and swap": [
      twice,
      { memory: 256 * MiB, memorySwap: 512 * MiB },
      { memory: 256 * MiB, memorySwap: 512 * MiB },
    ],
    "memory below its swap limit, which stays": [
      twice,
      { memory: 96 * MiB },
      { memory: 96 * MiB, memorySwap: 128 * MiB },
    ],
    "memory where there was none, with its swap": [{}, twice, twice],
    "swap to unlimited": [twice, { memorySwap: -1 }, { memory: 64 * MiB, memorySwap: -1 }],
    "a reservation": [
      { memoryReservation: 32 * MiB },
      { memoryReservation: 48 * MiB },
      { memoryReservation: 48 * MiB },
    ],
    "a reservation to unlimited": [
      { memoryReservation: 32 * MiB },
      { memoryReservation: -1 },
      { memoryReservation: -1 },
    ],
    cpus: [{ cpus: 0.5 }, { cpus: 1 }, { cpus: 1 }],
    "cpus where there were none": [{}, { cpus: 0.25 }, { cpus: 0.25 }],
    pids: [{ pids: 50 }, { pids: 60 }, { pids: 60 }],
    "pids where there were none": [{}, { pids: 60 }, { pids: 60 }],
    "pids to unlimited": [{ pids: 50 }, { pids: 0 }, {}],
    restart: [{}, { restart: { policy: "unless-stopped" } }, { restart: { policy: "unless-stopped" } }],
    "restart with a count": [
      { restart: { policy: "always" } },
      { restart: { policy: "on-failure", maxRetries: 4 } },
      { restart: { policy: "on-failure", maxRetries: 4 } },
    ],
    "restart to no": [{ restart: { policy: "always" } }, { restart: no }, { restart: no }],
  };
  for (const [what, [config, update, after]] of Object.entries(changes)) {
    test(`it changes ${what}`, async () => {
      const id = await bench.create("web", config);
      await bench.engine.updateContainer(id, update);
      expect(await limits(id)).toEqual({ restart: no, ...after });
    });
  }

  test("a running container is changed under the same process", async () => {
    const id = await bench.run("web", twice);
    const { pid } = (await bench.inspect(id)).state;
    const restart = { policy: "always" } as const;
    for (const update of [{ memory: 96 * MiB }, { memorySwap: -1 }, { cpus: 0.5, pids: 50 }, { pids: 0, restart }]) {
      await bench.engine.updateContainer(id, update);
    }
    expect(await limits(id)).toEqual({ memory: 96 * MiB, memorySwap: -1, cpus: 0.5, restart });
    expect((await bench.inspect(id)).state.pid).toBe(pid);
  });

  /** What an engine silently ignores. */
  const ignored: Record<string, [Partial<ContainerConfig>, LiveUpdate, LiveUpdate]> = {
    memory: [twice, { memory: 0 }, twice],
    swap: [twice, { memorySwap: 0 }, twice],
    "a reservation": [{ memoryReservation: 32 * MiB }, { memoryReservation: 0 }, { memoryReservation: 32 * MiB }],
    cpus: [{ cpus: 0.5 }, { cpus: 0 }, { cpus: 0.5 }],
  };
  for (const [what, [config, update, after]] of Object.entries(ignored)) {
    test(`0 does not unset ${what}: it stays`, async () => {
      const id = await bench.create("web", config);
      await bench.engine.updateContainer(id, update);
      expect(await limits(id)).toEqual({ restart: no, ...after });
    });
  }

  const refused: Record<string, [Partial<ContainerConfig>, LiveUpdate, ErrorCode]> = {
    "memory above the swap limit": [twice, { memory: 256 * MiB }, "Conflict"],
    "memory alone where there was none": [{}, { memory: 64 * MiB }, "Conflict"],
    "memory alone where swap is unlimited": [{ ...twice, memorySwap: -1 }, { memory: 96 * MiB }, "Conflict"],
    "memory under 6 MiB": [twice, { memory: 1 * MiB }, "Invalid"],
    "memory -1, which is no way to unset it": [twice, { memory: -1, memorySwap: -1 }, "Invalid"],
    "swap under memory, both sent": [twice, { memory: 64 * MiB, memorySwap: 32 * MiB }, "Invalid"],
    "more cpus than the host has": [{}, { cpus: 4096 }, "Invalid"],
    "a count with another policy than on-failure": [{}, { restart: { policy: "always", maxRetries: 2 } }, "Invalid"],
  };
  for (const [what, [config, update, code]] of Object.entries(refused)) {
    test(`${what} is ${code}, and nothing changes`, async () => {
      const id = await bench.create("web", config);
      const before = await limits(id);
      expect(await codeOf(bench.engine.updateContainer(id, update))).toBe(code);
      expect(await limits(id)).toEqual(before);
    });
  }

  test("swap under the memory that it has is Refused while it runs, and taken while it does not", async () => {
    const running = await bench.run("running", twice);
    expect(await codeOf(bench.engine.updateContainer(running, { memorySwap: 32 * MiB }))).toBe("Refused");
    expect(await limits(running)).toEqual({ restart: no, ...twice });
    const created = await bench.create("created", twice);
    await bench.engine.updateContainer(created, { memorySwap: 32 * MiB });
    expect(await limits(created)).toEqual({ restart: no, memory: 64 * MiB, memorySwap: 32 * MiB });
  });

  test("a policy that is set while it runs acts on its end", async () => {
    const id = await bench.run("job", { command: ["sh", "-c", "sleep 0.5; exit 1"] });
    await bench.engine.updateContainer(id, { restart: { policy: "on-failure", maxRetries: 1 } });
    await bench.eventually(id, ({ state }) => state.phase === "exited" && state.restartCount === 1);
  });

  test("updating one that is not there is NotFound", async () => {
    expect(await codeOf(bench.engine.updateContainer(bench.name("nobody"), { pids: 9 }))).toBe("NotFound");
  });
}
