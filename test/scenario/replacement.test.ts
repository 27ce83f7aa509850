import { describe, expect, onTestFinished, test } from "vitest";
import { realEngines } from "../support/engines.ts";
import { type Fault, startProxy } from "../support/proxy.ts";
import { type ApplyChoices, openRig, type Rig, results, troubles } from "../support/rig.ts";

/** Soon through with trying. */
const impatient: ApplyChoices = { patience: { backoff: { base: 50, factor: 2, cap: 200 } } };

function worker(fields: string): string {
  return `
      instances:
        - { name: a, image: "{fleet}/app:1", restart: unless-stopped, ${fields} }`;
}

/** A worker is up; its replacement by `wanted` fails. The old one is there as before, and nothing beside it. */
async function survives(rig: Rig, wanted: string, why: RegExp | string): Promise<void> {
  const before = await rig.containers();
  const applied = await rig.apply(wanted, impatient);
  const after = await rig.containers();
  expect(Object.entries(after).map(([name, { id, status }]) => [name, id, status])).toEqual([
    ["a", before.a?.id, "running"],
  ]);
  expect(results(applied)).toEqual({ a: "failed" });
  expect(applied.outcomes[0]?.message).toMatch(why);
}

const answers = (status: number, message: string): Fault => ({ kind: "answer", status, message });

/** What the engine, or a proxy in front of it, answers in the middle of a replacement. */
const refusals = [
  { name: "C66: create is forbidden", method: "POST", path: /create\?name=/, fault: answers(403, "no"), why: /no/ },
  {
    name: "C67: create finds no space",
    method: "POST",
    path: /create\?name=/,
    fault: answers(500, "no space left on device"),
    why: /no space left/,
  },
  { name: "create answers 500", method: "POST", path: /create\?name=/, fault: answers(500, "broken"), why: /broken/ },
  { name: "stop is forbidden", method: "POST", path: /\/stop/, fault: answers(403, "no"), why: /no/ },
  { name: "C66: rename is forbidden", method: "POST", path: /\/rename/, fault: answers(403, "no"), why: /no/ },
  {
    name: "C46: rename answers 500 after the old one stopped",
    method: "POST",
    path: /\/rename/,
    fault: answers(500, "broken"),
    why: /broken/,
  },
] as const;

describe.each(realEngines())("engine $version", (real) => {
  async function openWorker(through?: string): Promise<Rig> {
    const rig = await openRig(real, through === undefined ? {} : { through });
    await rig.operator.tag("fleet-test:1", `${rig.fleet}/app:1`);
    expect(troubles(await rig.apply(worker("env: { A: old }")))).toEqual([]);
    return rig;
  }

  test.each(refusals.map(({ name, ...refusal }) => [name, refusal] as const))(
    "%s: the old one is back and running",
    async (_name, { why, ...rule }) => {
      const proxy = await startProxy({ target: real.host });
      onTestFinished(() => proxy.close());
      const rig = await openWorker(proxy.host);
      const wanted = worker("env: { A: new }");
      proxy.setRules([rule]);
      await survives(rig, wanted, why);
      proxy.setRules([]);
      expect(rig.outline(await rig.plan(wanted))).toEqual(["a replace FieldsDiffer: env.A"]);
      expect(results(await rig.apply(wanted))).toEqual({ a: "changed" });
      expect(rig.outline(await rig.plan(wanted))).toEqual([]);
    },
  );

  test.each([403, 500])(
    "the successor's start answers %i once: it is tried again, and replaces the old one",
    async (status) => {
      const proxy = await startProxy({ target: real.host });
      onTestFinished(() => proxy.close());
      const rig = await openWorker(proxy.host);
      const before = await rig.containers();
      proxy.setRules([{ method: "POST", path: /\/start/, times: 1, fault: answers(status, "not now") }]);
      const wanted = worker("env: { A: new }");
      expect(troubles(await rig.apply(wanted, impatient))).toEqual([]);
      const after = await rig.containers();
      expect(Object.keys(after)).toEqual(["a"]);
      expect(after.a?.status).toBe("running");
      expect(after.a?.id).not.toBe(before.a?.id);
      expect(rig.outline(await rig.plan(wanted))).toEqual([]);
    },
  );

  test("a program that is not there: the old one is back and running", async () => {
    await survives(await openWorker(), worker("command: [/no/such/program]"), /no such file or directory/);
  });

  test("a program that ends at once: the old one is back and running", async () => {
    await survives(
      await openWorker(),
      worker('restart: "no", command: [sh, -c, "exit 3"]').replace("restart: unless-stopped, ", ""),
      /exited 3/,
    );
  });

  test("a host port that is taken: the old one is back and running", async () => {
    const rig = await openWorker();
    const PortBindings = { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "32011" }] };
    await rig.operator.run(`${rig.fleet}holder`, { ExposedPorts: { "80/tcp": {} }, HostConfig: { PortBindings } });
    await survives(rig, worker('ports: ["127.0.0.1:32011:80"]'), /port is already allocated|address already in use/);
  });

  test("a health check that fails: the old one is back and running", async () => {
    const check = "healthcheck: { test: [CMD, sh, -c, exit 1], interval: 1s, retries: 1 }";
    await survives(await openWorker(), worker(check), /unhealthy/);
  });

  test("C43: a mount target that the image has as a link to nowhere: the old one is back and running", async () => {
    const rig = await openWorker();
    await rig.operator.makeImage("fleet-test:1", `${rig.fleet}/linked:1`, ["ln", "-s", "work", "/work"]);
    const mount = "mounts: [{ bind: ./work, target: /work, ownership: { uid: 1000, gid: 1000 } }]";
    await survives(rig, worker(mount).replace("/app:1", "/linked:1"), /symbolic links/);
  });

  test("C49: a create that names a holder which nobody knows: tried a few times, then failed, and nothing changed", async () => {
    const proxy = await startProxy({ target: real.host });
    onTestFinished(() => proxy.close());
    const rig = await openWorker(proxy.host);
    const message = `Conflict. The container name "/${rig.fleet}-a.next" is already in use by container "${"f".repeat(64)}".`;
    proxy.setRules([{ method: "POST", path: /create\?name=/, fault: answers(409, message) }]);
    await survives(rig, worker("env: { A: new }"), /already in use/);
    const tries = proxy.requests.filter(({ path }) => /create\?name=/.test(path)).length - 1;
    expect(tries).toBeGreaterThan(1);
    expect(tries).toBeLessThan(10);
  });

  test("C53: a removal that is in progress: waited for, and the successor stays up meanwhile", async () => {
    const proxy = await startProxy({ target: real.host });
    onTestFinished(() => proxy.close());
    const rig = await openWorker(proxy.host);
    const before = await rig.containers();
    const message = "removal of container a is already in progress";
    proxy.setRules([{ method: "DELETE", times: 2, fault: answers(409, message) }]);
    const wanted = worker("env: { A: new }");
    expect(troubles(await rig.apply(wanted, impatient))).toEqual([]);
    const after = await rig.containers();
    expect(Object.keys(after)).toEqual(["a"]);
    expect(after.a?.id).not.toBe(before.a?.id);
    expect(rig.outline(await rig.plan(wanted))).toEqual([]);
  });

  test("C24: nobody declares a MAC address: two that are replaced keep apart", async () => {
    const rig = await openRig(real);
    const pair = (value: string): string => `
      instances:
        - { name: a, image: "fleet-test:1", networks: ["{fleet}-net"], env: { A: ${value} } }
        - { name: b, image: "fleet-test:1", networks: ["{fleet}-net"], env: { A: ${value} } }`;
    await rig.apply(pair("old"));
    const applied = await rig.apply(pair("new"));
    const macs = await Promise.all(
      ["a", "b"].map(async (name) => {
        const { NetworkSettings } = await rig.world.container(`${rig.fleet}-${name}`);
        return NetworkSettings.Networks[`${rig.fleet}-net`]?.MacAddress;
      }),
    );
    expect(macs).toEqual([expect.stringMatching(/^(..:){5}..$/), expect.stringMatching(/^(..:){5}..$/)]);
    expect(macs[0]).not.toBe(macs[1]);
    expect(results(applied)).toEqual({ a: "changed", b: "changed" });
  });
});
