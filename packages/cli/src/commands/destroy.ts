import { observe, planDestruction, renderPlan } from "@fleet/core";
import type { ApplyResult } from "@fleet/runner";
import { carryOut } from "../apply/carry-out.ts";
import { outcomeCode, renderResult } from "../apply/summary.ts";
import type { Run } from "../commands.ts";
import { openConnection } from "../connection.ts";
import { consent } from "../consent.ts";
import { findBelongings } from "../destroy/belongings.ts";
import { type Removal, removeBelongings } from "../destroy/remove.ts";
import { renderBelongings } from "../destroy/render.ts";
import { type ExitCode, exit } from "../exit.ts";
import { loadFleet } from "../fleet.ts";
import { Interrupts } from "../interrupts.ts";
import { headline } from "../look.ts";
import type { ConsentOptions, EngineOptions, FileOptions, TargetOptions } from "../options.ts";
import { selectTargets } from "../targets.ts";

type DestroyOptions = FileOptions &
  EngineOptions &
  TargetOptions &
  ConsentOptions & { readonly volume: readonly string[] };

/** Nothing is made of the spec's values, so those from elsewhere need not be there. */
const withoutSecrets = { secret: () => "unused", readFile: () => "# unused" };

export const destroy: Run<DestroyOptions> = async (program, output, options) => {
  const fleet = await loadFleet(program, output, options.file, withoutSecrets);
  const { engine, host } = await openConnection(program, output, options);
  const observation = await observe(engine, host, { fleet: fleet.name, instances: [], now: program.clock.now() });
  const targets = selectTargets(fleet, options.target, Object.keys(observation.containers));
  const plan = planDestruction(fleet, observation, { address: engine.address, ...(targets && { targets }) });
  const belongings = await findBelongings(engine, { fleet, observation, targets, volumes: options.volume });
  const names = plan.instances.map((instance) => instance.instance);
  output.text(headline(plan, output) + renderPlan(plan, { color: output.color }));
  output.text(renderBelongings(belongings, output.paint));
  if (names.length + belongings.networks.length + belongings.volumes.length === 0) {
    output.document({ ...nothingToDo(fleet.name), ...removalDocument([]), kept: belongings.kept });
    output.text("\nNothing to remove.\n");
    return exit.done;
  }
  if (!(await consent("Remove all this?", program, output, options))) {
    output.text("Nothing was removed.\n");
    return exit.error;
  }
  const interrupts = new Interrupts(program.signals);
  try {
    output.text("\n");
    const result = await carryOut(program, output, interrupts, plan, {
      engine,
      host,
      fleet,
      apply: [],
      remove: { names, reason: "Destroyed" },
      timeout: options.timeout,
    });
    const gone = outcomeCode(result) === exit.done && interrupts.exitCode === undefined;
    const removals = gone
      ? await removeBelongings(program, engine, belongings, (line) => output.text(line), output.paint)
      : [];
    output.document({ ...result, ...removalDocument(removals), kept: belongings.kept });
    output.text(
      `\n${renderResult(interrupts.exitCode === undefined ? "Destroyed" : "Stopped", result, plan, output.paint)}`,
    );
    return interrupts.exitCode ?? codeOf(result, removals);
  } finally {
    interrupts.dispose();
  }
};

function nothingToDo(fleet: string): ApplyResult {
  return { schema: "fleet.apply/v1", fleet, outcomes: [], duration: 0 };
}

function codeOf(result: ApplyResult, removals: readonly Removal[]): ExitCode {
  const failed = removals.some((removal) => removal.error !== undefined);
  return failed ? exit.partial : outcomeCode(result);
}

function removalDocument(removals: readonly Removal[]): object {
  const named = (kind: Removal["kind"]): string[] =>
    removals.filter((removal) => removal.kind === kind && removal.error === undefined).map(({ name }) => name);
  const failed = removals.flatMap(({ kind, name, error }) =>
    error === undefined
      ? []
      : [
          {
            kind,
            name,
            code: error.code,
            message: error.message,
            ...(error.hint !== undefined && { hint: error.hint }),
          },
        ],
  );
  return { removed: { networks: named("network"), volumes: named("volume") }, failed };
}
