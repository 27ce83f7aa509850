import { hostname } from "node:os";
import { type InstanceSpec, isFleetError, type Observation, planFleet } from "@fleet/core";
import { activeSuspension, fileStore, type LockHolder, lockHolder } from "@fleet/runner";
import type { Run } from "../commands.ts";
import { earlySurvey, openReaders } from "../connection.ts";
import { exit } from "../exit.ts";
import type { Explanation } from "../explain/explanation.ts";
import { readPast } from "../explain/past.ts";
import { renderExplanation } from "../explain/render.ts";
import { type FleetView, viewFleet } from "../fleet.ts";
import { look } from "../look.ts";
import type { EngineOptions, FleetOptions, StateOptions } from "../options.ts";
import type { Output } from "../output.ts";
import type { Program } from "../program.ts";
import { journalFolder, stateFolderOf } from "../state/folder.ts";
import { fleetHold, leasesIn } from "../state/holds.ts";
import { knownInstances } from "../state/known-instances.ts";
import { runningLoop } from "../state/running-loop.ts";
import { outlineReport } from "../status/outline-report.ts";
import { statusReport } from "../status/report.ts";
import { selectTargets } from "../targets.ts";

interface ExplainOptions extends FleetOptions, EngineOptions, StateOptions {
  readonly name: string;
}

type Present = Pick<
  Explanation,
  "source" | "engine" | "plan" | "untold" | "holder" | "status" | "seen" | "hold" | "specError" | "last" | "next"
>;

export const explain: Run<ExplainOptions> = async (program, output, options) => {
  const { name } = options;
  const { clock } = program;
  const at = clock.now();
  const view = await viewFleet(program, output, options);
  const { name: fleet, instances } = view.fleet;
  const folder = stateFolderOf(program, options, fleet);
  const spec = instances.find((instance) => instance.name === name);
  const running = folder === undefined ? undefined : await fromLoop(program, folder, name);
  const present = running ?? (await fromLook(program, output, options, { view, folder }));
  const past = folder === undefined ? {} : await readPast(journalFolder(folder), name);
  const kept = folder === undefined ? undefined : await fileStore({ folder, clock, onTrouble: () => undefined }).load();
  const suspension = kept && activeSuspension(kept.suspensions, name, at);
  const hold = running === undefined ? fleetHold(undefined, kept) : undefined;
  // Of a program that embeds the fleet too, which answers nobody.
  const leases = folder === undefined ? undefined : (await leasesIn(program, folder))[name];
  const explanation: Explanation = {
    schema: "fleet.explain/v1",
    fleet,
    instance: name,
    at,
    ...(options.fleet !== undefined && { desired: null }),
    ...(spec && { desired: desiredOf(spec) }),
    ...past,
    ...present,
    ...(hold && { hold }),
    ...(suspension && { suspension }),
    ...(leases && { leases }),
  };
  output.document(explanation);
  if (!output.json) output.text(renderExplanation(explanation, output.paint));
  return exit.done;
};

function desiredOf({ container, image, lifecycle, dependsOn }: InstanceSpec): NonNullable<Explanation["desired"]> {
  const others = dependsOn.map(({ instance }) => instance);
  return { container, image: image.ref, lifecycle: lifecycle.kind, dependsOn: others };
}

/** Undefined when no fleet run answers, or it does not know the instance. */
async function fromLoop(program: Program, folder: string, name: string): Promise<Present | undefined> {
  const loop = await runningLoop(program, folder);
  const status = loop?.instances.find(({ instance }) => instance === name);
  if (loop === undefined || status === undefined) return undefined;
  const hold = status.hold ?? loop.hold;
  const { plan, last, next } = status;
  const { address, reachable, error } = loop.engine;
  return {
    source: "loop",
    engine: { address, reachable, ...(error !== undefined && { error }) },
    plan,
    status,
    ...(hold && { hold }),
    ...(loop.specError !== undefined && { specError: loop.specError }),
    ...(last && { last }),
    ...(next && { next }),
  };
}

interface Known {
  readonly view: FleetView;
  /** Of the fleet's state. */
  readonly folder: string | undefined;
}

/** Rejects with `NotFound` for a name that neither the fleet file nor the engine has. */
async function fromLook(
  program: Program,
  output: Output,
  options: ExplainOptions,
  { view: { fleet, incomplete }, folder }: Known,
): Promise<Present> {
  const { name } = options;
  const readers = await openReaders(program, output, options);
  const { address } = readers.engine;
  const looked = incomplete === undefined ? fleet : { ...fleet, instances: [] };
  const observation = await look(program, readers, looked, undefined, earlySurvey(readers.engine));
  const known = await knownInstances(program, folder, undefined);
  selectTargets(fleet, [name], [...Object.keys(observation.containers), ...known]);
  const holder = folder === undefined ? undefined : await holderOf(program, folder, observation);
  const present = { source: "look", engine: { address, reachable: true }, ...(holder && { holder }) } as const;
  if (incomplete !== undefined) {
    const report = outlineReport({ fleet: fleet.name, address, instances: fleet.instances, known }, observation);
    const seen = report.instances.find(({ instance }) => instance === name);
    return { ...present, plan: null, untold: incomplete, ...(seen && { seen }) };
  }
  const plan = planFleet(fleet, observation, { address });
  const planned = plan.instances.find(({ instance }) => instance === name) ?? null;
  const seen = statusReport(fleet.instances, observation, plan).instances.find(({ instance }) => instance === name);
  return { ...present, plan: planned, ...(seen && { seen }) };
}

/** Whoever may change the fleet now; state that this user may not read counts as none. */
async function holderOf({ pid }: Program, folder: string, { engine }: Observation): Promise<LockHolder | undefined> {
  try {
    return await lockHolder({ folder, engineId: engine.id, pid, host: hostname() });
  } catch (error) {
    if (!isFleetError(error)) throw error;
    return undefined;
  }
}
