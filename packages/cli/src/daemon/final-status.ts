import { planFleet, type ResolvedFleet } from "@fleet/core";
import { type Connection, earlySurvey } from "../connection.ts";
import { headline, look } from "../look.ts";
import type { Output } from "../output.ts";
import type { Program } from "../program.ts";
import { renderStatus } from "../status/render.ts";
import { statusReport } from "../status/report.ts";

/** What `fleet status` would show now. */
export async function showFinalStatus(
  program: Program,
  output: Output,
  fleet: ResolvedFleet,
  { engine, host }: Connection,
): Promise<void> {
  const observation = await look(program, { engine, host }, fleet, undefined, earlySurvey(engine));
  const plan = planFleet(fleet, observation, { address: engine.address });
  const report = statusReport(fleet.instances, observation, plan);
  output.document(report);
  if (!output.json) output.text(headline(plan, output) + renderStatus(report, output.paint));
}
