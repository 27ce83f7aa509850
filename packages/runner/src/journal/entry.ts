import type { Condition, ContainerObservation, EngineEvent, EventReason, FleetEvent, InstancePlan } from "@fleet/core";
import type { LeaseChange, LeaseRecord } from "../lease/lease.ts";

/** One line of the journal. */
export type JournalEntry = (JournalRecord | LostRecord) & {
  /** One more than the entry before, over restarts too; a `lost` entry has the last number of what it stands for. */
  readonly seq: number;
};

/** The journal's own: these entries were given numbers and are not there. `at` is when the last of them was. */
export interface LostRecord {
  readonly at: number;
  readonly instance?: never;
  readonly kind: "lost";
  /** The first and the last number, and how many that is. */
  readonly first: number;
  readonly last: number;
  readonly count: number;
}

/** What is written down; `at` is milliseconds since the epoch, `instance` is absent for what concerns the whole fleet. */
export type JournalRecord = {
  readonly at: number;
  readonly instance?: string;
} & JournalFact;

/** What one line tells. */
export type JournalFact =
  /**
   * The loop says something: what is shown to people and sent on. An action's `ActionStarted` stands before its call is
   * sent, its `ActionDone` or `ActionFailed` after.
   */
  | { readonly kind: "event"; readonly event: FleetEvent }
  /** The engine said something about a container of ours. */
  | { readonly kind: "observed"; readonly event: EngineEvent }
  /** What was there when trouble was found, before it is healed. */
  | { readonly kind: "evidence"; readonly evidence: Evidence }
  /** What a look led to, when it led to something new. */
  | { readonly kind: "plan"; readonly plan: InstancePlan }
  /** What became of a lease. */
  | { readonly kind: "lease"; readonly change: LeaseChange; readonly lease: LeaseRecord }
  /** A condition has another status or reason than before. */
  | { readonly kind: "condition"; readonly condition: Condition }
  /** The loop began or ended. */
  | { readonly kind: "run"; readonly what: "started" | "stopped"; readonly pid: number; readonly version: string };

/** What is left of a container when trouble is found. */
export interface Evidence {
  readonly reason: EventReason;
  /**
   * As it is, with the last of its health check; for one that vanished as it was last seen, and absent when it never was.
   * Env values are left out.
   */
  readonly container?: EvidenceContainer;
  /** The last of its output, at most 4 KiB; absent when it could not be read. */
  readonly log?: string;
  /** What the engine said about this container in the last minute, and was not told with earlier trouble; oldest first. */
  readonly events: readonly EngineEvent[];
}

/** A container without its configuration and labels, which may hold secrets. */
export type EvidenceContainer = Pick<ContainerObservation, "id" | "name" | "imageId" | "createdAt" | "state">;
