import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { agents } from "../support/agents.ts";
import { realEngines } from "../support/engines.ts";
import { type OwnEngines, ownEngines } from "../support/own-engines.ts";
import { openRig, results } from "../support/rig.ts";
import { eventually } from "../support/world.ts";

const spec = `
      templates:
        any: { image: "fleet-test:1", networks: ["{fleet}-net"], mounts: [{ volume: "{fleet}-{name}", target: /state }] }
      instances:
        - { name: always, template: any, restart: always }
        - { name: job, template: any, lifecycle: oneshot, command: [sh, -c, "true"] }
        - { name: never, template: any }
        - { name: unless-stopped, template: any, restart: unless-stopped, ports: ["127.0.0.1:32031:80"] }`;

describe.each(realEngines())("engine $version", ({ version, host: shared }) => {
  let engines: OwnEngines;
  let host = "";

  beforeAll(async () => {
    engines = await ownEngines(shared, "restart");
    host = (await engines.startEngine({ version })).host;
  }, 300_000);
  afterAll(() => engines.purgeEngine(version), 120_000);

  test("apply, and the engine restarts: what it did not bring back is started, and then the plan is empty", async () => {
    const rig = await openRig({ version, host });
    expect(new Set(Object.values(results(await rig.apply(spec))))).toEqual(new Set(["changed"]));
    const before = await rig.containers();
    await engines.restartEngine(version, { signal: "SIGTERM" });
    const restarted = await eventually(async () => {
      const found = await rig.containers();
      const back = [found.always, found["unless-stopped"]].every((container) => container?.status === "running");
      return back ? found : undefined;
    });
    expect(rig.outline(await rig.plan(spec))).toEqual(["never restart ContainerExited"]);
    await rig.apply(spec);
    const after = await rig.containers();
    expect(Object.values(after).map(({ id }) => id)).toEqual(Object.values(before).map(({ id }) => id));
    expect({ ...after, never: restarted.never }).toEqual(restarted);
    expect(after.never?.status).toBe("running");
    expect(rig.outline(await rig.plan(spec))).toEqual([]);
  }, 180_000);

  test("eight agents that the engine brings back by itself: the plan is empty as they stand", async () => {
    const rig = await openRig({ version, host });
    await rig.apply(agents);
    const before = await rig.containers();
    await engines.restartEngine(version, { signal: "SIGTERM" });
    const after = await eventually(async () => {
      const found = await rig.containers();
      return Object.values(found).every(({ status }) => status === "running") ? found : undefined;
    });
    expect(Object.values(after).map(({ id }) => id)).toEqual(Object.values(before).map(({ id }) => id));
    expect(rig.outline(await rig.plan(agents))).toEqual([]);
    expect(new Set(Object.values(results(await rig.apply(agents))))).toEqual(new Set(["unchanged"]));
    expect(await rig.containers()).toEqual(after);
  }, 180_000);

  test("after a crash of the engine: the same containers again, none replaced", async () => {
    const rig = await openRig({ version, host });
    await rig.apply(spec);
    const before = await rig.containers();
    await engines.restartEngine(version, { signal: "SIGKILL" });
    const plan = await rig.plan(spec);
    expect(plan.instances.flatMap(({ drifts }) => drifts)).toEqual([]);
    await rig.apply(spec);
    const after = await rig.containers();
    expect(Object.values(after).map(({ id }) => id)).toEqual(Object.values(before).map(({ id }) => id));
    expect(rig.outline(await rig.plan(spec))).toEqual([]);
  }, 180_000);
});
