import { chownSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { realEngines } from "../support/engines.ts";
import { ownerOf } from "../support/owner.ts";
import { openRig, type Rig, results } from "../support/rig.ts";
import type { Identity } from "../support/world.ts";

const fleet = `
  templates:
    worker:
      image: "{fleet}/app:1"
      restart: unless-stopped
      networks: ["{fleet}-net"]
      resources: { memory: 64Mi, swap: 128Mi }
      env: { MODE: "{mode}" }
      mounts:
        - { bind: "./{name}", target: /work, ownership: { uid: 1000, gid: 1000, mode: "0755" } }
  instances:
    - { name: a, template: worker, vars: { mode: slow } }
    - { name: b, template: worker, vars: { mode: slow } }
    - { name: c, template: worker, vars: { mode: slow } }
`;

/** The fleet is up, `b` is broken by hand; the plan names that alone. Then what became of `b` after an apply. */
interface Mended {
  readonly before: Identity | undefined;
  readonly after: Identity | undefined;
}

async function mend(
  rig: Rig,
  harm: (name: string) => Promise<unknown> | unknown,
  expected: string,
  spec = fleet,
): Promise<Mended> {
  await rig.operator.tag("fleet-test:1", `${rig.fleet}/app:1`);
  await rig.apply(fleet);
  const before = await rig.containers();
  await harm(`${rig.fleet}-b`);
  expect(rig.outline(await rig.plan(spec))).toEqual([expected]);
  const applied = await rig.apply(spec);
  const after = await rig.containers();
  expect(Object.keys(after)).toEqual(["a", "b", "c"]);
  expect({ a: after.a, c: after.c }).toEqual({ a: before.a, c: before.c });
  expect(after.b?.status).toBe("running");
  expect(results(applied)).toEqual({ a: "unchanged", b: "changed", c: "unchanged" });
  expect(rig.outline(await rig.plan(spec))).toEqual([]);
  return { before: before.b, after: after.b };
}

describe.each(realEngines())("engine $version", (real) => {
  test("docker rm -f: made again", async () => {
    const rig = await openRig(real);
    const { before, after } = await mend(rig, (name) => rig.operator.remove(name), "b create ContainerMissing");
    expect(after?.id).not.toBe(before?.id);
  });

  test("docker stop: started, the same container", async () => {
    const rig = await openRig(real);
    const { before, after } = await mend(rig, (name) => rig.operator.stop(name), "b restart ContainerExited");
    expect(after?.id).toBe(before?.id);
  });

  test("docker kill: started, the same container", async () => {
    const rig = await openRig(real);
    const harm = async (name: string): Promise<void> => {
      // unless-stopped or not: what the API kills stays down.
      await rig.operator.kill(name);
    };
    const { before, after } = await mend(rig, harm, "b restart ContainerExited");
    expect(after?.id).toBe(before?.id);
  });

  test("chown of its source to root: given back, the container untouched", async () => {
    const rig = await openRig(real);
    const harm = (): void => chownSync(`${rig.dir}/b`, 0, 0);
    const { before, after } = await mend(rig, harm, "b host OwnershipWrong: ownership../b");
    expect(ownerOf(`${rig.dir}/b`)).toBe("1000:1000 0755");
    expect(after).toEqual(before);
  });

  test("a changed env value: replaced", async () => {
    const rig = await openRig(real);
    const spec = fleet.replace(
      "name: b, template: worker, vars: { mode: slow }",
      "name: b, template: worker, vars: { mode: fast }",
    );
    const { before, after } = await mend(rig, () => undefined, "b replace FieldsDiffer: env.MODE", spec);
    expect(after?.id).not.toBe(before?.id);
    expect((await rig.world.container(`${rig.fleet}-b`)).Config.Env).toContain("MODE=fast");
  });

  test("C05: a moved image tag: replaced, with the new image's own environment", async () => {
    const rig = await openRig(real);
    const apart = (image: string): string => fleet.replace("name: b,", `name: b, image: "{fleet}/${image}",`);
    await rig.operator.tag("fleet-test:1", `${rig.fleet}/app:1`);
    await rig.operator.tag("fleet-test:1", `${rig.fleet}/b:1`);
    await rig.apply(apart("b:1"));
    const before = await rig.containers();
    await rig.operator.tag("fleet-test:2", `${rig.fleet}/b:1`);
    const plan = await rig.plan(apart("b:1"));
    expect(rig.outline(plan)).toEqual(["b replace ImageMoved: image"]);
    expect(plan.instances.flatMap(({ drifts }) => drifts.map(({ cause }) => cause))).toEqual(["tagMoved"]);
    await rig.apply(apart("b:1"));
    const { Config, Image } = await rig.world.container(`${rig.fleet}-b`);
    expect({ image: Image, rev: Config.Env.filter((entry) => entry.startsWith("REV=")) }).toEqual({
      image: await rig.world.imageId("fleet-test:2"),
      rev: ["REV=2"],
    });
    const after = await rig.containers();
    expect({ a: after.a, c: after.c }).toEqual({ a: before.a, c: before.c });
    expect(rig.outline(await rig.plan(apart("b:1")))).toEqual([]);
  });

  test("docker update -m: put right on the living container", async () => {
    const rig = await openRig(real);
    const harm = (name: string) => rig.operator.update(name, { Memory: 100 * 1024 ** 2 });
    const { before, after } = await mend(rig, harm, "b update FieldsDiffer: resources.memory");
    expect((await rig.world.container(`${rig.fleet}-b`)).HostConfig.Memory).toBe(64 * 1024 ** 2);
    expect(after).toEqual(before);
  });

  test("docker network disconnect: attached again, the container untouched", async () => {
    const rig = await openRig(real);
    const network = `${rig.fleet}-net`;
    const harm = (name: string) => rig.operator.disconnect(network, name);
    const { before, after } = await mend(rig, harm, "b update FieldsDiffer: networks.{fleet}-net");
    expect(Object.keys((await rig.world.container(`${rig.fleet}-b`)).NetworkSettings.Networks)).toEqual([network]);
    expect(after).toEqual(before);
  });

  test("docker network connect to another: detached, the container untouched", async () => {
    const rig = await openRig(real);
    const harm = (name: string) => rig.operator.connect("bridge", name);
    const { before, after } = await mend(rig, harm, "b update FieldsDiffer: networks.bridge");
    expect(Object.keys((await rig.world.container(`${rig.fleet}-b`)).NetworkSettings.Networks)).toEqual([
      `${rig.fleet}-net`,
    ]);
    expect(after).toEqual(before);
  });

  test("docker rename: given its name back, the container untouched", async () => {
    const rig = await openRig(real);
    const harm = (name: string) => rig.operator.rename(name, `${name}-by-hand`);
    const { before, after } = await mend(rig, harm, "b update FieldsDiffer: name");
    expect(after).toEqual(before);
  });

  test("C60: docker pause: unpaused, the same run of the same container", async () => {
    const rig = await openRig(real);
    const { before, after } = await mend(rig, (name) => rig.operator.pause(name), "b restart ContainerPaused");
    expect(after).toEqual(before);
  });

  test("C10: killed while it publishes ports: a start, no replacement", async () => {
    const rig = await openRig(real);
    const spec = `
      instances:
        - { name: a, image: "fleet-test:1", ports: ["127.0.0.1:32001:80", "80"] }`;
    await rig.apply(spec);
    const before = await rig.containers();
    await rig.operator.kill(`${rig.fleet}-a`);
    expect(rig.outline(await rig.plan(spec))).toEqual(["a restart ContainerExited"]);
    await rig.apply(spec);
    const after = await rig.containers();
    expect({ id: after.a?.id, status: after.a?.status }).toEqual({ id: before.a?.id, status: "running" });
    expect(rig.outline(await rig.plan(spec))).toEqual([]);
  });

  test("an orphan is reported, and removed only where the policy says so", async () => {
    const rig = await openRig(real);
    const both = `
      instances: [{ name: a, image: "fleet-test:1" }, { name: b, image: "fleet-test:1" }]`;
    const one = both.replace(', { name: b, image: "fleet-test:1" }', "");
    await rig.apply(both);
    const before = await rig.containers();
    expect(rig.outline(await rig.plan(one))).toEqual(["b reported"]);
    await rig.apply(one);
    expect(await rig.containers()).toEqual(before);
    const tidy = `
      policy: { orphans: remove }${one}`;
    expect(rig.outline(await rig.plan(tidy))).toEqual(["b remove Orphaned"]);
    await rig.apply(tidy);
    expect(await rig.containers()).toEqual({ a: before.a });
  });
});
