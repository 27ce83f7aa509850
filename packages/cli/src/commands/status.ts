import { planFleet } from "@fleet/core";
import type { Run } from "../commands.ts";
import { beginEarly, openReaders } from "../connection.ts";
import { exit } from "../exit.ts";
import { loadFleet } from "../fleet.ts";
import { detailedCode, headline, look } from "../look.ts";
import type { DetailOptions, EngineOptions, FileOptions, StateOptions, TargetOptions } from "../options.ts";
import { renderStatus } from "../status/render.ts";
import { statusReport } from "../status/report.ts";
import { selectTargets } from "../targets.ts";

type StatusOptions = FileOptions & EngineOptions & StateOptions & TargetOptions & DetailOptions;

export const status: Run<StatusOptions> = async (program, output, options) => {
  const { opened, surveyed } = beginEarly(openReaders(program, output, options));
  const fleet = await loadFleet(program, output, options.file);
  const targets = selectTargets(fleet, options.target);
  // Loaded while the engine answers.
  const { readHolds, renderHolds } = await import("../state/holds.ts");
  const held = readHolds(program, output, options, fleet.name);
  const readers = await opened;
  const observation = await look(program, readers, fleet, targets, await surveyed);
  const plan = planFleet(fleet, observation, { address: readers.engine.address, ...(targets && { targets }) });
  const report = statusReport(fleet.instances, observation, plan);
  const holds = await held;
  output.document({ ...report, ...holds });
  if (!output.json) {
    output.text(headline(plan, output) + renderStatus(report, output.paint) + renderHolds(holds, output, report.at));
  }
  return options.detailedExitcode ? detailedCode(plan) : exit.done;
};
