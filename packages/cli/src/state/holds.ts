import { type FleetStatus, type Hold, isFleetError } from "@fleet/core";
import {
  activeSuspension,
  describeLeases,
  fileStore,
  isConfirmed,
  type LeaseRecord,
  type LoopStore,
  readLeases,
  type Suspension,
} from "@fleet/runner";
import type { EngineOptions, StateOptions } from "../options.ts";
import type { Output } from "../output.ts";
import type { Program } from "../program.ts";
import { clockTime } from "../terminal/time.ts";
import { journalFolder, stateFolderOf } from "./folder.ts";
import { runningLoop } from "./running-loop.ts";

/** Why fleet run does less than the plan says. */
export interface Holds {
  /** In force now, by instance; absent when there is none. */
  readonly suspensions?: Readonly<Record<string, Suspension>>;
  /** In use now, by instance; absent when there is none. */
  readonly leases?: Readonly<Record<string, readonly LeaseRecord[]>>;
  /** What holds the whole fleet. */
  readonly hold?: Hold;
  /** Why the present fleet file was refused: the last good one is followed. */
  readonly specError?: string;
}

/** What people and a running fleet run said. State that this user may not read counts as none. */
export async function readHolds(
  program: Program,
  output: Output,
  options: StateOptions & EngineOptions,
  fleet: string,
): Promise<Holds> {
  const folder = stateFolderOf(program, options, fleet);
  if (folder === undefined) return {};
  const [kept, leases, loop] = await Promise.all([
    keptIn(program, output, folder),
    leasesIn(program, folder),
    runningLoop(program, folder),
  ]);
  const suspensions = kept === undefined ? {} : activeSuspensions(kept, program.clock.now());
  const hold = fleetHold(loop, kept);
  return {
    ...(Object.keys(suspensions).length > 0 && { suspensions }),
    ...(Object.keys(leases).length > 0 && { leases }),
    ...(hold && { hold }),
    ...(loop?.specError !== undefined && { specError: loop.specError }),
  };
}

/** What a fleet run keeps for the next. */
type Kept = Awaited<ReturnType<LoopStore["load"]>>;

/** What holds the whole fleet: by the fleet run that answers, else by the last, and the next begins with that. */
export function fleetHold(loop: FleetStatus | undefined, kept: Kept | undefined): Hold | undefined {
  if (loop !== undefined) return loop.hold;
  const hold = kept?.known?.hold;
  return hold === undefined || isConfirmed(hold, kept?.suspensions.confirmed) ? undefined : hold;
}

async function keptIn({ clock }: Program, output: Output, folder: string): Promise<Kept | undefined> {
  try {
    return await fileStore({ folder, clock, onTrouble: () => undefined }).load();
  } catch (error) {
    if (!isFleetError(error)) throw error;
    if (error.code !== "Forbidden") output.note(`${output.errorPaint("warning", "note:")} ${error.message}\n`);
    return undefined;
  }
}

function activeSuspensions({ suspensions }: Kept, now: number): Readonly<Record<string, Suspension>> {
  const names = Object.keys(suspensions.instances);
  return Object.fromEntries(
    names.flatMap((name) => {
      const active = activeSuspension(suspensions, name, now);
      return active === undefined ? [] : [[name, active]];
    }),
  );
}

/** In use now, by instance, as the journal says: whoever keeps the fleet wrote it down. */
export async function leasesIn(
  { clock }: Program,
  folder: string,
): Promise<Readonly<Record<string, readonly LeaseRecord[]>>> {
  try {
    const leases = await readLeases(journalFolder(folder), clock.now());
    const names = [...new Set(leases.map(({ instance }) => instance))].sort();
    return Object.fromEntries(names.map((name) => [name, leases.filter(({ instance }) => instance === name)]));
  } catch (error) {
    if (!isFleetError(error)) throw error;
    return {};
  }
}

/** All that are in use now, of a fleet that nobody else may change meanwhile. */
export async function leasesOf(
  program: Program,
  options: StateOptions & EngineOptions,
  fleet: string,
): Promise<readonly LeaseRecord[]> {
  const folder = stateFolderOf(program, options, fleet);
  return folder === undefined ? [] : Object.values(await leasesIn(program, folder)).flat();
}

/** `suspended until 15:02 by alice@box: looking at a leak`. */
export function suspensionText({ until, by, reason }: Suspension, now: number): string {
  return `suspended ${until === undefined ? "" : `until ${clockTime(until, now)} `}by ${by}: ${reason}`;
}

/** A line for each; empty when nothing is held. */
export function renderHolds(
  { suspensions = {}, leases = {}, hold, specError }: Holds,
  { paint }: Output,
  now: number,
): string {
  const mark = paint("warning", "held:");
  const lines = [
    ...(hold === undefined ? [] : [`${mark} the whole fleet: ${hold.message}; ${hold.hint ?? ""}`]),
    ...(specError === undefined ? [] : [`${mark} fleet run follows the last good fleet file: ${specError}`]),
    ...Object.entries(suspensions).map(
      ([name, suspension]) => `${mark} ${name} is ${suspensionText(suspension, now)}; fleet resume ${name} ends it`,
    ),
    ...Object.entries(leases).map(([name, held]) => `${mark} ${name} is in use: ${describeLeases(held, now)}`),
  ];
  return lines.length === 0 ? "" : `\n${lines.map((line) => `${line.replace(/; $/, "")}\n`).join("")}`;
}
