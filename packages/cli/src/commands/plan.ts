import { planFleet, renderPlan } from "@fleet/core";
import type { Run } from "../commands.ts";
import { beginEarly, openReaders } from "../connection.ts";
import { exit } from "../exit.ts";
import { loadFleet } from "../fleet.ts";
import { detailedCode, headline, look } from "../look.ts";
import type { DetailOptions, EngineOptions, FileOptions, TargetOptions } from "../options.ts";
import { selectTargets } from "../targets.ts";

export const plan: Run<FileOptions & EngineOptions & TargetOptions & DetailOptions> = async (
  program,
  output,
  options,
) => {
  const { opened, surveyed } = beginEarly(openReaders(program, output, options));
  const fleet = await loadFleet(program, output, options.file);
  const targets = selectTargets(fleet, options.target);
  const readers = await opened;
  const observation = await look(program, readers, fleet, targets, await surveyed);
  const found = planFleet(fleet, observation, { address: readers.engine.address, ...(targets && { targets }) });
  output.document(found);
  if (!output.json) output.text(headline(found, output) + renderPlan(found, { color: output.color }));
  return options.detailedExitcode ? detailedCode(found) : exit.done;
};
