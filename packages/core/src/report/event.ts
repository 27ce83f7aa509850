import type { ErrorCode } from "../errors.ts";
import type { Action } from "../plan/action.ts";
import type { Reason } from "../plan/reason.ts";

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
  /** Field paths behind it, sorted. */
  readonly causes: readonly string[];
  /** Milliseconds; on the events that end an action. */
  readonly duration?: number;
  /** Id of the container that it made; on the event that ends a creation. */
  readonly created?: string;
  readonly error?: { readonly code: ErrorCode; readonly message: string };
}

/** What happened, as a closed set. */
export type EventReason = ActReason | RestReason | TroubleReason | LoopReason;

/** Said of each action, by an apply and by the loop. */
export type ActReason =
  /** Its call is about to be sent. */
  | "ActionStarted"
  /** It went through. A warning when a person should know something about it. */
  | "ActionDone"
  /** It did not; `action.error` says why. A warning. */
  | "ActionFailed";

/** Said by an instance when it comes to rest, in an apply and in the loop; once, however often it is looked at. */
export type RestReason =
  /** Nothing more is to be done. */
  | "Settled"
  /** What was tried did not last: it is tried again after a wait. A warning. */
  | "BackingOff"
  /** Nothing more happens without a person or a new spec. A warning. */
  | "Stalled"
  /** A person said hands off. */
  | "Suspended"
  /** It is to go, and its container is gone. */
  | "Retired"
  /** Nobody answers. A warning. In an apply alone: the loop says it once for the whole fleet. */
  | "EngineUnreachable";

/** Said by the loop of what befell a container, as a look or the engine's events show it. Warnings all. */
export type TroubleReason =
  /** It is gone, and not by an act of ours. */
  | "ContainerVanished"
  /** Somebody stopped it. */
  | "ContainerStoppedOutside"
  /** Its main program ended. */
  | "ContainerExited"
  /** It was started again, and not by fleet: by the engine's own restart policy when its program had ended, or by somebody. */
  | "ContainerRestarted"
  /** Somebody paused it. */
  | "ContainerPaused"
  /** The engine calls it dead. */
  | "ContainerDead"
  /** The kernel killed it for want of memory. */
  | "OutOfMemory"
  /** Its health check fails. */
  | "Unhealthy"
  /** A source was replaced under it: it still sees the old one. */
  | "StaleMount"
  /** It is no longer as it was made, and the spec is the same: somebody changed it, its image's tag, or its source. */
  | "Drifted";

/** Said by the loop of itself, of the whole fleet, and of what people and programs do to an instance. */
export type LoopReason =
  /** The loop has begun. */
  | "LoopStarted"
  /** The loop ends. A warning when nobody asked for it. */
  | "LoopStopped"
  /** Another spec is followed from now on. */
  | "SpecChanged"
  /** A new spec does not hold: the last good one stays. A warning. */
  | "SpecInvalid"
  /** Nobody answers: nothing is known, and nothing is done. A warning. */
  | "EngineUnreachable"
  /** The engine answers again. */
  | "EngineReachable"
  /** Another engine answers at the same address: nothing is done until somebody confirms. A warning. */
  | "EngineChanged"
  /** Too much went missing at once, or the spec has become empty: nothing is done until somebody confirms. A warning. */
  | "Held"
  /** What held the whole fleet is over. */
  | "Confirmed"
  /** Something would be done about an instance, and the policy leaves it to a person. A warning. */
  | "Withheld"
  /** A lease was not renewed in time. A warning. */
  | "LeaseExpired"
  /** A suspension was ended. */
  | "Resumed";
