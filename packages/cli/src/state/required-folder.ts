import { FleetError } from "@fleet/core";
import type { EngineOptions, StateOptions } from "../options.ts";
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
