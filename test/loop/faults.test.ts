import { chownSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { ask } from "../support/ask.ts";
import { realEngines } from "../support/engines.ts";
import { openLoop } from "../support/loop-rig.ts";
import { type EngineProxy, startProxy } from "../support/proxy.ts";
import { openRig } from "../support/rig.ts";
import { eventually } from "../support/world.ts";

/** Three of one kind under `policy`; a relist is never far, and two that vanish are not yet too many. */
const trio = (policy = "resync: 1s"): string => `
      policy: { breaker: { missing: off }, ${policy} }
      templates:
        any: { image: "fleet-test:1" }
      instances:
        - { name: a, template: any }
        - { name: b, template: any }
        - { name: c, template: any }`;

describe.each(realEngines())("engine $version", (real) => {
  /** In front of the engine for the length of a test. */
  async function proxied(): Promise<EngineProxy> {
    const proxy = await startProxy({ target: real.host });
    onTestFinished(() => proxy.close());
    return proxy;
  }

  const isRestart = (line: string): boolean => line.startsWith("ContainerRestarted well");
  const isDrift = (line: string): boolean => line.startsWith("Drifted");
  const isStop = (line: string): boolean => /^Container(StoppedOutside|Exited) well/.test(line);

  /** Requests that change something, from the `from`-th on. */
  const changes = ({ requests }: EngineProxy, from: number): readonly string[] =>
    requests.slice(from).flatMap(({ method, path }) => (method === "GET" ? [] : [`${method} ${path}`]));

  test("the stream of events is cut: what happens meanwhile is healed, and a new stream tells of what comes", async () => {
    const proxy = await proxied();
    const rig = await openLoop(real, trio(), { through: proxy.host });
    const before = await rig.converged();
    proxy.cut();
    await rig.operator.remove(`${rig.fleet}-a`);
    const after = await rig.until(({ a }) => a?.status === "running");
    expect(after.a?.id).not.toBe(before.a?.id);
    expect([after.b, after.c]).toEqual([before.b, before.c]);
    await eventually(async () => (rig.reconnects === 1 ? true : undefined));
    const told = rig.events.length;
    await rig.operator.kill(`${rig.fleet}-b`);
    await rig.until(({ b }) => b?.status === "running");
    expect(rig.told(told)).toContain("ContainerExited b: {fleet}-b exited with 137");
    expect(rig.told().filter((line) => line.startsWith("Engine"))).toEqual([]);
  });

  test("the stream of events falls silent: a relist finds what happened, and the stream is opened anew", async () => {
    const proxy = await proxied();
    const rig = await openLoop(real, trio("resync: 2s"), { through: proxy.host });
    await rig.converged();
    proxy.silence();
    await rig.operator.remove(`${rig.fleet}-a`);
    await rig.until(({ a }) => a?.status === "running");
    // A change that a list finds tells, unless the stream was heard just before.
    await eventually(async () => {
      if (rig.reconnects > 0) return true;
      await rig.operator.kill(`${rig.fleet}-c`);
      await rig.until(({ c }) => c?.status === "running");
      return undefined;
    });
    await rig.converged();
    const told = (await rig.journal()).length;
    await rig.operator.remove(`${rig.fleet}-b`);
    await rig.until(({ b }) => b?.status === "running");
    const heard = (await rig.journal()).slice(told).flatMap((entry) => (entry.kind === "observed" ? [entry] : []));
    expect(heard.map(({ instance, event }) => `${instance} ${event.action}`)).toContain("b destroy");
  });

  test("a crash loop that the engine's own policy keeps up is told with what ended it, and a restart or a change by hand is told too", async () => {
    const rig = await openLoop(
      real,
      `
      policy: { resync: 1s }
      instances:
        - name: crash
          image: "fleet-test:1"
          command: [sh, -c, "echo boo; sleep 0.5; exit 3"]
          restart: unless-stopped
        - { name: well, image: "fleet-test:1", resources: { memory: 64Mi } }`,
    );
    await eventually(async () => {
      const ready = rig.loop.instance("crash")?.conditions.find(({ type }) => type === "Ready");
      return ready?.reason === "CrashLoop" ? true : undefined;
    });
    const ready = rig.loop.instance("crash")?.conditions.find(({ type }) => type === "Ready");
    expect(ready).toMatchObject({
      status: "false",
      message: expect.stringMatching(/^the engine restarted it [1-9]\d* times(, exit code 3)?$/),
    });
    const told = rig.events.filter(({ reason }) => reason === "ContainerRestarted");
    expect(told.length).toBeGreaterThan(1);
    for (const { type, message } of told) {
      expect(type).toBe("Warning");
      expect(message).toMatch(/crash exited with 3: the engine restart(s it|ed it (once|\d+ times))$/);
    }
    const evidence = (await rig.journal()).flatMap((entry) => (entry.kind === "evidence" ? [entry.evidence] : []));
    expect(evidence[0]).toMatchObject({ reason: "ContainerRestarted", log: expect.stringMatching(/^(boo\n)+$/) });
    expect(evidence.flatMap(({ events }) => events.map(({ action }) => action))).toContain("die");

    const { well: before } = await rig.converged();
    // An engine may let a look in between the two halves of a restart: then a stop is told, and it is restarted once more.
    for (let stops = 0; !rig.told().some(isRestart); stops = rig.told().filter(isStop).length) {
      await rig.converged();
      await rig.operator.restart(`${rig.fleet}-well`);
      await eventually(async () => {
        const told = rig.told();
        return told.some(isRestart) || told.filter(isStop).length > stops ? true : undefined;
      });
    }
    await rig.operator.update(`${rig.fleet}-well`, { Memory: 32 * 2 ** 20, MemorySwap: 32 * 2 ** 20 });
    await eventually(async () => (rig.told().some(isDrift) ? true : undefined));
    const { well: after } = await rig.converged();
    expect(after?.id).toBe(before?.id);
    expect(rig.acts().filter((act) => act.startsWith("well updateContainer"))).toEqual([
      "well updateContainer FieldsDiffer",
    ]);
    expect(rig.told().filter((line) => isRestart(line) || isDrift(line))).toEqual([
      "ContainerRestarted well: somebody restarted {fleet}-well",
      expect.stringMatching(/^Drifted well: \{fleet\}-well drifted: resources\.memory 64Mi → 32Mi \(by hand\)/),
    ]);
  });

  test("C63: while the engine refuses our version nothing is done, and it says why; then what happened is healed", async () => {
    const proxy = await proxied();
    const rig = await openLoop(real, trio(), { through: proxy.host });
    const before = await rig.converged();
    const asked = proxy.requests.length;
    const message = "client version 1.41 is too old. Minimum supported API version is 1.44";
    proxy.setRules([{ path: /^\/containers\/json/, fault: { kind: "answer", status: 400, message } }]);
    await rig.operator.remove(`${rig.fleet}-a`);
    await eventually(async () => (rig.loop.instance("a")?.phase === "stalled" ? true : undefined));
    expect(rig.loop.instance("a")).toMatchObject({ error: { message: expect.stringContaining(message) } });
    expect(changes(proxy, asked)).toEqual([]);
    proxy.setRules([]);
    const after = await rig.until(({ a }) => a?.status === "running");
    expect([after.b, after.c]).toEqual([before.b, before.c]);
  });

  test("C64: two fleets of the same instances: each loop keeps its own, and takes none of the other's for an orphan", async () => {
    const one = await openLoop(real, trio("orphans: remove, resync: 1s"));
    const other = await openLoop(real, trio("orphans: remove, resync: 1s"));
    const before = await other.converged();
    await one.converged();
    await one.operator.remove(`${one.fleet}-a`);
    await one.until(({ a }) => a?.status === "running");
    one.desire(trio("orphans: remove, resync: 1s").replace("\n        - { name: c, template: any }", ""));
    await one.until((found) => Object.keys(found).join() === "a,b");
    await one.converged();
    expect(await other.containers()).toEqual(before);
    expect(new Set(other.acts())).toEqual(
      new Set(
        ["a", "b", "c"].flatMap((name) => [
          `${name} createContainer ContainerMissing`,
          `${name} startContainer ContainerMissing`,
        ]),
      ),
    );
  });

  test("strangers are never touched, however much they look like ours, whatever befalls ours", async () => {
    const rig = await openLoop(real, trio("orphans: remove, adopt: byName, resync: 1s"));
    await rig.converged();
    const { operator, fleet } = rig;
    await operator.run(`${fleet}-a-2`);
    await operator.run(`${fleet}-other`, { Labels: { "fleet.name": "another", "fleet.instance": "a" } });
    await operator.run(`${fleet}-instanceless`, { Labels: { "fleet.name": fleet } });
    await operator.run(`${fleet}-nameless`, { Labels: { "fleet.instance": "b" } });
    await operator.stop(`${fleet}-a-2`);
    const strangers = async () => {
      const { a: _, b: __, c: ___, ...rest } = await rig.containers();
      return rest;
    };
    const before = await strangers();
    expect(Object.keys(before)).toHaveLength(4);
    await operator.remove(`${fleet}-b`);
    await operator.kill(`${fleet}-a`);
    await rig.until(({ a, b }) => a?.status === "running" && b?.status === "running");
    rig.desire(
      trio("orphans: remove, adopt: byName, resync: 1s").replace("\n        - { name: c, template: any }", ""),
    );
    await rig.until(({ c }) => c === undefined);
    await rig.converged();
    expect(await strangers()).toEqual(before);
  });

  test("C57: one whose health check fails is restarted, with what was known of it written down before", async () => {
    const rig = await openLoop(
      real,
      `
      policy: { resync: 1s }
      instances:
        - name: a
          image: fleet-test:health
          command: [sh, -c, "touch /tmp/healthy; trap 'exit 0' TERM; sleep infinity & wait"]`,
    );
    const healthy = async (): Promise<true | undefined> =>
      rig.loop.instance("a")?.state === "healthy" ? true : undefined;
    await eventually(healthy);
    const before = await rig.converged();
    const told = rig.events.length;
    await rig.operator.exec(`${rig.fleet}-a`, ["rm", "/tmp/healthy"]);
    const after = await rig.until(({ a }) => a?.status === "running" && a.startedAt !== before.a?.startedAt);
    expect(after.a?.id).toBe(before.a?.id);
    await eventually(healthy);
    expect(rig.told(told)[0]).toBe("Unhealthy a: {fleet}-a fails its health check");
    expect(rig.acts(told)).toEqual(["a stopContainer ContainerUnhealthy", "a startContainer ContainerUnhealthy"]);
    const journal = await rig.journal();
    const stop = journal.findIndex(
      (entry) => entry.kind === "event" && entry.event.action?.reason === "ContainerUnhealthy",
    );
    const evidence = journal.findIndex((entry) => entry.kind === "evidence");
    expect(evidence).toBeGreaterThan(-1);
    expect(evidence).toBeLessThan(stop);
  });

  test("C59: docker stop is told as somebody's, and mended after its grace; one that is suspended stays stopped", async () => {
    const rig = await openLoop(real, trio("resync: 1s, stopGrace: 2s"));
    const before = await rig.converged();
    const told = rig.events.length;
    await rig.loop.suspend("b", { reason: "maintenance", by: "alice" });
    await rig.operator.stop(`${rig.fleet}-b`);
    await rig.operator.stop(`${rig.fleet}-a`);
    const stopped = await rig.world.container(`${rig.fleet}-a`);
    await eventually(async () => (rig.loop.instance("a")?.hold?.kind === "StopGrace" ? true : undefined));
    const after = await rig.until(({ a }) => a?.status === "running");
    expect(after.a?.id).toBe(before.a?.id);
    expect(Date.parse(after.a?.startedAt ?? "") - Date.parse(stopped.State.FinishedAt)).toBeGreaterThan(1_500);
    expect(rig.told(told)).toContain("ContainerStoppedOutside a: somebody stopped {fleet}-a (exit code 0)");
    expect([after.b?.status, after.c]).toEqual(["exited", before.c]);
    expect(rig.acts(told)).toEqual(["a startContainer ContainerExited"]);
    await rig.loop.resume("b");
    await rig.until(({ b }) => b?.id === before.b?.id && b?.status === "running");
  });

  test("C60: one that was paused is unpaused: the same process goes on", async () => {
    const rig = await openLoop(real, trio());
    const before = await rig.converged();
    const told = rig.events.length;
    await rig.operator.pause(`${rig.fleet}-a`);
    await eventually(async () => (rig.acts(told).length > 0 ? true : undefined));
    expect(await rig.converged()).toEqual(before);
    expect(rig.acts(told)).toEqual(["a unpauseContainer ContainerPaused"]);
    expect(rig.told(told)[0]).toBe("ContainerPaused a: somebody paused {fleet}-a");
  });

  test("C61: a one-shot that is done stays done over every relist, and runs again when its spec changes", async () => {
    const proxy = await proxied();
    const spec = (word: string): string => `
      policy: { resync: 1s }
      instances:
        - name: job
          image: fleet-test:1
          lifecycle: oneshot
          command: [sh, -c, "echo ${word} >> /log/runs"]
          mounts: [{ bind: ./log, target: /log, ownership: { uid: 0, gid: 0 } }]`;
    const rig = await openLoop(real, spec("one"), { through: proxy.host });
    await rig.until(({ job }) => job?.status === "exited");
    const before = await rig.converged();
    const asked = proxy.requests.length;
    const lists = (): number =>
      proxy.requests.slice(asked).filter(({ path }) => path.startsWith("/containers/json")).length;
    await eventually(async () => (lists() > 3 ? true : undefined));
    expect(changes(proxy, asked)).toEqual([]);
    expect(await rig.containers()).toEqual(before);
    rig.desire(spec("two"));
    await eventually(async () => (rig.read("log/runs") === "one\ntwo\n" ? true : undefined));
    await rig.converged();
    expect(rig.read("log/runs")).toBe("one\ntwo\n");
  });

  test("C50: one that could not be started, as its port was taken, is started once the port is free", async () => {
    const rig = await openRig(real);
    const port = 32_100 + (Number(real.version.replace(".", "")) % 100);
    const blocker = await rig.operator.run(`${rig.fleet}-blocker`, {
      ExposedPorts: { "80/tcp": {} },
      HostConfig: { PortBindings: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: `${port}` }] } },
    });
    const loop = await openLoop(
      real,
      `
      policy: { resync: 1s, backoff: { base: 200ms, cap: 1s } }
      instances:
        - { name: a, image: "fleet-test:1", ports: ["127.0.0.1:${port}:80"] }`,
    );
    const refusals = (): number => loop.events.filter(({ reason }) => reason === "ActionFailed").length;
    await eventually(async () => (refusals() >= 2 ? true : undefined));
    const { a } = await loop.containers();
    expect(a?.status).toBe("created");
    await rig.operator.remove(blocker);
    const after = await loop.until((found) => found.a?.status === "running");
    expect(after.a?.id).toBe(a?.id);
    expect(new Set(loop.acts().slice(2))).toEqual(new Set(["a startContainer ContainerNeverStarted"]));
  });

  test("drift made by hand is mended without a restart: docker update, network disconnect, rename", async () => {
    const rig = await openLoop(
      real,
      `
      policy: { resync: 1s }
      templates:
        any: { image: "fleet-test:1", networks: ["{fleet}-net"], resources: { memory: 64Mi } }
      instances:
        - { name: a, template: any }
        - { name: b, template: any }
        - { name: c, template: any }`,
    );
    const before = await rig.converged();
    const { fleet, operator, world } = rig;
    await operator.update(`${fleet}-a`, { Memory: 32 << 20, MemorySwap: 64 << 20 });
    await operator.disconnect(`${fleet}-net`, `${fleet}-b`);
    await operator.rename(`${fleet}-c`, `${fleet}-elsewhere`);
    await rig.until((found) => Object.keys(found).join() === "a,b,c");
    await eventually(async () => {
      const [a, b] = [await world.container(`${fleet}-a`), await world.container(`${fleet}-b`)];
      const mended = a.HostConfig.Memory === 64 << 20 && `${fleet}-net` in b.NetworkSettings.Networks;
      return mended ? true : undefined;
    });
    expect(await rig.converged()).toEqual(before);
  });

  test("ownership: a source that somebody gives to root is its owner's again within a relist; no container is touched", async () => {
    const rig = await openLoop(
      real,
      `
      policy: { resync: 1s }
      instances:
        - name: a
          image: fleet-test:1
          mounts: [{ bind: ./env/projects, target: /data, ownership: { uid: 1000, gid: 1000, mode: "0755" } }]`,
    );
    const before = await rig.converged();
    const told = rig.events.length;
    const path = `${rig.dir}/env/projects`;
    chownSync(path, 0, 0);
    await eventually(async () => (statSync(path).uid === 1000 ? true : undefined));
    expect(await rig.converged()).toEqual(before);
    expect(rig.acts(told)).toEqual(["a mendSource OwnershipWrong"]);
  });

  test("C39: a source that is removed and made again: a restart shows the new one, where the policy says so", async () => {
    const rig = await openLoop(
      real,
      `
      policy: { resync: 1s, heal: { staleMount: restart } }
      instances:
        - { name: a, image: "fleet-test:1", mounts: [{ bind: ./work, target: /work, ownership: { uid: 0, gid: 0 } }] }
        - { name: b, image: "fleet-test:1" }`,
    );
    const before = await rig.converged();
    const told = rig.events.length;
    mkdirSync(`${rig.dir}/new`);
    writeFileSync(`${rig.dir}/new/rev`, "2");
    rmSync(`${rig.dir}/work`, { recursive: true });
    renameSync(`${rig.dir}/new`, `${rig.dir}/work`);
    const after = await rig.until(({ a }) => a?.status === "running" && a.startedAt !== before.a?.startedAt);
    expect([after.a?.id, after.b]).toEqual([before.a?.id, before.b]);
    expect(await rig.operator.exec(`${rig.fleet}-a`, ["grep", "-qx", "2", "/work/rev"])).toBe(0);
    await rig.converged();
    expect(rig.told(told)[0]).toBe("StaleMount a: {fleet}-a still sees a source that was replaced");
    expect(rig.acts(told)).toEqual(["a stopContainer StaleMount", "a startContainer StaleMount"]);
  });

  test("what the engine cannot start is left alone by neighbours: one that fails again and again holds up no other", async () => {
    const rig = await openLoop(
      real,
      `
      policy: { resync: 1s, backoff: { base: 100ms, cap: 500ms }, concurrency: 1 }
      instances:
        - { name: a, image: "fleet-test:1", command: [sh, -c, "exit 7"] }
        - { name: b, image: "fleet-test:1" }`,
    );
    await rig.until(({ b }) => b?.status === "running");
    await eventually(async () => ((rig.loop.instance("a")?.attempts ?? 0) >= 3 ? true : undefined));
    await ask(real.host, "DELETE", `/containers/${rig.fleet}-b?force=1`);
    await rig.until(({ b }) => b?.status === "running");
    expect(rig.loop.instance("a")?.state).toBe("exited 7");
  });
});
