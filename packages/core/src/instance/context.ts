import type { FleetError } from "../errors.ts";
import type { Observation } from "../observe/observation.ts";
import type { Action } from "../plan/action.ts";
import type { Readiness } from "../plan/lifecycle.ts";
import type { InstancePlan } from "../plan/plan.ts";
import type { RestReason } from "../report/event.ts";
import type { Hold } from "../report/hold.ts";
import type { InstanceSpec } from "../spec/instance.ts";
import type { FleetPolicy } from "../spec/policy.ts";
import type { Backoff } from "./backoff.ts";
import type { Decision } from "./decide.ts";
import type { InstanceEffects } from "./instance.ts";

/** How patient the machine is. Milliseconds. */
export interface Patience {
  readonly backoff: Backoff;
  /** Acts that fail, one after another, before it stalls. */
  readonly maxFailures: number;
  /** Starts of a container that exits again before it stalls. */
  readonly maxStarts: number;
  /** Until another look while something is under way on the engine's side. */
  readonly recheck: number;
  /** Until another look while nobody answers. */
  readonly away: number;
  /** How long something may be under way on the engine's side before that needs a person. */
  readonly waitAtMost: number;
  /** A container that ran for so long is stable: earlier tries are forgotten. */
  readonly stableAfter: number;
}

/** What an instance begins with. */
export interface InstanceInput {
  readonly name: string;
  /** Absent: the instance is to be removed. */
  readonly spec?: InstanceSpec;
  readonly policy: FleetPolicy;
  /** Whether the policy says what is mended, as in the loop; a person's apply mends everything. */
  readonly healing: boolean;
  readonly patience: Patience;
  /** Why an instance without a spec is removed. */
  readonly removal?: "Orphaned" | "Destroyed";
}

/** What a look gives: the world, and which dependencies are not yet as this instance needs them. */
export interface Outlook {
  readonly observation: Observation;
  readonly waitingFor: readonly string[];
  /** Why nothing may be done now. */
  readonly hold?: Hold;
}

/** The host's permission to act now; the machine gives it back. */
export interface Turn {
  /** Once is enough. */
  readonly release: () => void;
}

/** What a spec that changed brings. */
export type Desired = Pick<InstanceInput, "spec" | "policy" | "patience" | "removal">;

export interface MachineInput extends InstanceInput {
  readonly effects: InstanceEffects;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

export interface InstanceContext extends MachineInput {
  /** Until it rests: what was observed may be large, and is old by the time of the next decision. */
  readonly outlook: Outlook | null;
  /** By the last look. */
  readonly waitingFor: readonly string[];
  readonly hold: Hold | undefined;
  /** When that was. Milliseconds since the epoch. */
  readonly seenAt: number;
  readonly plan: InstancePlan | null;
  readonly readiness: Readiness;
  readonly decision: Decision | null;
  /** What a person's apply would do, and the loop does not. */
  readonly withheld: readonly Action[];
  /** Tries since the container last ran for a while: acts that failed, and starts of one that had exited. */
  readonly attempts: number;
  /** Acts that failed, one after another. */
  readonly failures: number;
  /** When the last act ended, and when the next try may begin. Monotonic milliseconds. */
  readonly triedAt: number;
  readonly retryAt: number;
  /** Since when something is under way on the engine's side; null while nothing is. Monotonic milliseconds. */
  readonly waitingSince: number | null;
  /** What the last act failed with, or that it changed nothing; null after one that worked. */
  readonly error: FleetError | null;
  /** What the last look failed with: nothing is known now. */
  readonly lookError: FleetError | null;
  /** What the last act was to mend, until a look has seen whether it did. */
  readonly mended: string | null;
  readonly failedReplacement: string | null;
  /** Something happened since the look began, so what it found may be old. */
  readonly woken: boolean;
  /** Looks since it last rested or acted. */
  readonly looks: number;
  readonly turn: Turn | null;
  /** The spec changed during the act under way. */
  readonly outdated: boolean;
  /** The last report, so that a lasting state is said once. */
  readonly said: string | null;
  /** Acts that went through. */
  readonly acts: number;
}

/**
 * `WAKE` something may have happened: look again · `RETRY` and forget what failed before · `DESIRE` the spec changed ·
 * `BEGUN` the look asks its first question now: it sees what happened until then.
 */
export type MachineEvent =
  | { readonly type: "WAKE" }
  | { readonly type: "RETRY" }
  | { readonly type: "BEGUN" }
  | { readonly type: "DESIRE"; readonly desired: Desired };

/** What the machine says happened; the host adds time and sends it on. */
export interface InstanceReport {
  readonly type: "report";
  readonly severity: "Normal" | "Warning";
  readonly reason: RestReason;
  readonly message: string;
}
