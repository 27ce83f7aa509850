import { expect, test } from "vitest";
import { observe } from "../act/observe.ts";
import { memoryEngine } from "../engine/memory.ts";
import { memoryHost } from "../host/memory.ts";
import { ManualClock } from "../manual-clock.ts";
import { labels } from "../observe/labels.ts";
import { containerConfig, instanceSpec, resolvedFleet, sourceSpec } from "../spec/builders.ts";
import type { ContainerConfig } from "../spec/config.ts";
import type { InstanceSpec } from "../spec/instance.ts";
import { defaultHeal } from "../spec/policy-defaults.ts";
import { planFleet } from "./fleet.ts";
import type { InstancePlan } from "./plan.ts";
import { renderPlan } from "./render.ts";

const mounts = [
  { kind: "bind", source: "/srv/a", target: "/a", readOnly: false },
  { kind: "bind", source: "/srv/b", target: "/b", readOnly: false },
] as const;
const restart = { heal: { ...defaultHeal, staleMount: "restart" } } as const;

/** The instance `x` runs with its two sources; `/srv/a` is then removed and made again. */
async function stale(changes: Partial<InstanceSpec> = {}) {
  const host = memoryHost();
  const clock = new ManualClock();
  const engine = memoryEngine({ clock, images: { "fleet-test:1": {} }, host });
  for (const path of ["/srv/a", "/srv/b"]) host.addDirectory(path);
  const own = { [labels.fleet]: "test", [labels.instance]: "x" };
  const id = engine.addContainer("test-x", containerConfig({ mounts, restart: { policy: "always" }, labels: own }));
  host.remove("/srv/a");
  host.addDirectory("/srv/a");
  const wanted = (config: Partial<ContainerConfig> = {}) =>
    instanceSpec({
      name: "x",
      config: containerConfig({ mounts, restart: { policy: "always" }, ...config }),
      ...changes,
    });
  const plan = async (spec = wanted()) =>
    planFleet(resolvedFleet([spec]), await observe(engine, host, { fleet: "test", instances: [spec], now: 0 }), {
      address: "memory:",
    });
  return { engine, host, clock, id, wanted, plan };
}

const inode = {
  path: "mounts./a.inode",
  desired: "6",
  observed: "4 (removed)",
  cause: "sourceReplaced",
  remedy: "none",
} as const;

/** `verdict remedy: action (reason): causes, …`. */
function told({ instances }: { readonly instances: readonly InstancePlan[] }): readonly string[] {
  return instances.map(({ verdict, remedy, actions }) => {
    const steps = actions.map(({ kind, reason, causes }) => `${kind} (${[reason, ...causes].join(" ")})`);
    return `${verdict} ${remedy}: ${steps.join(", ") || "nothing"}`;
  });
}

test("C39: by default it is told, and nothing is to be done", async () => {
  const { plan } = await stale();
  const found = await plan();
  expect(told(found)).toEqual(["inSync none: nothing"]);
  expect(found.instances.map(({ drifts }) => drifts)).toEqual([[inode]]);
  expect(renderPlan(found)).toBe(`\
    x
      mounts./a.inode  4 (removed) → 6  source replaced
      hint:    docker restart test-x mounts the new one; heal.staleMount: restart has fleet do it

Plan: 1 in sync.  basis ${found.basis}
`);
});

test("C39: with heal.staleMount: restart it is stopped and started, and then in sync", async () => {
  const { engine, id, plan } = await stale(restart);
  const found = await plan();
  const step = "(StaleMount mounts./a.inode)";
  expect(told(found)).toEqual([`pending restart: stopContainer ${step}, startContainer ${step}`]);
  expect(found.instances.map(({ drifts }) => drifts)).toEqual([[{ ...inode, remedy: "restart" }]]);
  expect(renderPlan(found)).toBe(`\
  ~ x  restart   stale mount
      mounts./a.inode  4 (removed) → 6  source replaced

Plan: 1 to start.  basis ${found.basis}
`);
  await engine.stopContainer(id);
  expect(told(await plan())).toEqual(["pending restart: startContainer (ContainerExited)"]);
  await engine.startContainer(id);
  expect((await plan()).instances.map(({ drifts }) => drifts)).toEqual([[]]);
});

test("what starts it otherwise mounts anew too: the engine's restart policy", async () => {
  const { engine, clock, plan } = await stale();
  engine.exit("test-x", 1);
  expect((await plan()).instances[0]?.drifts).toEqual([]);
  clock.advance(100);
  expect((await engine.inspectContainer("test-x")).state.phase).toBe("running");
  expect((await plan()).instances[0]?.drifts).toEqual([]);
});

test("a container that is replaced anyway is not restarted for it", async () => {
  const { plan, wanted } = await stale(restart);
  const found = await plan(wanted({ env: { A: "1" } }));
  expect(
    found.instances.map(({ remedy, drifts }) => [remedy, drifts.map(({ path, remedy }) => [path, remedy])]),
  ).toEqual([
    [
      "replace",
      [
        ["env.A", "replace"],
        ["mounts./a.inode", "none"],
      ],
    ],
  ]);
  expect(new Set(found.instances[0]?.actions.map(({ reason }) => reason))).toEqual(new Set(["FieldsDiffer"]));
  expect(renderPlan(found)).not.toContain("hint:");
});

test("a mount that the spec wants elsewhere is not stale but another", async () => {
  const { host, plan, wanted } = await stale(restart);
  host.addDirectory("/srv/c");
  const found = await plan(wanted({ mounts: [{ ...mounts[0], source: "/srv/c" }, mounts[1]] }));
  expect(found.instances[0]?.drifts.map(({ path }) => path)).toEqual(["mounts./a"]);
});

test("a one-shot at work is never restarted for it", async () => {
  const { plan } = await stale({ ...restart, lifecycle: { kind: "oneshot" } });
  expect(told(await plan())).toEqual(["inSync none: nothing"]);
});

test("it is not stopped while a source of its cannot be mounted", async () => {
  const sources = ["/srv/a", "/srv/b"].map((path) => sourceSpec({ path }));
  const { host, plan } = await stale({ ...restart, sources });
  host.setUnreadable("/srv/b", "ENOTCONN");
  expect(told(await plan())).toEqual(["blocked restart: nothing"]);
  host.setUnreadable("/srv/b", null);
  expect(told(await plan())[0]).toMatch(/^pending restart: stopContainer/);
});

test("a source that is gone is made first; only then is the mount stale", async () => {
  const { host, plan } = await stale({ ...restart, sources: [sourceSpec({ path: "/srv/a" })] });
  host.remove("/srv/a");
  expect(told(await plan())).toEqual(["pending host: makeSource (SourceMissing ownership./srv/a)"]);
  await host.make(sourceSpec({ path: "/srv/a" }));
  expect(told(await plan())[0]).toMatch(/^pending restart: stopContainer/);
});
