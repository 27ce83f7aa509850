import { FleetError } from "@fleet/core";
import { fileStore, makeStateFolder, type Suspension } from "@fleet/runner";
import type { Run } from "../commands.ts";
import { exit } from "../exit.ts";
import { outlineFleet } from "../fleet.ts";
import type { EngineOptions, FleetOptions, StateOptions } from "../options.ts";
import { suspensionText } from "../state/holds.ts";
import { knownInstances } from "../state/known-instances.ts";
import { person } from "../state/person.ts";
import { knownStateFolder } from "../state/required-folder.ts";
import { runningLoop } from "../state/running-loop.ts";
import { selectTargets } from "../targets.ts";

interface SuspendOptions extends FleetOptions, EngineOptions, StateOptions {
  readonly name: string;
  /** Milliseconds. */
  readonly for?: number;
  readonly reason?: string;
}

export const suspend: Run<SuspendOptions> = async (program, output, options) => {
  const { clock, uid } = program;
  const { name, reason = "no reason given" } = options;
  if (reason.trim() === "" || /\p{Cc}/u.test(reason)) {
    throw new FleetError("Invalid", "--reason: expected a text of one line", { hint: "leave it out, or say why" });
  }
  const fleet = await outlineFleet(program, output, options);
  const folder = knownStateFolder(program, options, fleet.name);
  const store = fileStore({ folder, clock, onTrouble: () => undefined });
  const loop = await runningLoop(program, folder);
  // One that left the file may still have a container that is about to go.
  selectTargets(fleet, [name], await knownInstances(program, folder, loop));
  const now = clock.now();
  const until = options.for === undefined ? {} : { until: now + options.for };
  const suspension: Suspension = { since: now, ...until, reason, by: person(program) };
  await makeStateFolder(folder, uid);
  await store.suspend(name, suspension);
  const running = loop !== undefined;
  output.document({ schema: "fleet.suspended/v1", fleet: fleet.name, instance: name, ...suspension, running });
  output.text(`${output.paint("bold", name)} is ${suspensionText(suspension, now)}.\n`);
  output.text(
    running
      ? `fleet run does nothing to it; fleet resume ${name} ends that.\n`
      : `No fleet run keeps its state in ${folder}: one that begins there will do nothing to it.\n`,
  );
  return exit.done;
};
