import { type FleetStatus, isFleetError } from "@fleet/core";
import { fileStore } from "@fleet/runner";
import type { Program } from "../program.ts";

/** The instances that the state in `folder` and the fleet run that keeps it speak of, in any order. */
export async function knownInstances(
  { clock }: Program,
  folder: string | undefined,
  loop: FleetStatus | undefined,
): Promise<readonly string[]> {
  const names = loop?.instances.map(({ instance }) => instance) ?? [];
  if (folder === undefined) return names;
  try {
    const { suspensions, known } = await fileStore({ folder, clock, onTrouble: () => undefined }).load();
    return [...new Set([...names, ...Object.keys(suspensions.instances), ...(known?.instances ?? [])])];
  } catch (error) {
    if (!isFleetError(error)) throw error;
    return names;
  }
}
