import type { FleetStatus, Hold, InstancePlan, InstanceSpec, InstanceStatus } from "@fleet/core";
import type { Evidence, LeaseRecord, LockHolder, Suspension } from "@fleet/runner";
import type { InstanceStatus as SeenStatus } from "../status/report.ts";

/** Why an instance is as it is, as one document. */
export interface Explanation {
  readonly schema: "fleet.explain/v1";
  readonly fleet: string;
  readonly instance: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Who says how it is: a running `fleet run`, or a look at the engine. */
  readonly source: "loop" | "look";
  /** Absent for one that is no longer in the fleet file; null when that was not read. */
  readonly desired?: {
    readonly container: string;
    /** Empty when it takes something that is not set. */
    readonly image: string;
    readonly lifecycle: InstanceSpec["lifecycle"]["kind"];
    readonly dependsOn: readonly string[];
  } | null;
  /** Why nobody can tell what differs; absent when a fleet run or the fleet file does. */
  readonly untold?: string;
  /** What fleet run says; without one, what a look found. */
  readonly status?: InstanceStatus;
  readonly seen?: SeenStatus;
  readonly plan: InstancePlan | null;
  /** Who alone may change the fleet at present, and answers nobody. */
  readonly holder?: LockHolder;
  readonly suspension?: Suspension;
  /** Who uses it, by the journal; absent when nobody does. */
  readonly leases?: readonly LeaseRecord[];
  /** What holds this instance or the whole fleet, as fleet run says, or as the last one left it. */
  readonly hold?: Hold;
  readonly specError?: string;
  readonly engine: Pick<FleetStatus["engine"], "address" | "reachable" | "error">;
  /** What befell it last. */
  readonly trouble?: { readonly at: number; readonly message: string; readonly evidence?: Evidence };
  /** What was done to it last. */
  readonly last?: NonNullable<InstanceStatus["last"]>;
  readonly next?: NonNullable<InstanceStatus["next"]>;
}
