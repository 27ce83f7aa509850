import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import {
  type Clock,
  dockerEngine,
  type Engine,
  type FleetSpec,
  parseEndpoint,
  parseFleet,
  renderDiagnostics,
  systemClock,
} from "@fleet/core";
import { defineFleet, type Fleet, type Lease, type OpenFleetOptions, openFleet } from "@fleet/runner";
import { describe, expect, onTestFinished, test } from "vitest";
import { runExecutable } from "../cli/executable.ts";
import { type RealEngine, realEngines } from "../support/engines.ts";
import { Operator } from "../support/operator.ts";
import { eventually, type Identity, World } from "../support/world.ts";
import { dispatchers } from "./dispatcher.ts";

let serial = 0;

/** Ten seconds pass on it in one. */
const tenfold: Clock = {
  now: () => systemClock.now() * 10,
  monotonic: () => systemClock.monotonic() * 10,
  setTimeout: (callback, milliseconds) => systemClock.setTimeout(callback, milliseconds / 10),
  clearTimeout: (timer) => systemClock.clearTimeout(timer),
};

describe.each(realEngines())("on Docker $version", (real) => {
  test("a program that is killed with a task under way: whoever comes next leaves the container to it until its lease is over", async () => {
    await Promise.all(dispatchers.map(({ command }) => outlives(new Place(real), command)));
  });

  test("a lazy one is made and not started, runs while it is used, and is stopped without use; other lifecycles replace nothing", async () => {
    const place = new Place(real);
    let lifecycle: FleetSpec["spec"]["instances"][number]["lifecycle"] = { kind: "lazy", idleStop: "10s" };
    const fleet = await place.open({ spec: () => place.spec({ lifecycle }), clock: tenfold });
    await fleet.reconcile();
    const made = await place.only();
    expect([made.status, fleet.instance("a")?.state, fleet.pickReady()?.instance]).toEqual(["created", "idle", "a"]);

    const acquired = await fleet.acquire("a", { holder: "task-1" });
    if (!acquired.ok) throw new Error(acquired.message);
    const { id, startedAt } = await place.only();
    expect([id, acquired.lease.container.id]).toEqual([made.id, made.id]);
    // Longer than it may be idle: with a lease, and with a command that nobody leased for.
    const work = { command: ["sleep", "2"] };
    const isAsItWas = { id, startedAt, status: "running" };
    await place.engine.exec(id, work);
    expect(await place.only()).toMatchObject(isAsItWas);
    acquired.lease.release();
    await place.engine.exec(id, work);
    expect(await place.only()).toMatchObject(isAsItWas);
    await eventually(async () => ((await place.only()).status === "exited" ? true : undefined));

    lifecycle = "hot";
    await fleet.reconcile();
    const again = await eventually(async () => {
      const found = await place.only();
      return found.status === "running" ? found : undefined;
    });
    expect(again.id).toBe(id);
    lifecycle = { kind: "lazy", idleStop: "1h" };
    await fleet.reconcile();
    expect(await place.only()).toEqual(again);
    expect((await fleet.plan()).instances.map(({ verdict }) => verdict)).toEqual(["inSync"]);
  });
});

/** What a lease of a program is worth that was killed; `command` is what runs that program. */
async function outlives(place: Place, command: string): Promise<void> {
  place.write("1");
  const lease = await place.killed(command, {
    instance: "a",
    holder: "task-4711",
    ttl: 8_000,
    task: ["sh", "-c", "echo begun > /work/task; sleep 2; echo over > /work/task"],
  });
  const before = await place.only();
  expect(before.id).toBe(lease.container.id);

  place.write("2");
  const told: string[] = [];
  const fleet = await place.open({
    spec: () => place.read(),
    stateFolder: join(place.folder, "state/fleet"),
    onEvent: ({ reason, message }) => told.push(`${reason}: ${message}`),
  });
  const hold = await eventually(async () => fleet.instance("a")?.hold);
  expect(hold).toMatchObject({
    kind: "Busy",
    message: expect.stringMatching(/^1 task inside \(task-4711, \d+m?s\)$/),
  });
  expect(fleet.instance("a")).toMatchObject({ phase: "deferred", plan: { remedy: "replace" } });
  const used = /\nheld: a is in use: 1 task inside \(task-4711, \d+m?s\)\n/;
  for (const words of ["plan", "status"]) expect((await place.fleet(words)).stdout).toMatch(used);
  expect((await place.fleet("explain a")).stdout).toMatch(/\nis .*, 1 task inside \(task-4711, \d+m?s\)\n/);

  const at = await eventually(async () => {
    const found = await place.only().catch(() => before);
    return found.id === before.id ? undefined : Date.now();
  });
  expect(at).toBeGreaterThanOrEqual(lease.until);
  // All that held it up in the end was the lease.
  const mark = join(place.folder, "work/task");
  expect([readFileSync(mark, "utf8"), statSync(mark).mtimeMs < lease.until]).toEqual(["over\n", true]);
  expect(told).toContain("LeaseExpired: the lease of task-4711 was not renewed in time");
  expect(fleet.instance("a")?.leases).toEqual([]);
}

/** One instance `a` on an engine, with a folder of its own at /work; gone after the test. */
class Place {
  readonly folder = mkdtempSync(join(tmpdir(), "fleet-leases-"));
  readonly engine: Engine;
  readonly #host: string;
  readonly #name: string;
  readonly #world: World;

  constructor({ host }: RealEngine) {
    serial += 1;
    this.#name = `leases${process.pid}x${serial}`;
    this.#host = host;
    this.#world = new World(host);
    this.engine = dockerEngine(parseEndpoint(host));
    mkdirSync(join(this.folder, "work"));
    onTestFinished(async () => {
      await this.engine.close();
      await new Operator(host).clean(`${this.#name}-`);
      rmSync(this.folder, { recursive: true });
    });
  }

  spec(changes: Omit<FleetSpec["spec"]["instances"][number], "name">): FleetSpec {
    const instance = { image: "fleet-test:1", command: ["sleep", "infinity"], init: true, ...changes };
    return defineFleet({
      apiVersion: "fleet/v1",
      kind: "Fleet",
      metadata: { name: this.#name },
      spec: { instances: [{ name: "a", ...instance }] },
    });
  }

  /** The fleet's file, in the environment's revision `rev`. */
  write(rev: string): void {
    const mounts = [{ bind: join(this.folder, "work"), target: "/work" }];
    writeFileSync(join(this.folder, "fleet.yaml"), JSON.stringify(this.spec({ env: { REV: rev }, mounts })));
  }

  read(): FleetSpec {
    const parsed = parseFleet(readFileSync(join(this.folder, "fleet.yaml"), "utf8"));
    if (!parsed.ok) throw new Error(renderDiagnostics(parsed.diagnostics));
    return parsed.spec;
  }

  /** A fleet that this process keeps until the test ends. */
  async open(options: Omit<OpenFleetOptions, "engine">): Promise<Fleet> {
    const fleet = await openFleet({ engine: this.engine, ...options });
    onTestFinished(() => fleet.stop());
    await fleet.start();
    return fleet;
  }

  /** What a program holds that was killed as soon as its task had begun. */
  async killed(
    command: string,
    request: { readonly instance: string; readonly holder: string; readonly ttl: number; readonly task: string[] },
  ): Promise<Lease> {
    const words = {
      host: this.#host,
      file: join(this.folder, "fleet.yaml"),
      stateFolder: join(this.folder, "state/fleet"),
    };
    const script = join(import.meta.dirname, "holder.mjs");
    const child = spawn(command, [script, JSON.stringify({ ...words, ...request })], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const [line] = await once(createInterface(child.stdout), "line");
    await eventually(async () => (existsSync(join(this.folder, "work/task")) ? true : undefined));
    const ended = once(child, "close");
    child.kill("SIGKILL");
    await ended;
    return JSON.parse(String(line));
  }

  fleet(words: string) {
    return runExecutable([...words.split(" "), "-f", "fleet.yaml"], {
      cwd: this.folder,
      env: { DOCKER_HOST: this.#host },
    });
  }

  async only(): Promise<Identity> {
    const { a, ...others } = await this.#world.containers(`${this.#name}-`);
    if (a === undefined || Object.keys(others).length > 0) throw new Error("there is not just the one container");
    return a;
  }
}
