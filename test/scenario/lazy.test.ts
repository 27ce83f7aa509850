import { describe, expect, onTestFinished, test } from "vitest";
import { realEngines } from "../support/engines.ts";
import { startProxy } from "../support/proxy.ts";
import { openRig, type Rig, results } from "../support/rig.ts";

const lazy = (more = "", lifecycle = "lazy"): string => `
      instances: [{ name: a, image: "fleet-test:1", lifecycle: ${lifecycle}${more} }]`;
const hot = (more = ""): string => lazy(more, "hot");

const only = async (rig: Rig) => {
  const { a, ...others } = await rig.containers();
  expect(others).toEqual({});
  if (a === undefined) throw new Error("the container is not there");
  return a;
};

describe.each(realEngines())("engine $version", (real) => {
  test("a lazy one is created and not started; it is in sync, whoever starts and stops it", async () => {
    const rig = await openRig(real);
    expect(rig.outline(await rig.plan(lazy()))).toEqual(["a create ContainerMissing"]);
    expect(results(await rig.apply(lazy()))).toEqual({ a: "changed" });
    const created = await only(rig);
    expect(created.status).toBe("created");
    const name = `${rig.fleet}-a`;
    for (const happen of [async () => undefined, () => rig.operator.start(name), () => rig.operator.kill(name)]) {
      await happen();
      const before = await only(rig);
      expect(before.id).toBe(created.id);
      expect(rig.outline(await rig.plan(lazy()))).toEqual([]);
      expect(rig.outline(await rig.plan(lazy("", "{ kind: lazy, idleStop: 10m }")))).toEqual([]);
      expect(results(await rig.apply(lazy("", "{ kind: lazy, idleStop: 10m }")))).toEqual({ a: "unchanged" });
      expect(await only(rig)).toEqual(before);
    }
  });

  test("from hot to lazy and back: the restart policy is updated, a stopped one started, none replaced", async () => {
    const rig = await openRig(real);
    const always = hot(", restart: always");
    await rig.apply(always);
    const running = await only(rig);
    expect(rig.outline(await rig.plan(lazy()))).toEqual(["a update FieldsDiffer: restart"]);
    await rig.apply(lazy());
    expect(await only(rig)).toEqual(running);
    expect(rig.outline(await rig.plan(lazy()))).toEqual([]);
    expect(rig.outline(await rig.plan(hot()))).toEqual([]);

    await rig.operator.kill(`${rig.fleet}-a`);
    expect(rig.outline(await rig.plan(always))).toEqual(["a restart FieldsDiffer ContainerExited: restart"]);
    await rig.apply(always);
    const again = await only(rig);
    expect([again.id, again.status]).toEqual([running.id, "running"]);
    expect(again.startedAt).not.toBe(running.startedAt);
    expect(rig.outline(await rig.plan(always))).toEqual([]);
  });

  test("one that was never started is started once it is hot", async () => {
    const rig = await openRig(real);
    await rig.apply(lazy());
    const { id } = await only(rig);
    expect(rig.outline(await rig.plan(hot()))).toEqual(["a restart ContainerNeverStarted"]);
    await rig.apply(hot());
    expect(await only(rig)).toMatchObject({ id, status: "running" });
  });

  test("an image that moves: one that is idle is replaced and not started, one that runs is started again", async () => {
    const rig = await openRig(real);
    const spec = `
      templates:
        any: { image: "${rig.fleet}/app:1", lifecycle: lazy }
      instances: [{ name: a, template: any }, { name: b, template: any }, { name: c, template: any }]`;
    await rig.operator.tag("fleet-test:1", `${rig.fleet}/app:1`);
    await rig.apply(spec);
    for (const name of ["b", "c"]) await rig.operator.start(`${rig.fleet}-${name}`);
    await rig.operator.kill(`${rig.fleet}-c`);
    const before = await rig.containers();
    await rig.operator.tag("fleet-test:2", `${rig.fleet}/app:1`);
    expect(rig.outline(await rig.plan(spec))).toEqual([
      "a replace ImageMoved: image",
      "b replace ImageMoved: image",
      "c replace ImageMoved: image",
    ]);
    expect(results(await rig.apply(spec))).toEqual({ a: "changed", b: "changed", c: "changed" });
    const after = await rig.containers();
    expect(Object.entries(after).map(([name, { status }]) => [name, status])).toEqual([
      ["a", "created"],
      ["b", "running"],
      ["c", "created"],
    ]);
    for (const [name, { id }] of Object.entries(before)) expect(after[name]?.id).not.toBe(id);
    const moved = await rig.world.imageId("fleet-test:2");
    for (const name of Object.keys(after)) {
      expect((await rig.world.container(`${rig.fleet}-${name}`)).Image).toBe(moved);
    }
    expect(rig.outline(await rig.plan(spec))).toEqual([]);
  });

  test("a replacement that fails: one that ran runs again, one that was idle stays so", async () => {
    const proxy = await startProxy({ target: real.host });
    onTestFinished(() => proxy.close());
    const rig = await openRig(real, { through: proxy.host });
    const patience = { backoff: { base: 50, factor: 2, cap: 200 } };
    await rig.apply(lazy());
    const idle = await only(rig);
    proxy.setRules([{ method: "POST", path: /\/rename/, fault: { kind: "answer", status: 500, message: "broken" } }]);
    expect(results(await rig.apply(lazy(", env: { A: new }"), { patience }))).toEqual({ a: "failed" });
    expect(await only(rig)).toEqual(idle);

    proxy.setRules([]);
    await rig.operator.start(`${rig.fleet}-a`);
    const gone = lazy(", command: [/no/such/program]");
    expect(results(await rig.apply(gone, { patience }))).toEqual({ a: "failed" });
    expect(await only(rig)).toMatchObject({ id: idle.id, status: "running" });
    expect(rig.outline(await rig.plan(gone))).toEqual(["a replace FieldsDiffer: command"]);
  });
});
