import { describe, expect, onTestFinished, test } from "vitest";
import { realEngines } from "../support/engines.ts";
import { type Fault, startProxy } from "../support/proxy.ts";
import { openRig, results } from "../support/rig.ts";

/** On the loopback of the engine's own network namespace. */
const registry = "127.0.0.1:5000/fleet-test:1";

const impatient = { patience: { backoff: { base: 50, factor: 2, cap: 200 } } };

describe.each(realEngines())("engine $version", (real) => {
  test("C26: an image that is missing is pulled, once for all; the second plan is empty", async () => {
    const rig = await openRig(real);
    await rig.operator.untag(registry).catch(() => undefined);
    onTestFinished(() => rig.operator.untag(registry));
    const spec = `
      instances:
        - { name: a, image: "${registry}" }
        - { name: b, image: "${registry}" }`;
    expect(rig.outline(await rig.plan(spec))).toEqual([
      "a create ImageMissing ContainerMissing",
      "b create ContainerMissing",
    ]);
    const applied = await rig.apply(spec);
    const { Image } = await rig.world.container(`${rig.fleet}-a`);
    expect(Image).toBe(await rig.world.imageId(registry));
    expect(results(applied)).toEqual({ a: "changed", b: "changed" });
    const pulls = applied.outcomes.flatMap(({ actions }) => actions.filter(({ kind }) => kind === "pullImage"));
    expect(pulls.length).toBe(1);
    expect(rig.outline(await rig.plan(spec))).toEqual([]);
    expect(results(await rig.apply(spec))).toEqual({ a: "unchanged", b: "unchanged" });
  });

  test("an image that nobody has: its instance fails with the reason, the others come up", async () => {
    const rig = await openRig(real);
    const spec = `
      instances:
        - { name: down, image: "127.0.0.1:1/app:1" }
        - { name: fine, image: "fleet-test:1" }
        - { name: kept, image: { ref: "{fleet}/local:1", pull: never } }
        - { name: unknown, image: "127.0.0.1:5000/nothing:1" }`;
    const applied = await rig.apply(spec, impatient);
    expect(Object.keys(await rig.containers())).toEqual(["fine"]);
    expect(results(applied)).toEqual({ down: "failed", fine: "changed", kept: "blocked", unknown: "failed" });
    expect(applied.outcomes.map(({ code }) => code)).toEqual(["Refused", undefined, undefined, "NotFound"]);
    expect(applied.outcomes.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^Cannot pull image 127\.0\.0\.1:1\/app:1: .*connection refused/),
      undefined,
      expect.stringContaining('is not on the engine, and its pull policy is "never"'),
      expect.stringMatching(/^Cannot pull image 127\.0\.0\.1:5000\/nothing:1: /),
    ]);
  });

  test.each<[string, Fault]>([
    ["answers 429", { kind: "answer", status: 429, message: "toomanyrequests: slow down" }],
    [
      "begins and then says so",
      { kind: "answer", status: 200, body: '{"error":"toomanyrequests: slow down","errorDetail":{}}\n' },
    ],
  ])("C65: a pull that %s while the image is here: warned, and the local one is used", async (_name, fault) => {
    const proxy = await startProxy({ target: real.host });
    onTestFinished(() => proxy.close());
    const rig = await openRig(real, { through: proxy.host });
    await rig.operator.tag("fleet-test:1", `${rig.fleet}/app:1`);
    proxy.setRules([{ method: "POST", path: /^\/images\/create/, fault }]);
    const warnings: string[] = [];
    const applied = await rig.apply(
      `
      instances: [{ name: a, image: { ref: "{fleet}/app:1", pull: always } }]`,
      { onEvent: ({ type, message }) => type === "Warning" && warnings.push(message) },
    );
    expect((await rig.containers()).a?.status).toBe("running");
    expect(results(applied)).toEqual({ a: "changed" });
    expect(warnings).toEqual([expect.stringMatching(/could not be pulled and the local image is used: .*slow down/)]);
  });
});
