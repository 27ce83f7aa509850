import { FleetError } from "@fleet/core";
import type { ConsentOptions, FileOptions } from "./options.ts";
import type { Output } from "./output.ts";
import type { Program } from "./program.ts";

/** Whether to go on: `--yes`, or a person's answer. Rejects with `Invalid` when there is nobody to ask. */
export async function consent(
  question: string,
  program: Program,
  output: Output,
  options: ConsentOptions & FileOptions,
): Promise<boolean> {
  if (options.yes) return true;
  const { stdin } = program;
  if (options.file === "-" || stdin.isTTY !== true || output.people.isTTY !== true) {
    const why = options.file === "-" ? "stdin was the fleet file" : "this is not a terminal";
    throw new FleetError("Invalid", `nothing was changed: ${why}, so nobody can be asked`, {
      hint: "pass --yes to go ahead without a question",
    });
  }
  output.text("\n");
  const { confirm } = await import("./terminal/confirm.ts");
  return confirm(output.paint("bold", question), stdin, output.people);
}
