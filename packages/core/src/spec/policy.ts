import type { InstanceSpec } from "./instance.ts";

/** Fleet-wide rules, as resolved from `spec.policy`. */
export interface FleetPolicy {
  /** What becomes of a container of this fleet whose instance is no longer in the spec. Default `report`. */
  readonly orphans: "report" | "remove";
  /** Whether a container without our labels that has an instance's name may be replaced by ours. Default `never`. */
  readonly adopt: "never" | "byName";
  /** How many instances may act at the same time. Default 4. */
  readonly concurrency: number;
}

/** A whole fleet, resolved: what every later step takes. */
export interface ResolvedFleet {
  readonly name: string;
  readonly policy: FleetPolicy;
  /** Sorted by name. */
  readonly instances: readonly InstanceSpec[];
}
