import type { FleetSpec } from "@fleet/core";

/** The spec as it is given: a misspelt or wrong field in it does not compile. */
export function defineFleet(spec: FleetSpec): FleetSpec {
  return spec;
}
