import { fileStore, makeStateFolder } from "@fleet/runner";
import type { Run } from "../commands.ts";
import { exit } from "../exit.ts";
import { outlineFleet } from "../fleet.ts";
import type { EngineOptions, FleetOptions, StateOptions } from "../options.ts";
import { fleetHold, suspensionText } from "../state/holds.ts";
import { knownInstances } from "../state/known-instances.ts";
import { person } from "../state/person.ts";
import { knownStateFolder } from "../state/required-folder.ts";
import { runningLoop } from "../state/running-loop.ts";
import { selectTargets } from "../targets.ts";

interface ResumeOptions extends FleetOptions, EngineOptions, StateOptions {
  readonly name?: string;
  readonly confirm?: true;
}

export const resume: Run<ResumeOptions> = async (program, output, options) => {
  const { clock, uid } = program;
  const { name, confirm } = options;
  const fleet = await outlineFleet(program, output, options);
  const folder = knownStateFolder(program, options, fleet.name);
  const store = fileStore({ folder, clock, onTrouble: () => undefined });
  const kept = await store.load();
  const { suspensions } = kept;
  if (name !== undefined) {
    selectTargets(fleet, [name], await knownInstances(program, folder, await runningLoop(program, folder)));
  }
  const now = clock.now();
  // Who confirms that the fleet may go on does not mean those that were suspended one by one.
  const all = name === undefined && !confirm;
  const ended = Object.entries(suspensions.instances).filter(([other]) => all || other === name);
  if (ended.length > 0) await store.resume(name);
  for (const [other, suspension] of ended) {
    output.text(
      `${output.paint("bold", other)} was ${suspensionText(suspension, now)}; fleet run may mend it again.\n`,
    );
  }
  if (ended.length === 0 && !(confirm && name === undefined)) {
    output.text(name === undefined ? "Nothing is suspended.\n" : `${name} is not suspended.\n`);
  }
  const held = confirm ? await confirmHold() : undefined;
  output.document({
    schema: "fleet.resumed/v1",
    fleet: fleet.name,
    resumed: ended.map(([other]) => other),
    ...(confirm && { confirmed: held ?? null }),
  });
  return exit.done;

  /** What held the whole fleet; undefined when nothing did. */
  async function confirmHold(): Promise<string | undefined> {
    const hold = fleetHold(await runningLoop(program, folder), kept)?.message;
    await makeStateFolder(folder, uid);
    await store.confirm({ at: clock.now(), by: person(program) });
    output.text(hold === undefined ? "Nothing holds the whole fleet.\n" : `Goes on, although ${hold}.\n`);
    return hold;
  }
};
