import { statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import {
  dockerEngine,
  type Endpoint,
  type Engine,
  type EngineReader,
  FleetError,
  type Host,
  type HostReader,
  localHost,
  localHostReader,
  localInputs,
  remoteHost,
  remoteHostReader,
  resolveEndpoint,
  type Survey,
  survey,
} from "@fleet/core";
import type { EngineOptions } from "./options.ts";
import type { Output } from "./output.ts";
import type { Program } from "./program.ts";

/** Enough to look and to plan, and no more. */
export interface Readers {
  readonly engine: EngineReader;
  readonly host: HostReader;
}

/** Enough to act. */
export interface Connection {
  readonly engine: Engine;
  readonly host: Host;
}

/** Chooses the engine as the docker CLI does, or the memory engine for `--host memory:`. */
export async function openReaders(program: Program, output: Output, options: EngineOptions): Promise<Readers> {
  if (isMemory(options)) return openMemory(program, output, options);
  const endpoint = chooseEndpoint(program, options);
  const host = endpoint.kind === "unix" ? localHostReader() : remoteHostReader(endpoint.address);
  return { engine: dockerEngine(endpoint), host };
}

/** The same choice as {@link openReaders}, with the right to change things. */
export async function openConnection(program: Program, output: Output, options: EngineOptions): Promise<Connection> {
  if (isMemory(options)) return openMemory(program, output, options);
  const endpoint = chooseEndpoint(program, options);
  const engine = dockerEngine(endpoint);
  return { engine, host: endpoint.kind === "unix" ? localHost({ engine, uid: program.uid }) : remoteHost(engine) };
}

/** What every look at an engine begins with, whichever instances it is for. */
export function earlySurvey(engine: EngineReader): Survey {
  return survey(engine, { instances: [] });
}

/**
 * Opens the engine and begins to ask it, before the fleet file is read. What goes wrong is heard only by whoever awaits
 * it: a mistake in the file is said first.
 */
export function beginEarly<C extends Readers>(
  opening: Promise<C>,
): {
  readonly opened: Promise<C>;
  readonly surveyed: Promise<Survey>;
} {
  const surveyed = opening.then(({ engine }) => earlySurvey(engine));
  surveyed.catch(() => undefined);
  return { opened: opening, surveyed };
}

function chooseEndpoint(program: Program, { host, context }: EngineOptions): Endpoint {
  return resolveEndpoint({
    ...localInputs(),
    env: program.env,
    uid: program.uid,
    ...(program.env.HOME && { home: program.env.HOME }),
    ...(host !== undefined && { host }),
    ...(context !== undefined && { context }),
  });
}

const scheme = "memory:";

function isMemory(options: EngineOptions): options is EngineOptions & { readonly host: string } {
  return options.host?.startsWith(scheme) === true && options.context === undefined;
}

/** Where a memory engine keeps its state; null when it forgets it, and undefined for any other engine. */
export function memoryFile({ cwd }: Program, options: EngineOptions): string | null | undefined {
  if (!isMemory(options)) return undefined;
  const path = options.host.slice(scheme.length);
  return path === "" ? null : resolve(cwd, path);
}

async function openMemory(program: Program, output: Output, options: EngineOptions): Promise<Connection> {
  const file = memoryFile(program, options) ?? undefined;
  if (file !== undefined) checkStateFile(file);
  const { memoryEngine, memoryHost } = await import("@fleet/core/testing");
  const persistent = file === undefined ? {} : { file };
  const host = memoryHost(persistent);
  const engine = memoryEngine({ ...persistent, host, anyImage: true, clock: program.clock });
  const memory = file === undefined ? "is forgotten when this command ends" : `is kept in ${file}`;
  const note = `memory engine: no container is real, and all of it ${memory}`;
  output.note(`${output.errorPaint("warning", "note:")} ${note}\n`);
  return { engine, host };
}

function checkStateFile(file: string): void {
  const hint = `name a file in a directory that exists: --host ${scheme}/tmp/fleet.json`;
  if (!statSync(dirname(file), { throwIfNoEntry: false })?.isDirectory()) {
    throw new FleetError("NotFound", `there is no directory ${dirname(file)} for the memory engine's state`, { hint });
  }
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) {
    throw new FleetError("Invalid", `the memory engine's state cannot be kept in ${file}: it is a directory`, { hint });
  }
}
