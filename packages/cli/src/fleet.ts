import { type Diagnostic, FleetError, type ResolvedFleet, type ResolveInputs, renderDiagnostics } from "@fleet/core";
import { readFleetFile } from "./fleet-file.ts";
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

/** Reads and resolves the fleet file; its warnings go to stderr. Rejects with {@link InvalidFleet}. */
export async function loadFleet(
  program: Program,
  output: Output,
  path: string,
  overrides?: Partial<ResolveInputs>,
): Promise<ResolvedFleet> {
  const file = await readFleetFile(program, path);
  // Loaded here, so that an engine that was asked something already is not kept waiting.
  const { checkFleet } = await import("./check-fleet.ts");
  const loaded = checkFleet(program, file, overrides);
  if (!loaded.ok) throw new InvalidFleet(file.name, loaded.diagnostics);
  if (loaded.diagnostics.length > 0) {
    output.note(`${renderDiagnostics(loaded.diagnostics, { color: output.errorColor })}\n`);
  }
  return loaded.fleet;
}

/** Enough to know which instances there are: values from elsewhere need not be there. */
export const withoutSecrets = { secret: () => "unused", readFile: () => "# unused" };
