import { FleetError, type Observation, type Plan, planFleet, type ResolvedFleet, renderPlan } from "@fleet/core";
import { type ApplyResult, type Lock, withBusy } from "@fleet/runner";
import { carryOut } from "../apply/carry-out.ts";
import { courseOf, restingOutcomes } from "../apply/course.ts";
import { outcomeCode, renderResult } from "../apply/summary.ts";
import type { Run } from "../commands.ts";
import { beginEarly, type Connection, openConnection } from "../connection.ts";
import { consent } from "../consent.ts";
import { type ExitCode, exit } from "../exit.ts";
import { loadFleet } from "../fleet.ts";
import { Interrupts } from "../interrupts.ts";
import { headline, look } from "../look.ts";
import type { ConsentOptions, EngineOptions, FileOptions, StateOptions, TargetOptions } from "../options.ts";
import type { Output } from "../output.ts";
import type { Program } from "../program.ts";
import { holdLock } from "../state/hold-lock.ts";
import { leasesOf } from "../state/holds.ts";
import { selectTargets } from "../targets.ts";

type ApplyOptions = FileOptions &
  EngineOptions &
  StateOptions &
  TargetOptions &
  ConsentOptions & { readonly basis?: string };

export const apply: Run<ApplyOptions> = async (program, output, options) => {
  const { opened, surveyed } = beginEarly(openConnection(program, output, options));
  const fleet = await loadFleet(program, output, options.file);
  const targets = selectTargets(fleet, options.target);
  const connection = await opened;
  const survey = await surveyed;
  // Under way while the lock is taken, like the lists that it begins with: whatever acts looks again.
  const looked = look(program, connection, fleet, targets, survey);
  looked.catch(() => undefined);
  const { id: engineId } = await survey.info;
  const lock = await holdLock(program, options, { what: "fleet apply", fleet: fleet.name, engineId });
  try {
    return await applyHeld(program, output, options, { fleet, targets, connection, looked, lock });
  } finally {
    await lock.release();
  }
};

interface Prepared {
  readonly fleet: ResolvedFleet;
  readonly targets: ReadonlySet<string> | undefined;
  readonly connection: Connection;
  readonly looked: Promise<Observation>;
  readonly lock: Lock;
}

async function applyHeld(
  program: Program,
  output: Output,
  options: ApplyOptions,
  { fleet, targets, connection, looked, lock }: Prepared,
): Promise<ExitCode> {
  const began = program.clock.monotonic();
  const observation = await looked;
  const { engine } = connection;
  const leases = await leasesOf(program, options, fleet.name);
  const force = options.force === true;
  const bare = planFleet(fleet, observation, { address: engine.address, ...(targets && { targets }) });
  const plan = await withBusy(bare, observation, { engine, policy: fleet.policy, leases, force });
  const instances = fleet.instances.filter((instance) => targets?.has(instance.name) ?? true);
  const situation = { instances, observation, plan };
  const show = (): void => output.text(headline(plan, output) + renderPlan(plan, { color: output.color }));
  if (options.basis !== undefined && options.basis !== plan.basis) {
    show();
    throw stale(options.basis, plan);
  }
  const course = courseOf(situation);
  show();
  if (course === "act" && !(await consent("Apply these changes?", program, output, options))) {
    output.text("Nothing was changed.\n");
    return exit.error;
  }
  if (course === "rest") {
    // Goes on while the result is written.
    void lock.release();
    const duration = program.clock.monotonic() - began;
    const result: ApplyResult = {
      schema: "fleet.apply/v1",
      fleet: fleet.name,
      outcomes: restingOutcomes(situation),
      duration,
    };
    output.document(result);
    const code = outcomeCode(result);
    output.text(
      `\n${code === exit.done ? "Nothing to apply.\n" : renderResult("Applied", result, plan, output.paint)}`,
    );
    return code;
  }
  const orphans = plan.instances.filter(({ remedy }) => remedy === "remove").map(({ instance }) => instance);
  const interrupts = new Interrupts(program.signals);
  try {
    output.text("\n");
    const result = await carryOut(program, output, interrupts, plan, {
      ...connection,
      fleet,
      lost: lock.lost,
      apply: instances.map((instance) => instance.name),
      ...(orphans.length > 0 && { remove: { names: orphans, reason: "Orphaned" as const } }),
      leases,
      force,
      timeout: options.timeout,
    });
    output.document(result);
    output.text(
      `\n${renderResult(interrupts.exitCode === undefined ? "Applied" : "Stopped", result, plan, output.paint)}`,
    );
    return interrupts.exitCode ?? outcomeCode(result);
  } finally {
    interrupts.dispose();
  }
}

function stale(basis: string, plan: Plan): FleetError {
  return new FleetError("PlanStale", `the plan with basis ${basis} no longer holds; the present one is ${plan.basis}`, {
    hint: `read the plan above, then: fleet apply --basis ${plan.basis}`,
  });
}
