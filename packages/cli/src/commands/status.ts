import { FleetError, planFleet, type ResolvedFleet, type Survey } from "@fleet/core";
import type { Run } from "../commands.ts";
import { beginEarly, openReaders, type Readers } from "../connection.ts";
import { type ExitCode, exit } from "../exit.ts";
import { viewFleet } from "../fleet.ts";
import { detailedCode, headline, look } from "../look.ts";
import type { DetailOptions, EngineOptions, FleetOptions, StateOptions, TargetOptions } from "../options.ts";
import type { Program } from "../program.ts";
import { stateFolderOf } from "../state/folder.ts";
import { renderStatus } from "../status/render.ts";
import { type StatusReport, statusReport } from "../status/report.ts";
import { selectTargets } from "../targets.ts";

type StatusOptions = FleetOptions & EngineOptions & StateOptions & TargetOptions & DetailOptions;

export const status: Run<StatusOptions> = async (program, output, options) => {
  const { opened, surveyed } = beginEarly(openReaders(program, output, options));
  const { fleet, incomplete } = await viewFleet(program, output, options);
  if (incomplete !== undefined && options.detailedExitcode) {
    throw new FleetError("Invalid", `whether anything differs cannot be told: ${incomplete}`, {
      hint: "--detailed-exitcode needs the fleet file and all that it refers to",
    });
  }
  // Loaded while the engine answers.
  const { readHolds, renderHolds } = await import("../state/holds.ts");
  const held = readHolds(program, output, options, fleet.name);
  const seen: Seen = { fleet, readers: await opened, survey: await surveyed };
  const { report, code } =
    incomplete === undefined ? await compared(program, options, seen) : await outlined(program, options, seen);
  const holds = await held;
  output.document({ ...report, ...holds });
  if (!output.json) {
    output.text(headline(report, output) + renderStatus(report, output.paint) + renderHolds(holds, output, report.at));
  }
  if (report.instances.some(({ synced }) => synced === null)) {
    output.note(`${output.errorPaint("warning", "note:")} what is in sync cannot be told: ${incomplete}\n`);
  }
  return code;
};

interface Seen {
  readonly fleet: ResolvedFleet;
  readonly readers: Readers;
  readonly survey: Survey;
}

interface Found {
  readonly report: StatusReport;
  readonly code: ExitCode;
}

/** With the fleet file. */
async function compared(program: Program, options: StatusOptions, { fleet, readers, survey }: Seen): Promise<Found> {
  const targets = selectTargets(fleet, options.target);
  const observation = await look(program, readers, fleet, targets, survey);
  const plan = planFleet(fleet, observation, { address: readers.engine.address, ...(targets && { targets }) });
  const report = statusReport(fleet.instances, observation, plan);
  return { report, code: options.detailedExitcode ? detailedCode(plan) : exit.done };
}

/** Without the fleet file, or without something that it refers to. */
async function outlined(program: Program, options: StatusOptions, { fleet, readers, survey }: Seen): Promise<Found> {
  const [{ outlineReport }, { knownInstances }, { runningLoop }, { knownStateFolder }] = await Promise.all([
    import("../status/outline-report.ts"),
    import("../state/known-instances.ts"),
    import("../state/running-loop.ts"),
    import("../state/required-folder.ts"),
  ]);
  const { name, instances } = fleet;
  const observation = await look(program, readers, { ...fleet, instances: [] }, undefined, survey);
  // What runs is known by its labels, wherever its state is kept.
  const runs = Object.keys(observation.containers).length > 0;
  if (options.fleet !== undefined && !runs) knownStateFolder(program, options, name);
  const folder = stateFolderOf(program, options, name);
  const answering = folder === undefined ? undefined : await runningLoop(program, folder);
  const loop = answering?.engine.id === observation.engine.id ? answering : undefined;
  const known = await knownInstances(program, folder, loop);
  const report = outlineReport({ fleet: name, address: readers.engine.address, instances, known, loop }, observation);
  const targets = selectTargets(
    fleet,
    options.target,
    report.instances.map(({ instance }) => instance),
  );
  const shown = report.instances.filter(({ instance }) => targets?.has(instance) ?? true);
  return { report: { ...report, instances: shown }, code: exit.done };
}
