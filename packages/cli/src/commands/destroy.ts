import { observe, planDestruction, type ResolvedFleet, renderPlan } from "@fleet/core";
import { type ApplyResult, fileStore, withBusy } from "@fleet/runner";
import { carryOut } from "../apply/carry-out.ts";
import { outcomeCode, renderResult } from "../apply/summary.ts";
import type { Run } from "../commands.ts";
import { type Connection, openConnection } from "../connection.ts";
import { consent } from "../consent.ts";
import { findBelongings } from "../destroy/belongings.ts";
import { type Removal, removeBelongings } from "../destroy/remove.ts";
import { renderBelongings } from "../destroy/render.ts";
import { type ExitCode, exit } from "../exit.ts";
import { outlineFleet } from "../fleet.ts";
import { Interrupts } from "../interrupts.ts";
import { headline } from "../look.ts";
import type { ConsentOptions, EngineOptions, FleetOptions, StateOptions, TargetOptions } from "../options.ts";
import type { Output } from "../output.ts";
import type { Program } from "../program.ts";
import { stateFolderOf } from "../state/folder.ts";
import { holdLock } from "../state/hold-lock.ts";
import { leasesOf } from "../state/holds.ts";
import { selectTargets } from "../targets.ts";

type DestroyOptions = FleetOptions &
  EngineOptions &
  StateOptions &
  TargetOptions &
  ConsentOptions & { readonly volume: readonly string[] };

export const destroy: Run<DestroyOptions> = async (program, output, options) => {
  const fleet = await outlineFleet(program, output, options);
  const connection = await openConnection(program, output, options);
  const { id: engineId } = await connection.engine.info();
  const lock = await holdLock(program, options, { what: "fleet destroy", fleet: fleet.name, engineId });
  try {
    return await destroyHeld(program, output, options, { fleet, connection, lost: lock.lost });
  } finally {
    await lock.release();
  }
};

/** What went because somebody asked for it must not look to `fleet run` as if it had vanished. */
async function forget(program: Program, options: DestroyOptions, { fleet, outcomes }: ApplyResult): Promise<void> {
  const folder = stateFolderOf(program, options, fleet);
  if (folder === undefined) return;
  const store = fileStore({ folder, clock: program.clock, onTrouble: () => undefined });
  const { known } = await store.load();
  if (known === undefined) return;
  const gone = new Set(outcomes.filter(({ result }) => result === "removed").map(({ instance }) => instance));
  const { engineId, hold } = known;
  const instances = known.instances.filter((name) => !gone.has(name));
  // And what held a fleet of which nothing is left holds none that is made anew.
  await store.remember({ engineId, instances, ...(hold && instances.length > 0 && { hold }) });
}

interface Prepared {
  readonly fleet: ResolvedFleet;
  readonly connection: Connection;
  readonly lost: AbortSignal;
}

async function destroyHeld(
  program: Program,
  output: Output,
  options: DestroyOptions,
  { fleet, connection, lost }: Prepared,
): Promise<ExitCode> {
  const { engine, host } = connection;
  const observation = await observe(engine, host, { fleet: fleet.name, instances: [], now: program.clock.now() });
  const targets = selectTargets(fleet, options.target, Object.keys(observation.containers));
  const leases = await leasesOf(program, options, fleet.name);
  const force = options.force === true;
  const bare = planDestruction(fleet, observation, { address: engine.address, ...(targets && { targets }) });
  const plan = await withBusy(bare, observation, { engine, policy: fleet.policy, leases, force });
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
      ...connection,
      fleet,
      lost,
      apply: [],
      remove: { names, reason: "Destroyed" },
      leases,
      force,
      timeout: options.timeout,
    });
    await forget(program, options, result);
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
}

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
