import type { FleetError } from "../errors.ts";
import type { Observation } from "../observe/observation.ts";
import type { Readiness } from "../plan/lifecycle.ts";
import type { InstancePlan } from "../plan/plan.ts";
import type { EventReason } from "../report/event.ts";
import type { InstanceSpec } from "../spec/instance.ts";
import type { FleetPolicy } from "../spec/policy.ts";
import type { Backoff } from "./backoff.ts";
import type { Decision } from "./decide.ts";

/** How patient the machine is. Milliseconds. */
export interface Patience {
  readonly backoff: Backoff;
  /** Tries before it stalls. */
  readonly maxAttempts: number;
  /** Until another look while something is under way on the engine's side. */
  readonly recheck: number;
  /** A container that ran for so long is stable: earlier tries are forgotten. */
  readonly stableAfter: number;
}

export interface InstanceInput {
  readonly name: string;
  /** Absent: the instance is to be removed. */
  readonly spec?: InstanceSpec;
  readonly policy: FleetPolicy;
  readonly patience: Patience;
  /** Why an instance without a spec is removed. */
  readonly removal?: "Orphaned" | "Destroyed";
}

/** What a look gives: the world, and which dependencies are not yet as this instance needs them. */
export interface Outlook {
  readonly observation: Observation;
  readonly waitingFor: readonly string[];
}

/** The host's permission to act now; the machine gives it back. */
export interface Turn {
  readonly release: () => void;
}

export interface InstanceContext extends InstanceInput {
  readonly outlook: Outlook | null;
  readonly plan: InstancePlan | null;
  readonly readiness: Readiness;
  readonly decision: Decision | null;
  readonly attempts: number;
  /** What the last act failed with, or that it changed nothing; null after one that worked. */
  readonly error: FleetError | null;
  /** What the last look failed with: nothing is known now. */
  readonly lookError: FleetError | null;
  /** What the last act was to mend, until a look has seen whether it did. */
  readonly mended: string | null;
  readonly cooled: boolean;
  readonly failedReplacement: string | null;
  /** Something happened since the look began, so what it found may be old. */
  readonly woken: boolean;
  readonly turn: Turn | null;
  /** The last report, so that a lasting state is said once. */
  readonly said: string | null;
  /** Acts that went through. */
  readonly acts: number;
}

export type InstanceEvent = { readonly type: "WAKE" };

/** What the machine says happened; the host adds time and sends it on. */
export interface InstanceReport {
  readonly type: "report";
  readonly severity: "Normal" | "Warning";
  readonly reason: EventReason;
  readonly message: string;
}
