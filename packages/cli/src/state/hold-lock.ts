import { hostname } from "node:os";
import { acquireLock, type Lock, type LockOptions, makeStateFolder } from "@fleet/runner";
import { memoryFile } from "../connection.ts";
import type { EngineOptions, StateOptions } from "../options.ts";
import type { Program } from "../program.ts";
import { requiredStateFolder } from "./required-folder.ts";

/** Whose lock it is, and on what. */
export interface LockRequest extends Pick<LockOptions, "engineId" | "wait"> {
  readonly what: LockOptions["holder"]["what"];
  readonly fleet: string;
}

/**
 * Takes the right to change the fleet on the engine; a memory engine needs none. Rejects as `acquireLock` does, and when
 * the state folder cannot be used: without it nobody could know of the others.
 */
export async function holdLock(
  program: Program,
  options: StateOptions & EngineOptions,
  { what, fleet, ...request }: LockRequest,
): Promise<Lock> {
  if (memoryFile(program, options) !== undefined) return noLock;
  const { clock, pid, uid } = program;
  const folder = requiredStateFolder(program, options, fleet);
  await makeStateFolder(folder, uid);
  const holder = { pid, host: hostname(), since: clock.now(), what };
  return acquireLock({ ...request, folder, holder, clock });
}

const noLock: Lock = { release: async () => undefined, lost: new AbortController().signal };
