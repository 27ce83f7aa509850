import type { BlockReason } from "../plan/reason.ts";

/** One lasting statement about an instance, that people and programs can wait for. */
export interface Condition {
  readonly type: ConditionType;
  readonly status: "true" | "false" | "unknown";
  readonly reason: ConditionReason;
  /** One sentence; holds no secret. */
  readonly message: string;
  /** Milliseconds since the epoch: when `status` last changed. */
  readonly since: number;
}

/** What is stated. */
export type ConditionType =
  /** It does its work. */
  | "Ready"
  /** It is as its spec says. */
  | "Synced"
  /** Something is being done, or will be by itself. */
  | "Progressing"
  /** Nothing more happens without a person or a new spec. */
  | "Stalled";

/** Why a condition is as it is, as a closed set. */
export type ConditionReason = ReadyReason | SyncedReason | ProgressingReason | StalledReason;

/** Of the condition `Ready`: it does its work. */
export type ReadyReason =
  /** `true`: it runs, and is healthy where it has a check; or it is a one-shot that is done. */
  | "Running"
  /** `true`: it is lazy, and nobody uses it. */
  | "Idle"
  /** `false`: it does not run, or not yet; or the engine has just restarted it. */
  | "NotRunning"
  /** `false`: its health check fails. */
  | "Unhealthy"
  /** `false`: it was started again and again, by the loop or by the engine's own policy, and does not stay up. */
  | "CrashLoop"
  /** As it is now, after it went away again and again within a short while. */
  | "Flapping"
  /** `false`: its container is gone, as it should be. */
  | "Retired"
  /** `unknown`: nobody answers. */
  | "EngineUnreachable"
  /** `unknown`: it has not been looked at yet. */
  | "Waiting";

/** Of the condition `Synced`: it is as its spec says. */
export type SyncedReason =
  /** `true`. */
  | "InSync"
  /** `false`: something is to be mended. */
  | "Differs"
  /** `false`: something is to be mended, and the policy leaves it to a person. */
  | "Withheld"
  /** `false`: something is in the way. */
  | BlockReason
  /** `unknown`: it has not been looked at, or nobody answers. */
  | "Waiting";

/** Of the condition `Progressing`: something is being done, or will be by itself. */
export type ProgressingReason =
  /** `true`: it is looked at, acted on, or next in turn. */
  | "Acting"
  /** `true`: what was tried did not last, and is tried again after a wait. */
  | "BackingOff"
  /** `true`: for a dependency, work inside, a hold, the engine, or its own health check. */
  | "Waiting"
  /** `false`: a person said hands off. */
  | "Suspended"
  /** `false`: nothing is to be done, or nothing happens by itself. */
  | "Idle";

/** Of the condition `Stalled`: nothing more happens without a person or a new spec. */
export type StalledReason =
  /** `true`. */
  | "Stalled"
  /** `false`. */
  | "Idle";
