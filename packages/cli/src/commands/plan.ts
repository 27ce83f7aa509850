import { planFleet, renderPlan } from "@fleet/core";
import type { Run } from "../commands.ts";
import { beginEarly, openReaders } from "../connection.ts";
import { exit } from "../exit.ts";
import { loadFleet } from "../fleet.ts";
import { detailedCode, headline, look } from "../look.ts";
import type { DetailOptions, EngineOptions, FileOptions, StateOptions, TargetOptions } from "../options.ts";
import { selectTargets } from "../targets.ts";

type PlanOptions = FileOptions & EngineOptions & StateOptions & TargetOptions & DetailOptions;

export const plan: Run<PlanOptions> = async (program, output, options) => {
  const { opened, surveyed } = beginEarly(openReaders(program, output, options));
  const fleet = await loadFleet(program, output, options.file);
  const targets = selectTargets(fleet, options.target);
  // Loaded while the engine answers.
  const { withBusy } = await import("@fleet/runner");
  const { readHolds, renderHolds } = await import("../state/holds.ts");
  const held = readHolds(program, output, options, fleet.name);
  const readers = await opened;
  const { engine } = readers;
  const observation = await look(program, readers, fleet, targets, await surveyed);
  const bare = planFleet(fleet, observation, { address: engine.address, ...(targets && { targets }) });
  const holds = await held;
  const leases = Object.values(holds.leases ?? {}).flat();
  const found = await withBusy(bare, observation, { engine, policy: fleet.policy, leases });
  output.document(found);
  if (!output.json) {
    const text = headline(found, output) + renderPlan(found, { color: output.color });
    output.text(text + renderHolds(holds, output, observation.at));
  }
  return options.detailedExitcode ? detailedCode(found) : exit.done;
};
