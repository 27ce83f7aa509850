import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { compileFleet, type ResolveInputs } from "@fleet/core";
import type { FleetFile } from "./fleet-file.ts";
import type { Program } from "./program.ts";

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
