import { resolve } from "node:path";
import { FleetError } from "@fleet/core";
import type { Run } from "../commands.ts";
import { exit } from "../exit.ts";
import { loadFleet } from "../fleet.ts";
import type { EngineOptions, FileOptions, StateOptions } from "../options.ts";
import type { Program } from "../program.ts";
import { systemdUnit } from "../systemd/unit.ts";

interface SystemdOptions extends FileOptions, EngineOptions, StateOptions {
  readonly system?: true;
  readonly user?: true;
}

/** What chooses the engine: a service starts without the shell's. */
const variables = ["DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"] as const;

export const systemd: Run<SystemdOptions> = async (program, output, options) => {
  const { cwd, uid, stdout, executable } = program;
  if (options.system && options.user) {
    throw new FleetError("Invalid", "--system and --user are both given", { hint: "leave one of them out" });
  }
  if (options.file === "-") {
    throw new FleetError("Invalid", "a unit needs a fleet file, and stdin is none", { hint: "name it with -f FILE" });
  }
  const fleet = await loadFleet(program, output, options.file, { outline: true });
  const { host, context, state } = options;
  const given: readonly (readonly [string, string | undefined])[] = [
    ["--file", resolve(cwd, options.file)],
    ["--host", host],
    ["--context", context],
    ["--state", state === undefined ? undefined : resolve(cwd, state)],
  ];
  const unit = systemdUnit({
    scope: options.system || (!options.user && uid === 0) ? "system" : "user",
    fleet: fleet.name,
    executable,
    arguments: given.flatMap(([flag, value]) => (value === undefined ? [] : [flag, value])),
    environment: host === undefined && context === undefined ? engineVariables(program) : {},
  });
  stdout.write(unit);
  return exit.done;
};

function engineVariables({ env }: Program): Record<string, string> {
  return Object.fromEntries(
    variables.flatMap((name) => {
      const value = env[name];
      return value === undefined || value === "" ? [] : [[name, value]];
    }),
  );
}
