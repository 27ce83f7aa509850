import { existsSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { didYouMean, FleetError } from "@fleet/core";
import type { EngineOptions, FleetOptions, StateOptions } from "../options.ts";
import type { Program } from "../program.ts";
import { stateFolderOf } from "./folder.ts";

/** As {@link stateFolderOf}, for what makes no sense without one. Throws `Invalid`. */
export function requiredStateFolder(program: Program, options: StateOptions & EngineOptions, fleet: string): string {
  const folder = stateFolderOf(program, options, fleet);
  if (folder !== undefined) return folder;
  throw new FleetError("Invalid", "a memory engine without a file keeps no state", {
    hint: "name a file, as in --host memory:/tmp/fleet.json",
  });
}

/** As {@link requiredStateFolder}. `NotFound` when nothing but `--fleet` speaks of the fleet: it may be mistyped. */
export function knownStateFolder(
  program: Program,
  options: StateOptions & EngineOptions & FleetOptions,
  fleet: string,
): string {
  const folder = requiredStateFolder(program, options, fleet);
  if (options.fleet === undefined || existsSync(folder)) return folder;
  const root = dirname(folder);
  const others = existsSync(root) ? readdirSync(root).sort() : [];
  const hint = didYouMean(fleet, others) ?? (others.length === 0 ? undefined : `there is ${others.join(", ")}`);
  throw new FleetError("NotFound", `no fleet ${fleet} keeps its state in ${root}`, hint === undefined ? {} : { hint });
}
