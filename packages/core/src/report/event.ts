import type { ErrorCode } from "../errors.ts";
import type { Action } from "../plan/action.ts";
import type { BlockReason, Reason } from "../plan/reason.ts";

/** What the loop tells the outside, in the order in which it happened. */
export interface FleetEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: EventReason;
  /** Absent for what concerns the whole fleet. */
  readonly instance?: string;
  /** One sentence for people; holds no secret. */
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly action?: ActionReport;
}

/** One that concerns an instance. */
export type InstanceEvent = FleetEvent & { readonly instance: string };

/** One action's part of an event. */
export interface ActionReport {
  readonly kind: Action["kind"];
  /** In a few words: `create container web.next`. */
  readonly description: string;
  readonly reason: Reason;
  readonly causes: readonly string[];
  /** Milliseconds; on the events that end an action. */
  readonly duration?: number;
  readonly error?: { readonly code: ErrorCode; readonly message: string };
}

export type EventReason =
  | "ActionStarted"
  | "ActionDone"
  | "ActionFailed"
  | "Settled"
  | "BackingOff"
  | "Stalled"
  | "Retired"
  /** What befell a container, as a look or the engine's events found it. */
  | "ContainerVanished"
  | "ContainerStoppedOutside"
  | "ContainerExited"
  | "ContainerPaused"
  | "ContainerDead"
  | "OutOfMemory"
  | "Unhealthy"
  | "StaleMount"
  /** It was started again and again, or vanished again and again, within a short time. */
  | "CrashLoop"
  | "Flapping"
  /** Something would be done, and the policy says to report it only. */
  | "Withheld"
  | "LeaseExpired"
  | "Suspended"
  | "Resumed"
  /** Everything is held until somebody confirms. */
  | "Held"
  | "Confirmed"
  | "EngineUnreachable"
  | "EngineReachable"
  | "EngineChanged"
  | "SpecChanged"
  | "SpecInvalid"
  | "LoopStarted"
  | "LoopStopped"
  | BlockReason;
