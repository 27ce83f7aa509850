import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { observe } from "../act/observe.ts";
import { memoryEngine } from "../engine/memory.ts";
import { memoryHost } from "../host/memory.ts";
import { ManualClock } from "../manual-clock.ts";
import { labels } from "../observe/labels.ts";
import type { Observation } from "../observe/observation.ts";
import { containerConfig, instanceSpec, resolvedFleet, sourceSpec } from "../spec/builders.ts";
import type { ContainerConfig } from "../spec/config.ts";
import type { InstanceSpec } from "../spec/instance.ts";
import { defaultPolicy } from "../spec/policy-defaults.ts";
import { Secret } from "../spec/secret.ts";
import { planDestruction, planFleet, sharedKey } from "./fleet.ts";
import type { Busy, Plan } from "./plan.ts";
import { renderPlan } from "./render.ts";

const options = { address: "memory:" };
const named = (name: string, changes: Partial<InstanceSpec> = {}) => instanceSpec({ name, ...changes });

function world() {
  const engine = memoryEngine({ clock: new ManualClock(), images: { "fleet-test:1": {}, "fleet-test:2": {} } });
  const host = memoryHost();
  const look = (instances: readonly InstanceSpec[]): Promise<Observation> =>
    observe(engine, host, { fleet: "test", instances, now: 0 });
  const add = (instance: string, config: Partial<ContainerConfig> = {}, name = `test-${instance}`) =>
    engine.addContainer(
      name,
      containerConfig({
        ...config,
        labels: { ...config.labels, [labels.fleet]: "test", [labels.instance]: instance },
      }),
    );
  return { engine, host, look, add };
}

const kinds = (plan: Plan) =>
  Object.fromEntries(plan.instances.map(({ instance, actions }) => [instance, actions.map(({ kind }) => kind)]));

describe("order", () => {
  test("dependencies before dependents, and by name among equals", async () => {
    const on = (...names: string[]) => names.map((instance) => ({ instance, condition: "started" as const }));
    const fleet = resolvedFleet([
      named("a", { dependsOn: on("z") }),
      named("b"),
      named("c", { dependsOn: on("a", "b") }),
      named("z"),
    ]);
    const plan = planFleet(fleet, await world().look(fleet.instances), options);
    expect(plan.instances.map(({ instance }) => instance)).toEqual(["z", "a", "b", "c"]);
  });

  test("destruction goes the other way, what is no longer in the spec first", async () => {
    const { look, add } = world();
    const fleet = resolvedFleet([
      named("a"),
      named("b", { dependsOn: [{ instance: "a", condition: "started" }] }),
      named("never-made"),
    ]);
    for (const name of ["a", "b", "gone"]) add(name);
    const plan = planDestruction(fleet, await look(fleet.instances), options);
    expect(kinds(plan)).toEqual({
      gone: ["stopContainer", "removeContainer"],
      b: ["stopContainer", "removeContainer"],
      a: ["stopContainer", "removeContainer"],
    });
    expect(plan.instances.map(({ instance }) => instance)).toEqual(["gone", "b", "a"]);
    expect(plan.summary.remove).toBe(3);
    const some = planDestruction(fleet, await look(fleet.instances), { ...options, targets: new Set(["b"]) });
    expect(Object.keys(kinds(some))).toEqual(["b"]);
  });
});

describe("orphans", () => {
  test("are reported, or removed when the policy says so, and are left out of a targeted plan", async () => {
    const { engine, look, add } = world();
    const fleet = resolvedFleet([named("a")]);
    add("gone");
    add("gone", {}, "test-gone.old");
    engine.stop("test-gone.old");
    const observation = await look(fleet.instances);
    const reported = planFleet(fleet, observation, options);
    expect(reported.instances.map(({ instance, verdict }) => `${instance} ${verdict}`)).toEqual([
      "a pending",
      "gone reported",
    ]);
    expect(
      kinds(planFleet({ ...fleet, policy: { ...defaultPolicy, orphans: "remove" } }, observation, options)).gone,
    ).toEqual(["stopContainer", "removeContainer", "removeContainer"]);
    expect(Object.keys(kinds(planFleet(fleet, observation, { ...options, targets: new Set(["a"]) })))).toEqual(["a"]);
  });

  test("C64: what belongs to another fleet, or only looks like ours, is no orphan", async () => {
    const { engine, look } = world();
    const other = { [labels.fleet]: "test2", [labels.instance]: "gone" };
    engine.addContainer("test-gone", containerConfig({ labels: other }));
    engine.addContainer("test-half", containerConfig({ labels: { [labels.fleet]: "test" } }));
    engine.addContainer("test-empty", containerConfig({ labels: { [labels.fleet]: "test", [labels.instance]: "" } }));
    const fleet = resolvedFleet([], { name: "test", policy: { ...defaultPolicy, orphans: "remove" } });
    const observation = await look([]);
    expect(planFleet(fleet, observation, options).instances).toEqual([]);
    expect(planDestruction(fleet, observation, options).instances).toEqual([]);
  });

  test("an instance may be called what every object has", async () => {
    const { look, add } = world();
    add("constructor");
    add("valueof", {}, "constructor");
    const fleet = resolvedFleet([named("constructor"), named("hasOwnProperty", { container: "toString" })]);
    const plan = planFleet(fleet, await look(fleet.instances), options);
    expect(plan.instances.map(({ instance, verdict }) => `${instance} ${verdict}`)).toEqual([
      "constructor inSync",
      "hasOwnProperty pending",
      "valueof reported",
    ]);
  });
});

describe("what several instances need", () => {
  test("is listed with the first of them", async () => {
    const config = containerConfig({
      image: "new:1",
      networks: { app: { aliases: [] } },
      mounts: [
        { kind: "volume", source: "state", target: "/state", readOnly: false },
        { kind: "bind", source: "/srv/x", target: "/x", readOnly: false },
      ],
    });
    const fleet = resolvedFleet([named("a", { config }), named("b", { config })]);
    const plan = planFleet(fleet, await world().look(fleet.instances), options);
    expect(kinds(plan)).toEqual({
      a: ["pullImage", "createVolume", "createNetwork", "makeSource", "createContainer", "startContainer"],
      b: ["createContainer", "startContainer"],
    });
    expect(plan.instances.map(({ drifts }) => drifts.length)).toEqual([1, 0]);
  });

  test("a shared source that is to be mended leaves the second instance in sync", async () => {
    const { host, look, add } = world();
    host.addDirectory("/srv/x");
    const mounts = [{ kind: "bind", source: "/srv/x", target: "/x", readOnly: false }] as const;
    const ownership = { uid: 7, gid: 7, repair: "auto", recursive: false } as const;
    const shared = { config: containerConfig({ mounts }), sources: [sourceSpec({ path: "/srv/x", ownership })] };
    const fleet = resolvedFleet([named("a", shared), named("b", shared)]);
    for (const name of ["a", "b"]) add(name, { mounts });
    const plan = planFleet(fleet, await look(fleet.instances), options);
    expect(plan.instances.map(({ verdict, remedy }) => `${verdict} ${remedy}`)).toEqual([
      "pending host",
      "inSync none",
    ]);
    expect(plan.summary).toMatchObject({ repair: 1, inSync: 1 });
  });

  test("to make and to mend one source are two things", () => {
    const source = sourceSpec({ path: "/srv/x" });
    const ownership = { uid: 7, gid: 7, repair: "auto", recursive: false } as const;
    expect(sharedKey({ kind: "makeSource", source })).not.toBe(sharedKey({ kind: "mendSource", source, ownership }));
    expect(sharedKey({ kind: "startContainer", container: { id: null, name: "test-one" } })).toBe(null);
  });
});

describe("basis", () => {
  const fleet = resolvedFleet([named("a"), named("b", { config: containerConfig({ cpus: 1 }) })]);

  test("law 11: the same input gives the same plan, in whatever order things are listed", async () => {
    const { look, add } = world();
    add("b");
    const observation = await look(fleet.instances);
    const plan = planFleet(fleet, observation, options);
    expect(planFleet(fleet, { ...observation, at: 99 }, options)).toEqual(plan);
    expect(planFleet({ ...fleet, instances: fleet.instances.toReversed() }, observation, options)).toEqual(plan);
    expect(plan.basis).toMatch(/^[0-9a-f]{12}$/);
  });

  test("anything that would be done otherwise changes it, where the engine is does not", async () => {
    const { engine, look, add } = world();
    add("b");
    const basis = async (changed = fleet) => planFleet(changed, await look(changed.instances), options).basis;
    const first = await basis();
    const bases = new Set([first]);
    const expectNew = async (what: string, changed = fleet) => {
      const next = await basis(changed);
      expect(bases.has(next), what).toBe(false);
      bases.add(next);
    };
    expect(planFleet(fleet, await look(fleet.instances), { address: "elsewhere" }).basis).toBe(first);
    await expectNew("another value", resolvedFleet([named("a"), named("b", { config: containerConfig({ cpus: 2 }) })]));
    await expectNew("one less", resolvedFleet([named("b", { config: containerConfig({ cpus: 1 }) })]));
    engine.stop("test-b");
    await expectNew("stopped");
    engine.remove("test-b");
    await expectNew("gone");
    add("b");
    await expectNew("another container with the same fields");
    engine.replaceEngineId();
    await expectNew("another engine");
  });
});

describe("for people", () => {
  test("the whole text", async () => {
    const { engine, host, look, add } = world();
    host.addDirectory("/srv/p");
    const mounts = [{ kind: "bind", source: "/srv/p", target: "/p", readOnly: false }] as const;
    const owned = (repair: "auto" | "never") => [
      sourceSpec({ path: "/srv/p", ownership: { uid: 1000, gid: 1000, mode: 0o755, repair, recursive: false } }),
    ];
    const fleet = resolvedFleet([
      named("blocked", { image: { ref: "none:1", pull: "never", track: "id" } }),
      named("in-sync"),
      named("missing", { config: containerConfig({ networks: { app: { aliases: [] } } }) }),
      named("moved", { config: containerConfig({ image: "fleet-test:2" }) }),
      named("repair", { config: containerConfig({ mounts }), sources: owned("auto") }),
      named("replaced", { config: containerConfig({ env: { A: "1", T: new Secret("hunter2", "env T") } }) }),
      named("reported", { config: containerConfig({ mounts }), sources: owned("never") }),
      named("stopped"),
      named("updated", { config: containerConfig({ memory: 2 ** 30, networks: { app: { aliases: ["be"] } } }) }),
    ]);
    for (const name of ["gone", "in-sync", "replaced", "stopped", "updated"]) add(name);
    for (const name of ["repair", "reported"]) add(name, { mounts });
    add("moved", { image: "fleet-test:2" });
    engine.addImage("fleet-test:2");
    engine.stop("test-stopped");
    const plan = planFleet(fleet, await look(fleet.instances), options);
    const text = renderPlan(plan)
      .replace(plan.basis, "BASIS")
      .replaceAll(/[0-9a-f]{12}…/g, "ID…");
    expect(text).toBe(`\
  x blocked   blocked
      blocked  image none:1 is not on the engine, and its pull policy is "never"
      hint:    build or load it, or set image.pull to "missing"
  + missing   create    missing
      create network app
  ± moved     replace   image tag moved
      image  sha256:ID… → sha256:ID…  tag moved
  ! repair    repair    wrong owner
      ownership./srv/p  0:0 0755 → 1000:1000 0755  on the host
  ± replaced  replace   differs
      env.A  none → "1"  added to the spec
      env.T  none → ‹secret›  added to the spec
    reported
      ownership./srv/p  0:0 0755 → 1000:1000 0755  on the host
  ~ stopped   start     exited
  ~ updated   update    differs
      networks.app      none → aliases be
      networks.bridge   attached → none  not in the spec
      resources.memory  none → 1Gi
  ? gone      orphan

Plan: 1 to create, 2 to replace, 1 to start, 1 to update, 1 to repair, 1 blocked, 1 orphan left alone, 2 in sync.  basis BASIS
`);
  });

  test("nothing to do", async () => {
    const { look, add } = world();
    const fleet = resolvedFleet([named("a")]);
    add("a");
    const plan = planFleet(fleet, await look(fleet.instances), options);
    expect(renderPlan(plan)).toBe(`Plan: 1 in sync.  basis ${plan.basis}\n`);
    const empty = planFleet(resolvedFleet([]), { ...(await look([])), containers: {} }, options);
    expect(renderPlan(empty)).toBe(`Plan: nothing to do.  basis ${empty.basis}\n`);
  });

  test("who is inside of what it would cut, and what becomes of their work", async () => {
    const { look, add } = world();
    const fleet = resolvedFleet(
      ["a", "b", "c", "d"].map((name) => named(name, { config: containerConfig({ tty: true }) })),
    );
    for (const name of ["a", "b", "c", "d"]) add(name);
    const plan = planFleet(fleet, await look(fleet.instances), options);
    const render = (...inside: readonly (Busy | undefined)[]): readonly string[] => {
      const instances = plan.instances.map((instance, index) => {
        const busy = inside[index];
        return { ...instance, ...(busy && { busy }) };
      });
      return renderPlan({ ...plan, instances }).split("\n");
    };
    const message = "1 running exec inside";
    const busy = render({ message }, { message, cutAfter: 600_000 }, { message, cutAfter: 0 });
    expect(busy.filter((line) => /replace/.test(line))).toEqual([
      "  ± a  replace   differs  deferred: 1 running exec inside",
      "  ± b  replace   differs  deferred for 10m at most: 1 running exec inside",
      "  ± c  replace   differs  cuts: 1 running exec inside",
      "  ± d  replace   differs",
      `Plan: 4 to replace (2 deferred).  basis ${plan.basis}`,
    ]);
    expect(render({ message }, { message }, { message }, { message })).toContain(
      `Plan: 4 to replace (deferred).  basis ${plan.basis}`,
    );
  });

  test("colour is only colour", async () => {
    const fleet = resolvedFleet([named("a")]);
    const plan = planFleet(fleet, await world().look(fleet.instances), options);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is taken out.
    expect(renderPlan(plan, { color: true }).replaceAll(/\u001b\[[\d;]*m/g, "")).toBe(renderPlan(plan));
  });
});

test("law 10: no secret is ever in a plan, as JSON or as text, whatever differs", async () => {
  const text = fc.string({ minLength: 8, maxLength: 40, unit: "grapheme-ascii" }).map((value) => `s3cr3t-${value}`);
  await fc.assert(
    fc.asyncProperty(text, text, fc.boolean(), fc.boolean(), async (wanted, found, ours, still) => {
      const { engine, look, add } = world();
      const before = named("a", { config: containerConfig({ env: { TOKEN: new Secret(found, "env T") } }) });
      const after = named("a", {
        config: containerConfig({ env: still ? { TOKEN: new Secret(wanted, "env T") } : { OTHER: "x" } }),
      });
      if (ours) {
        const [create] = planFleet(resolvedFleet([before]), await look([before]), options).instances[0]?.actions ?? [];
        if (create?.kind === "createContainer") await engine.createContainer("test-a", create.config);
      } else {
        add("a", { env: { TOKEN: found } });
      }
      for (const adopt of ["never", "byName"] as const) {
        const fleet = resolvedFleet([after], { policy: { ...defaultPolicy, adopt } });
        const observation = await look([after]);
        for (const plan of [planFleet(fleet, observation, options), planDestruction(fleet, observation, options)]) {
          const said = JSON.stringify(plan) + renderPlan(plan);
          expect(said).not.toContain(JSON.stringify(wanted).slice(1, -1));
          expect(said).not.toContain(JSON.stringify(found).slice(1, -1));
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("law 11: two values of a secret give plans of one basis, since the plan does not hold them", async () => {
  const basis = async (value: string) => {
    const fleet = resolvedFleet([named("a", { config: containerConfig({ env: { T: new Secret(value, "env T") } }) })]);
    return planFleet(fleet, await world().look(fleet.instances), options).basis;
  };
  expect(await basis("one")).toBe(await basis("two"));
});
