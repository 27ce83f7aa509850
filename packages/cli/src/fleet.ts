import { setImmediate } from "node:timers/promises";
import {
  type Diagnostic,
  FleetError,
  isFleetError,
  type ResolvedFleet,
  type ResolveInputs,
  renderDiagnostics,
} from "@fleet/core";
import { type FleetFile, readFleetFile } from "./fleet-file.ts";
import type { FleetOptions } from "./options.ts";
import type { Output } from "./output.ts";
import type { Program } from "./program.ts";

/** A fleet file that does not hold. */
export class InvalidFleet extends FleetError {
  readonly diagnostics: readonly Diagnostic[];

  constructor(file: string, diagnostics: readonly Diagnostic[], hint?: string) {
    const errors = diagnostics.filter(({ severity }) => severity === "error").length;
    super(
      "SpecInvalid",
      `${file} has ${errors} ${errors === 1 ? "error" : "errors"}`,
      hint === undefined ? {} : { hint },
    );
    this.diagnostics = diagnostics;
  }
}

/** Reads and resolves the fleet file; its warnings go to stderr. Rejects with {@link InvalidFleet}. */
export async function loadFleet(
  program: Program,
  output: Output,
  path: string,
  inputs?: Pick<ResolveInputs, "outline">,
): Promise<ResolvedFleet> {
  const file = await readFleetFile(program, path);
  const loaded = await check(program, file, inputs);
  if (!loaded.ok) throw new InvalidFleet(file.name, loaded.diagnostics);
  warn(output, loaded.diagnostics);
  return loaded.fleet;
}

/** A fleet as far as it can be told. */
export interface FleetView {
  readonly fleet: ResolvedFleet;
  /** Why there are no instances, or some with holes: then nobody can say what differs. Absent when all is there. */
  readonly incomplete?: string;
}

/**
 * The fleet for a command that only looks: what the file refers to need not be there, and with `--fleet` not even the
 * file. Rejects as {@link loadFleet} does, with a hint at `--fleet`.
 */
export async function viewFleet(program: Program, output: Output, options: FleetOptions): Promise<FleetView> {
  if (options.fleet !== undefined) {
    return { fleet: await fleetByName(program, options.fleet), incomplete: "the fleet file was not read" };
  }
  const file = await readFile(program, options.file);
  const whole = await check(program, file);
  if (whole.ok) {
    warn(output, whole.diagnostics);
    return { fleet: whole.fleet };
  }
  const missing = whole.diagnostics.find(({ severity }) => severity === "error");
  return { fleet: await outline(program, output, file), incomplete: missing?.message ?? "" };
}

/** Who is in the fleet, for a command that needs no more. As {@link viewFleet}. */
export async function outlineFleet(program: Program, output: Output, options: FleetOptions): Promise<ResolvedFleet> {
  if (options.fleet !== undefined) return fleetByName(program, options.fleet);
  return outline(program, output, await readFile(program, options.file));
}

async function outline(program: Program, output: Output, file: FleetFile): Promise<ResolvedFleet> {
  const loaded = await check(program, file, { outline: true });
  if (!loaded.ok) {
    throw new InvalidFleet(file.name, loaded.diagnostics, `--fleet ${loaded.name ?? "NAME"} does without the file`);
  }
  warn(output, loaded.diagnostics);
  return loaded.fleet;
}

/** Without instances: only its file names them. */
async function fleetByName(program: Program, name: string): Promise<ResolvedFleet> {
  const spec = { apiVersion: "fleet/v1", kind: "Fleet", metadata: { name }, spec: { instances: [] } };
  const file = { name: "--fleet", baseDir: program.cwd, text: JSON.stringify(spec) };
  const loaded = await check(program, file, { env: {} });
  if (loaded.ok) return loaded.fleet;
  const expected = loaded.diagnostics[0]?.expected;
  throw new FleetError("Invalid", `no fleet can be called ${JSON.stringify(name)}`, {
    ...(expected !== undefined && { hint: `expected ${expected}` }),
  });
}

async function readFile(program: Program, path: string): Promise<FleetFile> {
  try {
    return await readFleetFile(program, path);
  } catch (error) {
    if (!isFleetError(error)) throw error;
    const hints = [...(error.hint === undefined ? [] : [error.hint]), "--fleet NAME does without the file"];
    throw new FleetError(error.code, error.message, { hint: hints.join("; "), cause: error });
  }
}

/** Loaded here, so that an engine that was asked something already is not kept waiting. */
async function check(
  ...given: Parameters<typeof import("./check-fleet.ts").checkFleet>
): Promise<ReturnType<typeof import("./check-fleet.ts").checkFleet>> {
  // What the engine is asked leaves when this thread is free, and so does what its answer leads to.
  await setImmediate();
  const { checkFleet } = await import("./check-fleet.ts");
  await setImmediate();
  return checkFleet(...given);
}

function warn(output: Output, diagnostics: readonly Diagnostic[]): void {
  if (diagnostics.length > 0) output.note(`${renderDiagnostics(diagnostics, { color: output.errorColor })}\n`);
}
