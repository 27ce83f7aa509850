import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import {
  compileFleet,
  type Diagnostic,
  FleetError,
  type ResolvedFleet,
  type ResolveInputs,
  renderDiagnostics,
} from "@fleet/core";
import { type FleetFile, readFleetFile } from "./fleet-file.ts";
import type { Output } from "./output.ts";
import type { Program } from "./program.ts";

/** A fleet file that does not hold. */
export class InvalidFleet extends FleetError {
  readonly diagnostics: readonly Diagnostic[];

  constructor(file: string, diagnostics: readonly Diagnostic[]) {
    const errors = diagnostics.filter(({ severity }) => severity === "error").length;
    super("SpecInvalid", `${file} has ${errors} ${errors === 1 ? "error" : "errors"}`);
    this.diagnostics = diagnostics;
  }
}

/** From text to a resolved fleet; `overrides` replace what it would read from its surroundings. */
export function checkFleet(
  program: Program,
  file: FleetFile,
  overrides: Partial<ResolveInputs> = {},
): ReturnType<typeof compileFleet> {
  return compileFleet(file.text, {
    file: file.name,
    env: program.env,
    home: program.env.HOME ?? homedir(),
    baseDir: file.baseDir,
    readFile: (path) => readFileSync(path, "utf8"),
    ...overrides,
  });
}

/** Reads and resolves the fleet file; its warnings go to stderr. Rejects with {@link InvalidFleet}. */
export async function loadFleet(
  program: Program,
  output: Output,
  path: string,
  overrides?: Partial<ResolveInputs>,
): Promise<ResolvedFleet> {
  const file = await readFleetFile(program, path);
  const loaded = checkFleet(program, file, overrides);
  if (!loaded.ok) throw new InvalidFleet(file.name, loaded.diagnostics);
  if (loaded.diagnostics.length > 0) {
    output.note(`${renderDiagnostics(loaded.diagnostics, { color: output.errorColor })}\n`);
  }
  return loaded.fleet;
}
