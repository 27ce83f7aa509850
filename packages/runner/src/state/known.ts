import { join } from "node:path";
import { hostError } from "@fleet/core";
import { readOptional, replaceFile } from "./atomic-file.ts";

const schema = "fleet.known/v1";

/** The instances that were seen to exist, so that a loop knows what went missing while it was away. @inline */
export interface Known {
  readonly engineId: string;
  /** Sorted. */
  readonly instances: readonly string[];
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

export async function writeKnown(folder: string, { engineId, instances }: Known): Promise<void> {
  const path = knownPath(folder);
  try {
    await replaceFile(path, `${JSON.stringify({ schema, engineId, instances: [...instances].sort() })}\n`);
  } catch (error) {
    throw hostError(error, `cannot write ${path}`, "Permit the user that runs this to write there.");
  }
}

function knownPath(folder: string): string {
  return join(folder, "known.json");
}

function parse(text: string): Known | undefined {
  try {
    const { schema: found, engineId, instances } = JSON.parse(text);
    const names = Array.isArray(instances) && instances.every((name) => typeof name === "string");
    return found === schema && typeof engineId === "string" && names ? { engineId, instances } : undefined;
  } catch {
    return undefined;
  }
}
