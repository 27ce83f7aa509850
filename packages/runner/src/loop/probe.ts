import { type ContainerObservation, diagnoseExec, type Engine, type ExecResult, writeProbe } from "@fleet/core";
import type { RefusalReason } from "../lease/admit.ts";

/** What must be there inside a container for the work that is to come. */
export interface ProbeRequest {
  /** Where the work is to begin; it must be there. */
  readonly workingDir?: string;
  /** What the container's user must be able to write: these paths, or every mount that is not read-only. */
  readonly writable?: true | readonly string[];
}

export interface ProbeFailure {
  readonly reason: RefusalReason;
  readonly message: string;
  readonly hint?: string;
}

/** Two requests with the same key ask the same of the same container. */
export function probeKey(id: string, { workingDir, writable }: ProbeRequest): string {
  return JSON.stringify([id, workingDir ?? null, writable ?? []]);
}

/**
 * Looks into a running container as its user does, by one short exec for each path (one in all where only the working
 * directory is asked about, none when nothing is). Undefined when all is well, and when the image has no program to ask
 * with. Rejects with the engine's `FleetError`: then the container is not what it was.
 */
export async function probe(
  engine: Pick<Engine, "exec">,
  container: ContainerObservation,
  request: ProbeRequest,
  deadline: number,
): Promise<ProbeFailure | undefined> {
  const { workingDir } = request;
  const paths = pathsOf(container, request);
  if (workingDir === undefined && paths.length === 0) return undefined;
  const run = (command: readonly string[]): Promise<ExecResult> =>
    engine.exec(container.id, { command, ...(workingDir !== undefined && { workingDir }) }, { deadline });
  const commands = paths.length === 0 ? [["true"]] : paths.map(writeProbe);
  const results = await Promise.all(commands.map(run));
  for (const [index, result] of results.entries()) {
    const failure = failureOf(result, container.name, paths[index]);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

function pathsOf({ config }: ContainerObservation, { writable = [] }: ProbeRequest): readonly string[] {
  if (writable !== true) return writable;
  return (config.mounts ?? []).filter((mount) => mount.readOnly !== true).map(({ target }) => target);
}

function failureOf(result: ExecResult, name: string, path: string | undefined): ProbeFailure | undefined {
  if (result.exitCode === 0) return undefined;
  if (result.pid > 0 && path !== undefined) {
    return {
      reason: "MountNotWritable",
      message: `${path} in ${name} cannot be written by its user`,
      hint: "fleet plan shows who owns its source",
    };
  }
  const { reason, message, hint } = diagnoseExec(result);
  if (reason !== "WorkingDirMissing") return undefined;
  return { reason, message, ...(hint !== undefined && { hint }) };
}
