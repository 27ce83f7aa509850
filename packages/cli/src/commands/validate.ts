import { renderDiagnostics } from "@fleet/core";
import { checkFleet } from "../check-fleet.ts";
import type { Run } from "../commands.ts";
import { exit } from "../exit.ts";
import { readFleetFile } from "../fleet-file.ts";
import type { FileOptions } from "../options.ts";

export const validate: Run<FileOptions> = async (program, output, options) => {
  const file = await readFleetFile(program, options.file);
  const loaded = checkFleet(program, file);
  const { ok, diagnostics } = loaded;
  output.document({
    schema: "fleet.validate/v1",
    file: file.name,
    valid: ok,
    ...(ok && { fleet: loaded.fleet.name, instances: loaded.fleet.instances.map((instance) => instance.name) }),
    diagnostics,
  });
  if (diagnostics.length > 0) output.note(renderDiagnostics(diagnostics, { color: output.errorColor }));
  if (!ok) return exit.error;
  const count = loaded.fleet.instances.length;
  output.text(`${file.name} is ${output.paint("good", "valid")}: ${count} ${count === 1 ? "instance" : "instances"}\n`);
  return exit.done;
};
