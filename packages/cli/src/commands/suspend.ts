import { FleetError } from "@fleet/core";
import { fileStore, makeStateFolder, type Suspension } from "@fleet/runner";
import type { Run } from "../commands.ts";
import { exit } from "../exit.ts";
import { loadFleet, withoutSecrets } from "../fleet.ts";
import type { EngineOptions, FileOptions, StateOptions } from "../options.ts";
import { suspensionText } from "../state/holds.ts";
import { person } from "../state/person.ts";
import { requiredStateFolder } from "../state/required-folder.ts";
import { runningLoop } from "../state/running-loop.ts";
import { selectTargets } from "../targets.ts";

interface SuspendOptions extends FileOptions, EngineOptions, StateOptions {
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
  const fleet = await loadFleet(program, output, options.file, withoutSecrets);
  const folder = requiredStateFolder(program, options, fleet.name);
  const store = fileStore({ folder, clock, onTrouble: () => undefined });
  const { suspensions } = await store.load();
  // One that left the file may still have a container that is about to go.
  selectTargets(fleet, [name], Object.keys(suspensions.instances));
  const now = clock.now();
  const until = options.for === undefined ? {} : { until: now + options.for };
  const suspension: Suspension = { since: now, ...until, reason, by: person(program) };
  await makeStateFolder(folder, uid);
  await store.suspend(name, suspension);
  const running = (await runningLoop(program, folder)) !== undefined;
  output.document({ schema: "fleet.suspended/v1", fleet: fleet.name, instance: name, ...suspension, running });
  output.text(`${output.paint("bold", name)} is ${suspensionText(suspension, now)}.\n`);
  output.text(
    running
      ? `fleet run does nothing to it; fleet resume ${name} ends that.\n`
      : `No fleet run keeps its state in ${folder}: one that begins there will do nothing to it.\n`,
  );
  return exit.done;
};
