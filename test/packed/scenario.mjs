/**
 * The core scenario on the installed packages, under whatever runtime runs it: plan, apply, break, plan, heal.
 * Argument: the engine's address, and a folder of its own. Prints one JSON document.
 */
import { chownSync, statSync } from "node:fs";
import { join } from "node:path";
import * as core from "@fleet/core";
import { applyFleet } from "@fleet/runner";

const [address, folder] = process.argv.slice(2);
const runtime = process.versions.bun === undefined ? "node" : "bun";
const name = `packed-${runtime}-${process.pid}`;
const source = join(folder, "work");
const text = `
apiVersion: fleet/v1
kind: Fleet
metadata: { name: ${name} }
spec:
  instances:
    - name: one
      image: fleet-test:1
      env: { GREETING: "hello = world" }
      resources: { memory: 64Mi }
      mounts:
        - { bind: "${source}", target: /work, ownership: { uid: 1000, gid: 1000 } }
    - { name: two, image: fleet-test:1, dependsOn: [one] }
`;

const engine = core.dockerEngine(core.parseEndpoint(address));
const host = core.localHost({ engine, uid: process.getuid() });
const fleet = resolve();
const names = fleet.instances.map((instance) => instance.name);
const steps = {};
try {
  steps.first = verdicts(await plan());
  steps.applied = results(await apply());
  steps.afterApply = verdicts(await plan());
  steps.owner = statSync(source).uid;
  await engine.removeContainer(`${name}-two`, { force: true });
  chownSync(source, 0, 0);
  steps.broken = (await plan()).instances.map((instance) => [instance.instance, instance.remedy, reasons(instance)]);
  steps.healed = results(await apply());
  steps.ownerAfter = statSync(source).uid;
  steps.atLast = verdicts(await plan());
} finally {
  await applyFleet({ engine, host, fleet, apply: [], remove: { names, reason: "Destroyed" }, timeout: 60_000 });
  steps.left = (await engine.listContainers()).filter((container) => container.name.startsWith(name)).length;
  await engine.close();
}
console.log(JSON.stringify({ runtime, ...steps }));

function resolve() {
  const parsed = core.parseFleet(text);
  if (!parsed.ok) throw new Error(core.renderDiagnostics(parsed.diagnostics));
  const inputs = { env: {}, home: "/nonexistent", baseDir: folder, readFile: () => "" };
  const resolved = core.resolveFleet(parsed.spec, parsed.source, inputs);
  if (!resolved.ok) throw new Error(core.renderDiagnostics(resolved.diagnostics));
  return resolved.fleet;
}

async function plan() {
  const observation = await core.observe(engine, host, { fleet: name, instances: fleet.instances, now: Date.now() });
  return core.planFleet(fleet, observation, { address: engine.address });
}

function apply() {
  return applyFleet({ engine, host, fleet, apply: names, timeout: 60_000 });
}

function verdicts({ instances }) {
  return instances.map(({ verdict }) => verdict);
}

function results({ outcomes }) {
  return outcomes.map(({ result }) => result);
}

function reasons({ actions }) {
  return [...new Set(actions.map(({ reason }) => reason))];
}
