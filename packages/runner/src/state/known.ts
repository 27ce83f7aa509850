import { join } from "node:path";
import { type Hold, hostError } from "@fleet/core";
import { readOptional, replaceFile } from "./atomic-file.ts";
import type { Confirmation } from "./suspensions.ts";

const schema = "fleet.known/v1";

/** The instances that were seen to exist, so that a loop knows what went missing while it was away. @inline */
export interface Known {
  readonly engineId: string;
  /** Sorted. */
  readonly instances: readonly string[];
  /** What held the whole fleet: what is missing may be fewer by the next run, and nobody has said to go on. */
  readonly hold?: FleetHold;
}

/** What holds the whole fleet. */
export interface FleetHold extends Hold {
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** Whether somebody has ended a hold since it began. Pure. */
export function isConfirmed({ since }: FleetHold, confirmed: Confirmation | undefined): confirmed is Confirmation {
  return confirmed !== undefined && confirmed.at >= since;
}

/** Undefined when none were ever written down, or the file holds something else: then nothing is known. */
export async function readKnown(folder: string): Promise<Known | undefined> {
  const path = knownPath(folder);
  let text: string | undefined;
  try {
    text = await readOptional(path);
  } catch (error) {
    throw hostError(error, `cannot read ${path}`, "Permit the user that runs this to read it.");
  }
  return text === undefined ? undefined : parse(text);
}

export async function writeKnown(folder: string, { engineId, instances, hold }: Known): Promise<void> {
  const path = knownPath(folder);
  try {
    await replaceFile(path, `${JSON.stringify({ schema, engineId, instances: [...instances].sort(), hold })}\n`);
  } catch (error) {
    throw hostError(error, `cannot write ${path}`, "Permit the user that runs this to write there.");
  }
}

function knownPath(folder: string): string {
  return join(folder, "known.json");
}

function parse(text: string): Known | undefined {
  try {
    const { schema: found, engineId, instances, hold } = JSON.parse(text);
    const names = Array.isArray(instances) && instances.every((name) => typeof name === "string");
    if (found !== schema || typeof engineId !== "string" || !names) return undefined;
    // Earlier versions kept none.
    if (hold === undefined) return { engineId, instances };
    return isFleetHold(hold) ? { engineId, instances, hold } : undefined;
  } catch {
    return undefined;
  }
}

function isFleetHold({ kind, message, hint, since }: Partial<Record<keyof FleetHold, unknown>>): boolean {
  const texts = typeof message === "string" && (hint === undefined || typeof hint === "string");
  return kind === "Breaker" && texts && Number.isFinite(since);
}
