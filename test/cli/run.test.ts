import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { dockerEngine, parseEndpoint } from "@fleet/core";
import { acquireLock } from "@fleet/runner";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { realEngines } from "../support/engines.ts";
import { Operator } from "../support/operator.ts";
import { eventually, type Identity, World } from "../support/world.ts";
import { Daemon } from "./daemon.ts";
import { type Ended, runExecutable } from "./executable.ts";

let runs = 0;

describe.each(realEngines())("fleet run on engine $version", ({ host }) => {
  const world = new World(host);
  const operator = new Operator(host);
  let name = "";
  let folder = "";
  let file = "";
  beforeEach(() => {
    runs += 1;
    name = `run${process.pid}x${runs}`;
    folder = mkdtempSync(join(tmpdir(), "fleet-run-"));
    file = join(folder, "fleet.yaml");
    write();
  });
  afterEach(async () => {
    // First: they would bring back what is cleaned away.
    await Promise.all(daemons.splice(0).map((one) => one.kill()));
    await operator.clean(name);
    rmSync(folder, { recursive: true });
  });

  function write(worker = "", instances = "web, db", policy = ""): void {
    const rows = instances.split(", ").map((instance) => `    - { name: ${instance}, template: worker }`);
    writeFileSync(
      file,
      `
apiVersion: fleet/v1
kind: Fleet
metadata: { name: ${name} }
spec:
  policy: { orphans: remove${policy} }
  templates:
    worker:
      image: fleet-test:1
      command: [sleep, infinity]
      stop: { gracePeriod: 1s }
      ${worker}
  instances:
${rows.join("\n")}
`,
    );
  }
  const daemons: Daemon[] = [];
  const daemon = (...argv: string[]): Daemon => {
    const started = new Daemon(["-f", file, ...argv], folder, { DOCKER_HOST: host });
    daemons.push(started);
    return started;
  };
  const fleet = (argv: string): Promise<Ended> =>
    runExecutable([...argv.split(" "), "-f", file], { cwd: folder, env: { DOCKER_HOST: host, USER: "alice" } });
  const containers = (): Promise<Readonly<Record<string, Identity>>> => world.containers(`${name}-`);
  const running = (...names: string[]): Promise<Readonly<Record<string, Identity>>> =>
    eventually(async () => {
      const found = await containers().catch(() => ({}));
      const up = Object.entries(found).flatMap(([instance, { status }]) => (status === "running" ? [instance] : []));
      return up.join() === names.sort().join() && Object.keys(found).length === names.length ? found : undefined;
    });

  /** Its containers run, and it knows. */
  const up = async (loop: Daemon, ...names: string[]): Promise<Readonly<Record<string, Identity>>> => {
    for (const one of names) await loop.event(({ reason, instance }) => reason === "Settled" && instance === one);
    await loop.logged("ready");
    return running(...names);
  };

  it("brings the fleet up, heals what is removed, and leaves it running when it is ended", async () => {
    const loop = daemon();
    const before = await up(loop, "db", "web");
    await operator.remove(`${name}-web`);
    const vanished = await loop.event(({ reason }) => reason === "ContainerVanished");
    expect(vanished).toMatchObject({ type: "Warning", instance: "web" });
    await loop.event(({ reason, instance, at }) => reason === "Settled" && instance === "web" && at > vanished.at);
    const after = await containers();
    expect(after.db).toEqual(before.db);
    expect(after.web?.id).not.toBe(before.web?.id);

    const { stdout: explained } = await fleet("explain web");
    expect(explained).toMatch(/^web of fleet \S+ on \S+, as fleet run sees it\n/);
    expect(explained).toMatch(new RegExp(`\\nbefell it {3}\\S+ {2}${name}-web vanished: kill 9, exit 137, destroy\\n`));
    expect(explained).toMatch(/\n {14}engine: .*kill 9.*destroy\nwas done {4}\S+ {2}start \S+ in .*ContainerMissing/);

    loop.signal("SIGTERM");
    expect(await loop.ended()).toBe(0);
    expect(await containers()).toEqual(after);
    expect(loop.documents.at(-1)).toMatchObject({ reason: "LoopStopped" });
    // Every event was logged once.
    const logged = loop.log.filter(({ msg }) => msg === "event").map(({ seq }) => seq);
    expect(logged).toEqual(loop.documents.map((event) => (event as { seq?: number }).seq));

    const { stdout } = await fleet("events web");
    expect(stdout).toMatch(
      /web {2}ContainerVanished {8}\S+ vanished: kill 9, exit 137, destroy\n {15}container [0-9a-f]{12} was /,
    );
    expect((await fleet("explain web")).stdout).toContain("by a look at the engine; no fleet run answers\n");
  });

  it("follows the fleet file, keeps the last good one, and reads it again on SIGHUP", async () => {
    const loop = daemon();
    await up(loop, "db", "web");
    write("comand: [x]");
    const refused = await loop.event(({ reason }) => reason === "SpecInvalid");
    expect(refused.message).toMatch(
      /^the last good spec stays: \S+fleet\.yaml:\d+:7: nothing is called `comand` here$/,
    );
    expect((await fleet("plan --detailed-exitcode")).code).toBe(1);
    await running("db", "web");

    write("", "web, db, late");
    await running("db", "late", "web");
    const changed = await loop.event(({ reason }) => reason === "SpecChanged");
    expect(changed.message).toBe("1 added");
    loop.signal("SIGHUP");
    await loop.logged("read the fleet file again");
  });

  it("leaves a suspended instance alone, at once and over a restart of its own", async () => {
    write("", "web, db", ", breaker: { missing: off }");
    const first = daemon();
    await up(first, "db", "web");
    const suspended = await fleet("suspend web --for 1h --reason leak");
    expect(suspended.stdout).toMatch(/^web is suspended until .* by alice@\S+: leak\.\nfleet run does nothing to it; /);
    await first.event(({ reason, instance }) => reason === "Suspended" && instance === "web");
    await operator.remove(`${name}-web`);
    await operator.remove(`${name}-db`);
    await running("db");
    first.signal("SIGTERM");
    expect(await first.ended()).toBe(0);

    const second = daemon();
    await second.logged("ready");
    await operator.remove(`${name}-db`);
    await second.event(({ reason, instance }) => reason === "Settled" && instance === "db");
    await running("db");
    expect((await fleet("status")).stdout).toMatch(/\nheld: web is suspended until .* by alice@\S+: leak; /);
    expect((await fleet("explain web")).stdout).toMatch(
      /\nin its way {2}suspended until .*; fleet resume web ends it\n[\s\S]*\ncomes next {2}create container /,
    );
    expect((await fleet("resume web")).stdout).toMatch(/^web was suspended until .*; fleet run may mend it again\.\n$/);
    await running("db", "web");
  });

  it("waits for another one, and takes over when that is killed", async () => {
    const first = daemon();
    await up(first, "db", "web");
    const second = daemon();
    expect(await second.logged("waiting until another process lets go of this fleet")).toMatchObject({
      holder: "fleet run",
      holderPid: first.pid,
    });
    first.signal("SIGKILL");
    await second.logged("ready");
    await operator.remove(`${name}-web`);
    await second.event(({ reason }) => reason === "ContainerVanished");
    await running("db", "web");
  });

  it("has apply and destroy refused while it runs", async () => {
    const loop = daemon();
    await up(loop, "db", "web");
    for (const command of ["apply --yes", "destroy --yes"]) {
      const { code, stderr } = await fleet(command);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(
          new RegExp(
            `^error: fleet ${name} on this engine is held by fleet run \\(pid ${loop.pid} on .*\\)\nhint: Edit the fleet file, `,
          ),
        ),
      });
    }
    loop.signal("SIGINT");
    expect(await loop.ended()).toBe(0);
    expect((await fleet("apply --yes")).code).toBe(0);
  });

  it("is not there when a program of its own keeps the fleet, and explain names that", async () => {
    expect((await fleet("apply --yes")).code).toBe(0);
    const engine = dockerEngine(parseEndpoint(host));
    const { id: engineId } = await engine.info();
    await engine.close();
    const holder = { pid: process.pid, host: hostname(), since: Date.now(), what: "an embedding program" } as const;
    const lock = await acquireLock({ folder: join(folder, "state/fleet", name), engineId, holder });
    try {
      await operator.remove(`${name}-web`);
      const by = `an embedding program \\(pid ${process.pid} on ${hostname()}\\)`;
      expect((await fleet("explain web")).stdout).toMatch(
        new RegExp(
          `\nin its way  ${by} holds the fleet, .*\n(.*\n)*comes next  what ${by} does; fleet apply is refused`,
        ),
      );
    } finally {
      await lock.release();
    }
    expect((await fleet("explain web")).stdout).toMatch(/\ncomes next {2}nothing by itself: fleet apply --target web,/);
  });

  it("stops acting when its lock is lost, and exits with 1", async () => {
    const loop = daemon();
    const before = await up(loop, "db", "web");
    const state = join(folder, "state/fleet", name);
    for (const entry of readdirSync(state)) if (entry.endsWith(".lock")) rmSync(join(state, entry));
    expect(await loop.ended()).toBe(1);
    expect(loop.stderr).toMatch(new RegExp(`\nerror: the lock on fleet ${name} was taken over by another process\n$`));
    expect(await containers()).toEqual(before);
  });

  it("has apply fail before it looks for changes when nothing can be locked", async () => {
    const { code, stdout, stderr } = await fleet(`apply --yes --state ${file}`);
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(new RegExp(`^error: cannot use the folder ${file}/${name}: ENOTDIR`)),
    });
  });

  it("holds everything when most of a fleet vanishes at once, until that is confirmed", async () => {
    const first = daemon();
    await up(first, "db", "web");
    first.signal("SIGTERM");
    await first.ended();
    await operator.remove(`${name}-web`);
    await operator.remove(`${name}-db`);
    const second = daemon();
    await second.event(({ reason }) => reason === "Held");
    const held = await fleet("status");
    expect(held.stdout).toMatch(
      /\nheld: the whole fleet: 2 of 2 containers vanished at once: db, web; fleet resume --confirm /,
    );
    expect(await containers()).toEqual({});
    expect((await fleet("resume --confirm")).stdout).toBe(
      "Goes on, although 2 of 2 containers vanished at once: db, web.\n",
    );
    await running("db", "web");
  });

  it("does not take for vanished what destroy removed", async () => {
    const first = daemon();
    await up(first, "db", "web");
    first.signal("SIGTERM");
    await first.ended();
    expect((await fleet("destroy --yes")).code).toBe(0);
    daemon();
    await running("db", "web");
  });

  it("brings the fleet to its spec and ends, with --once", async () => {
    const fresh = await fleet("run --once");
    expect({ code: fresh.code, stdout: fresh.stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/\ndb {4}running[\s\S]*\n2 instances: 2 ready, 2 in sync\.\n$/),
    });
    write("command: [nosuchprogram]".replace("command", "entrypoint"), "web, db");
    const broken = await fleet("run --once --timeout 8s");
    expect({ code: broken.code, stdout: broken.stdout }).toEqual({
      code: 3,
      stdout: expect.stringContaining(" 0 in sync.\n"),
    });
    const nobody = await runExecutable(["run", "--once", "-f", file, "--host", "unix:///nowhere/docker.sock"], {
      cwd: folder,
    });
    expect({ code: nobody.code, stdout: nobody.stdout }).toEqual({ code: 1, stdout: "" });
    expect(nobody.stderr).toMatch(/^error: .*unix:\/\/\/nowhere\/docker\.sock/);
  });

  it("waits for an engine that is not there, and ends when asked", async () => {
    const loop = daemon("--host", "unix:///nowhere/docker.sock");
    expect(await loop.logged("waiting for the engine")).toMatchObject({ level: "warn" });
    loop.signal("SIGTERM");
    expect(await loop.ended()).toBe(0);
  });

  it("answers over HTTP where it is told to", async () => {
    const loop = daemon("--listen", "127.0.0.1:0");
    await loop.logged("ready");
    const { addresses } = (await loop.logged("listening")) as { addresses: readonly string[] };
    const address = addresses.find((one) => one.startsWith("http:"));
    const get = async (path: string): Promise<string> => (await fetch(`${address}${path}`)).text();
    expect(await get("/readyz")).toBe("ok\n");
    expect(await get("/metrics")).toContain('\nfleet_info{version="0.1.0"} 1\n');
    await running("db", "web");
    const events = JSON.parse(await get("/v1/events?follow=false&instance=web"));
    expect(events.events[0]).toMatchObject({ reason: "ActionStarted", instance: "web" });
    const token = readFileSync(join(folder, "state/fleet", name, "token"), "utf8").trim();
    const headers = { Authorization: `Bearer ${token}` };
    expect((await fetch(`${address}/v1/reconcile`, { method: "POST", headers })).status).toBe(202);
  });
});
