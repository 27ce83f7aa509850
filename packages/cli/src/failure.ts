import { isFleetError, renderDiagnostics } from "@fleet/core";
import { type ExitCode, exit } from "./exit.ts";
import { InvalidFleet } from "./fleet.ts";
import type { Output } from "./output.ts";
import type { Program } from "./program.ts";

/** Says what went wrong, to people on stderr and as the JSON document; gives the exit code. */
export function reportFailure(error: unknown, program: Program, output: Output): ExitCode {
  const failure = describe(error);
  const { errorPaint: paint } = output;
  if (error instanceof InvalidFleet) {
    output.note(renderDiagnostics(error.diagnostics, { color: output.errorColor }));
  } else {
    output.note(`${paint("error", "error:")} ${failure.message}\n`);
  }
  if (failure.hint !== undefined) output.note(`${paint("bold", "hint:")} ${failure.hint}\n`);
  if (program.env.FLEET_DEBUG && error instanceof Error) output.note(`${paint("dim", stackOf(error))}\n`);
  output.document({ schema: "fleet.error/v1", ...failure });
  return failure.code === "PlanStale" ? exit.stale : exit.error;
}

interface Failure {
  /** An error code of core's, or `Unexpected` for a bug. */
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly diagnostics?: InvalidFleet["diagnostics"];
}

function describe(error: unknown): Failure {
  if (!isFleetError(error)) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: "Unexpected", message, hint: "this is a bug in fleet: FLEET_DEBUG=1 shows where it happened" };
  }
  return {
    code: error.code,
    message: error.message,
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(error instanceof InvalidFleet && { diagnostics: error.diagnostics }),
  };
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}
