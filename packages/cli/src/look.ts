import {
  type InstanceSpec,
  listFor,
  type Observation,
  observe,
  type Plan,
  type ResolvedFleet,
  type Survey,
} from "@fleet/core";
import type { Readers } from "./connection.ts";
import { type ExitCode, exit } from "./exit.ts";
import type { Output } from "./output.ts";
import type { Program } from "./program.ts";

/**
 * One look at everything of the fleet, and at the images and sources of the selected instances. `early`: what an engine was
 * asked before the fleet was known.
 */
export function look(
  program: Program,
  { engine, host }: Readers,
  fleet: ResolvedFleet,
  targets: ReadonlySet<string> | undefined,
  early: Survey,
): Promise<Observation> {
  const instances = fleet.instances.filter((instance: InstanceSpec) => targets?.has(instance.name) ?? true);
  // More at once than there are processors only wait for one another.
  const inspects = Math.min(program.processors + 1, 8);
  const survey = { ...early, ...listFor(engine, instances) };
  return observe(engine, host, { fleet: fleet.name, instances, now: program.clock.now(), survey, inspects });
}

/** `Fleet demo on unix:///var/run/docker.sock (Docker 26.1.5)`, and an empty line. */
export function headline({ fleet, engine }: Pick<Plan, "fleet" | "engine">, { paint }: Output): string {
  return `Fleet ${paint("bold", fleet)} on ${engine.address} ${paint("dim", `(engine ${engine.version})`)}\n\n`;
}

/** What `--detailed-exitcode` says about a plan. */
export function detailedCode({ summary, instances }: Plan): ExitCode {
  if (summary.blocked > 0) return exit.blocked;
  return instances.some((instance) => instance.verdict === "pending") ? exit.changes : exit.done;
}
