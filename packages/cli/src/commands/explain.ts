import { type InstanceSpec, planFleet, survey } from "@fleet/core";
import { activeSuspension, fileStore } from "@fleet/runner";
import type { Run } from "../commands.ts";
import { openReaders } from "../connection.ts";
import { exit } from "../exit.ts";
import type { Explanation } from "../explain/explanation.ts";
import { readPast } from "../explain/past.ts";
import { renderExplanation } from "../explain/render.ts";
import { loadFleet, withoutSecrets } from "../fleet.ts";
import { look } from "../look.ts";
import type { EngineOptions, FileOptions, StateOptions } from "../options.ts";
import type { Output } from "../output.ts";
import type { Program } from "../program.ts";
import { journalFolder, stateFolderOf } from "../state/folder.ts";
import { leasesIn } from "../state/holds.ts";
import { runningLoop } from "../state/running-loop.ts";
import { statusReport } from "../status/report.ts";
import { selectTargets } from "../targets.ts";

interface ExplainOptions extends FileOptions, EngineOptions, StateOptions {
  readonly name: string;
}

type Present = Pick<
  Explanation,
  "source" | "engine" | "plan" | "status" | "seen" | "hold" | "specError" | "last" | "next"
>;

export const explain: Run<ExplainOptions> = async (program, output, options) => {
  const { name } = options;
  const at = program.clock.now();
  const { name: fleet, instances } = await loadFleet(program, output, options.file, withoutSecrets);
  const folder = stateFolderOf(program, options, fleet);
  const spec = instances.find((instance) => instance.name === name);
  const running = folder === undefined ? undefined : await fromLoop(program, folder, name);
  const present = running ?? (await fromLook(program, output, options));
  const past = folder === undefined ? {} : await readPast(journalFolder(folder), name);
  const suspension = folder === undefined ? undefined : await suspensionOf(program, folder, name);
  // Of a program that embeds the fleet too, which answers nobody.
  const leases = folder === undefined ? undefined : (await leasesIn(program, folder))[name];
  const explanation: Explanation = {
    schema: "fleet.explain/v1",
    fleet,
    instance: name,
    at,
    ...(spec && { desired: desiredOf(spec) }),
    ...past,
    ...present,
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

/** Rejects with `NotFound` for a name that neither the fleet file nor the engine has. */
async function fromLook(program: Program, output: Output, options: ExplainOptions): Promise<Present> {
  const { name } = options;
  const readers = await openReaders(program, output, options);
  // With its secrets: without them it would seem to differ.
  const fleet = await loadFleet(program, output, options.file);
  const observation = await look(program, readers, fleet, undefined, survey(readers.engine));
  selectTargets(fleet, [name], Object.keys(observation.containers));
  const { address } = readers.engine;
  const plan = planFleet(fleet, observation, { address });
  const planned = plan.instances.find(({ instance }) => instance === name) ?? null;
  const seen = statusReport(fleet.instances, observation, plan).instances.find(({ instance }) => instance === name);
  return { source: "look", engine: { address, reachable: true }, plan: planned, ...(seen && { seen }) };
}

async function suspensionOf({ clock }: Program, folder: string, name: string) {
  const { suspensions } = await fileStore({ folder, clock, onTrouble: () => undefined }).load();
  return activeSuspension(suspensions, name, clock.now());
}
