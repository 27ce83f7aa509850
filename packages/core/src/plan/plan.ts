import type { Drift, Remedy } from "../diff/drift.ts";
import type { Action } from "./action.ts";
import type { BlockReason } from "./reason.ts";

/** What would change, and why: data, the same for the same input. */
export interface Plan {
  readonly schema: "fleet.plan/v1";
  readonly fleet: string;
  readonly engine: { readonly id: string; readonly version: string; readonly address: string };
  /** Twelve hex digits over what follows, save who is inside: equal plans have equal bases. */
  readonly basis: string;
  /** In the order in which they would act: dependencies first, then by name. */
  readonly instances: readonly InstancePlan[];
  readonly summary: PlanSummary;
}

/**
 * `inSync` nothing to do · `pending` actions to take · `blocked` there is something to do and it cannot be done now;
 * what can be done without it is still in `actions` · `reported` an orphan that the policy leaves alone.
 */
export type InstanceVerdict = "inSync" | "pending" | "blocked" | "reported";

/** What would change about one instance, and what is in the way. */
export interface InstancePlan {
  readonly instance: string;
  /** Container name. */
  readonly container: string;
  readonly verdict: InstanceVerdict;
  /** The costliest remedy among drifts and actions; `none` when in sync. */
  readonly remedy: Remedy;
  /** Sorted by path. */
  readonly drifts: readonly Drift[];
  /** In order. Something that several instances need (an image, a volume, a source) is listed with the first of them. */
  readonly actions: readonly Action[];
  readonly blocks: readonly Block[];
  /** Absent when the actions cut nothing, or nobody was asked who is inside. No part of the basis. */
  readonly busy?: Busy;
}

/** Work inside that an instance's actions would cut. */
export interface Busy {
  /** Who it is: `1 task inside (task-4711, 3m)`, `2 running execs inside`. */
  readonly message: string;
  /** Milliseconds that an apply waits before it cuts the work all the same; 0 at once, absent never. */
  readonly cutAfter?: number;
}

/** Why something that should be done cannot be done now. */
export interface Block {
  readonly reason: BlockReason;
  /** One sentence: what is in the way. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
  /** Whether waiting may be enough. */
  readonly waits: boolean;
}

/** How many instances are what; each is counted once. */
export interface PlanSummary {
  readonly inSync: number;
  readonly create: number;
  readonly replace: number;
  readonly restart: number;
  readonly update: number;
  /** Instances whose container stays and whose sources are mended. */
  readonly repair: number;
  readonly remove: number;
  readonly blocked: number;
  readonly reported: number;
}
