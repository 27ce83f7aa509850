import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { stateFolder } from "@fleet/runner";
import { memoryFile } from "../connection.ts";
import type { EngineOptions, StateOptions } from "../options.ts";
import type { Program } from "../program.ts";

/**
 * The folder of a fleet's state; it need not be there. A memory engine's is beside its file, so that a try and the real
 * fleet of that name know nothing of each other; one that keeps nothing has none.
 */
export function stateFolderOf(
  program: Program,
  { state, ...engine }: StateOptions & EngineOptions,
  fleet: string,
): string | undefined {
  const { cwd, env, uid } = program;
  if (state !== undefined) return join(resolve(cwd, state), fleet);
  const memory = memoryFile(program, engine);
  if (memory === undefined) return stateFolder({ env, home: env.HOME ?? homedir(), uid, fleet });
  return memory === null ? undefined : join(`${memory}.state`, fleet);
}

/** Of a fleet whose state is in `folder`. */
export function journalFolder(folder: string): string {
  return join(folder, "journal");
}
