import { didYouMean, FleetError, type ResolvedFleet } from "@fleet/core";

/** The instances that `--target` names; undefined is all of them. `NotFound` for a name that the fleet has not. */
export function selectTargets(
  fleet: ResolvedFleet,
  names: readonly string[],
  others: readonly string[] = [],
): ReadonlySet<string> | undefined {
  if (names.length === 0) return undefined;
  const known = [...new Set([...fleet.instances.map((instance) => instance.name), ...others])].sort();
  for (const name of names) {
    if (known.includes(name)) continue;
    throw new FleetError("NotFound", `fleet ${fleet.name} has no instance ${name}`, {
      hint: didYouMean(name, known) ?? (known.length === 0 ? "it has none" : `its instances are ${known.join(", ")}`),
    });
  }
  return new Set(names);
}
