import { describe, expect, test } from "vitest";
import { realEngines } from "../support/engines.ts";
import { openRig, results } from "../support/rig.ts";

const pair = `
      instances:
        - { name: dev-default, image: "fleet-test:1" }
        - { name: boss, image: "fleet-test:1" }`;

describe.each(realEngines())("engine $version", (real) => {
  test("unmanaged containers are never touched, however much they look like ours", async () => {
    const rig = await openRig(real);
    const { operator, fleet, world } = rig;
    await operator.run(`${fleet}-dev-default-2`);
    await operator.run(`${fleet}-other`, { Labels: { "fleet.name": "another", "fleet.instance": "dev-default" } });
    await operator.run(`${fleet}-instanceless`, { Labels: { "fleet.name": fleet } });
    await operator.run(`${fleet}-nameless`, { Labels: { "fleet.instance": "boss" } });
    await operator.run(`x${fleet}-boss`);
    await operator.stop(`${fleet}-dev-default-2`);
    const strangers = async () => {
      const { "dev-default": _, boss: __, ...rest } = await rig.containers();
      return { ...rest, outside: (await world.container(`x${fleet}-boss`)).State };
    };
    const before = await strangers();
    const tidy = `
      policy: { orphans: remove, adopt: byName }${pair}`;
    await rig.apply(tidy);
    await operator.remove(`${fleet}-boss`);
    await rig.apply(tidy);
    await rig.apply(tidy.replace('\n        - { name: boss, image: "fleet-test:1" }', ""));
    expect(await strangers()).toEqual(before);
    expect(Object.keys(await rig.containers())).toEqual(
      ["dev-default", ...Object.keys(before)].filter((name) => name !== "outside").sort(),
    );
    await operator.remove(`x${fleet}-boss`);
  });

  test("C64: another fleet of the same instances is not an orphan of ours", async () => {
    const rig = await openRig(real);
    const other = await openRig(real);
    await other.apply(pair);
    const before = await other.containers();
    await rig.apply(`
      policy: { orphans: remove }${pair}`);
    expect(await other.containers()).toEqual(before);
    expect(other.outline(await other.plan(pair))).toEqual([]);
  });

  test("a name that a foreign container has: blocked, and nothing changes; the others come up", async () => {
    const rig = await openRig(real);
    await rig.operator.run(`${rig.fleet}-boss`);
    const { boss } = await rig.containers();
    expect(rig.outline(await rig.plan(pair))).toEqual([
      "boss blocked NameTaken",
      "dev-default create ContainerMissing",
    ]);
    const applied = await rig.apply(pair);
    const after = await rig.containers();
    expect(after.boss).toEqual(boss);
    expect(after["dev-default"]?.status).toBe("running");
    expect(results(applied)).toEqual({ boss: "blocked", "dev-default": "changed" });
    expect(applied.outcomes[0]).toMatchObject({
      message: `the name ${rig.fleet}-boss is taken by container ${boss?.id.slice(0, 12)}, which is not fleet's`,
      hint: expect.stringContaining("policy.adopt"),
    });
  });

  test("adopt byName: an unlabelled container of that name is replaced by ours", async () => {
    const rig = await openRig(real);
    await rig.operator.run(`${rig.fleet}-boss`, { Env: ["BY=hand"] });
    const before = await rig.containers();
    const spec = `
      policy: { adopt: byName }${pair}`;
    expect(rig.outline(await rig.plan(spec))).toEqual(["boss replace Adopted", "dev-default create ContainerMissing"]);
    await rig.apply(spec);
    const after = await rig.containers();
    expect(Object.keys(after)).toEqual(["boss", "dev-default"]);
    expect(after.boss?.id).not.toBe(before.boss?.id);
    expect((await rig.world.container(`${rig.fleet}-boss`)).Config).toMatchObject({
      Env: expect.not.arrayContaining(["BY=hand"]),
      Labels: { "fleet.name": rig.fleet, "fleet.instance": "boss" },
    });
    expect(rig.outline(await rig.plan(spec))).toEqual([]);
  });

  test("adopt byName takes nothing from another fleet", async () => {
    const rig = await openRig(real);
    await rig.operator.run(`${rig.fleet}-boss`, { Labels: { "fleet.name": "another", "fleet.instance": "boss" } });
    const { boss } = await rig.containers();
    await rig.apply(`
      policy: { adopt: byName }${pair}`);
    expect((await rig.containers()).boss).toEqual(boss);
  });
});
