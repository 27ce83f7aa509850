import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import { planFleet } from "@fleet/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fields } from "../../packages/core/src/diff/fields.ts";
import { casePaths, everyField, flatSpec } from "../support/arbitrary-spec.ts";
import { realEngines } from "../support/engines.ts";
import { type FieldChange, fieldChanges } from "../support/field-change.ts";
import { type Abilities, comesUp, type FlatSpec, written } from "../support/flat-spec.ts";
import { openRig, type Rig, troubles } from "../support/rig.ts";

/** A sample that is the same in every run; more with FLEET_PROPERTY_RUNS=200, others with FLEET_PROPERTY_SEED. */
const numRuns = Number(process.env.FLEET_PROPERTY_RUNS ?? 12);
const seed = Number(process.env.FLEET_PROPERTY_SEED ?? 4711);

const secrets = { FIRST: "hunter2-first", SECOND: "hunter2-second" };

test("every row of the field table is varied", () => {
  const rows = fields.map(({ path }) => path);
  expect(rows.filter((row) => !casePaths.some((path) => path === row || path.startsWith(`${row}.`)))).toEqual([]);
});

describe.each(realEngines())("engine $version", (real) => {
  test("apply then plan is empty, and changing any one field gives a plan that names exactly that field", {
    timeout: 60_000 + numRuns * 60_000,
  }, async () => {
    const rig = await openRig(real, { env: secrets });
    await rig.operator.run(`${rig.fleet}peer`);
    const abilities = await abilitiesOf(rig);
    const property = fc.asyncProperty(flatSpec(abilities), everyField, fc.nat(), async (base, values, pick) => {
      await prepare(rig);
      expect(troubles(await rig.apply(body(rig, base)))).toEqual([]);
      expect(rig.outline(await rig.plan(body(rig, base)))).toEqual([]);

      const changes = fieldChanges(base, values);
      expect(await namesOf(rig, changes)).toEqual(changes.map(told));

      const telling = changes.filter(({ names, spec }) => names.length > 0 && comesUp(spec, abilities));
      const chosen = telling[pick % telling.length];
      if (chosen === undefined) return;
      const applied = await rig.apply(body(rig, chosen.spec));
      expect([told(chosen), ...troubles(applied)]).toEqual([told(chosen)]);
      expect([told(chosen), ...rig.outline(await rig.plan(body(rig, chosen.spec)))]).toEqual([told(chosen)]);
    });
    // A smaller example costs many containers, and tells little more than the path that is named wrongly.
    const run = await fc.check(property, { numRuns, seed, endOnFailure: true });
    if (!run.failed) return;
    const example = body(rig, run.counterexample?.[0] ?? {});
    const what = `FLEET_PROPERTY_SEED=${seed}, run ${run.numRuns}: ${String(run.errorInstance)}`;
    throw new Error(`${what}\n${example}`, { cause: run.errorInstance });
  });
});

async function abilitiesOf({ operator, fleet }: Rig): Promise<Abilities> {
  const privileged = operator.run(`${fleet}privileged`, { HostConfig: { Privileged: true } });
  return {
    allCapabilities: await privileged.then(
      () => true,
      () => false,
    ),
  };
}

/** The world before each spec: no container, and bind sources of root's. */
async function prepare(rig: Rig): Promise<void> {
  await rig.operator.clean(`${rig.fleet}-`);
  for (const name of ["free", "other", "owned"]) {
    const path = `${rig.dir}/${name}`;
    mkdirSync(path, { recursive: true });
    chownSync(path, 0, 0);
    chmodSync(path, 0o755);
  }
  writeFileSync(`${rig.dir}/file`, "");
}

function body({ fleet }: Rig, flat: FlatSpec): string {
  return `  ${JSON.stringify({ instances: [written("a", flat)] })}`.replaceAll("{fleet}", fleet);
}

/** What a plan names for each change, seen by one look at what was applied. */
async function namesOf(rig: Rig, changes: readonly FieldChange[]): Promise<readonly string[]> {
  const fleets = changes.map(({ spec }) => rig.resolve(body(rig, spec)));
  const observation = await rig.observe(fleets);
  return fleets.map((fleet, index) => {
    const plan = planFleet(fleet, observation, { address: "" });
    const shown = JSON.stringify(plan);
    for (const secret of Object.values(secrets)) expect(shown).not.toContain(secret);
    const names = plan.instances.flatMap(({ drifts }) => drifts.map(({ path }) => placeholders(path, rig)));
    const change = changes[index];
    return change === undefined ? "" : told({ ...change, names });
  });
}

function told({ path, kind, names }: FieldChange): string {
  return `${path} ${kind}: ${names.join(", ")}`;
}

function placeholders(path: string, { dir, fleet }: Rig): string {
  return path.replaceAll(dir, ".").replaceAll(fleet, "{fleet}");
}
