import type { EventReason } from "./event.ts";

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

/**
 * `Ready` it does its work · `Synced` it is as its spec says · `Progressing` something is being done or will be by
 * itself · `Stalled` nothing more happens without a person or a new spec.
 */
export type ConditionType = "Ready" | "Synced" | "Progressing" | "Stalled";

/** Those of the events that last, and the plain states. */
export type ConditionReason =
  | EventReason
  | "InSync"
  | "Differs"
  | "Running"
  | "NotRunning"
  | "Acting"
  | "Waiting"
  | "Idle";
