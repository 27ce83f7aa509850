import type { ErrorCode } from "../errors.ts";
import type { Phase } from "../instance/instance.ts";
import type { Action } from "../plan/action.ts";
import type { InstancePlan } from "../plan/plan.ts";
import type { Condition } from "./condition.ts";
import type { ActionReport } from "./event.ts";
import type { Hold } from "./hold.ts";

/** How the loop sees a fleet: from memory, no engine is asked. */
export interface FleetStatus {
  readonly schema: "fleet.loop/v1";
  readonly fleet: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly engine: {
    readonly address: string;
    readonly reachable: boolean;
    /** Why it does not answer; absent while it does, and until it was asked. */
    readonly error?: string;
    /** Absent until it has answered once. */
    readonly id?: string;
    readonly version?: string;
  };
  /** The first full look is done and the engine is reachable. */
  readonly ready: boolean;
  readonly mode: "converge" | "observe";
  /** Why nothing at all is done at present. */
  readonly hold?: Hold;
  /** The last spec that was offered was refused: this one is the last good one. */
  readonly specError?: string;
  /** Sorted by name. */
  readonly instances: readonly InstanceStatus[];
}

/** How the loop sees one instance. */
export interface InstanceStatus {
  readonly instance: string;
  /** Container name. */
  readonly container: string;
  /** 64 hex digits; absent while there is no container. */
  readonly id?: string;
  readonly phase: Phase;
  /** `running`, `healthy`, `exited 137`, `missing`, … */
  readonly state: string;
  /** Ready, Synced, Progressing, Stalled, in this order. */
  readonly conditions: readonly Condition[];
  /** What the last look asks for, as far as the policy allows it; null before the first. */
  readonly plan: InstancePlan | null;
  /** What a person's apply would do, and the loop does not. */
  readonly withheld: readonly Action[];
  /** Tries since it last ran for a while. */
  readonly attempts: number;
  readonly hold?: Hold;
  /** Who uses it, oldest first. */
  readonly leases: readonly LeaseStatus[];
  /** It takes no more work, as somebody asked. */
  readonly draining?: true;
  /** What was last done to it. */
  readonly last?: { readonly at: number; readonly action: ActionReport };
  /** What happens by itself, and when. Milliseconds since the epoch. */
  readonly next?: { readonly at: number; readonly what: string };
  readonly error?: { readonly code: ErrorCode; readonly message: string; readonly hint?: string };
}

/** Somebody's promise that a container is in use. Milliseconds since the epoch. */
export interface LeaseStatus {
  readonly holder: string;
  readonly since: number;
  /** It ends then, unless it is renewed. */
  readonly until: number;
}
