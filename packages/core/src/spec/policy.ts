import type { InstanceSpec } from "./instance.ts";

/** Fleet-wide rules, as resolved from `spec.policy`. */
export interface FleetPolicy {
  /** What becomes of a container of this fleet whose instance is no longer in the spec. Default `report`. */
  readonly orphans: "report" | "remove";
  /** Whether a container without our labels that has an instance's name may be replaced by ours. Default `never`. */
  readonly adopt: "never" | "byName";
  /** How many instances may act at the same time. Default 16. */
  readonly concurrency: number;
  /** `observe`: the loop only reports. Default `converge`. */
  readonly mode: "converge" | "observe";
  /** How many instances may be restarted or replaced while they run, at the same time, by the loop. Default 1. */
  readonly maxUnavailable: number;
  /** Whether a busy container is left alone for as long as it is busy, or until `drainTimeout` has passed. Default `defer`. */
  readonly whenBusy: "defer" | "force";
  /** Milliseconds that work inside a container may go on once it is to be restarted, replaced or removed. Default 10 min. */
  readonly drainTimeout: number;
  readonly backoff: BackoffPolicy;
  /** Milliseconds between two lists that find what no event told. Default 10 s. */
  readonly resync: number;
  /** Milliseconds between two looks at everything. Default 10 min. */
  readonly deepResync: number;
  /** Milliseconds that a container which somebody stopped stays stopped. Default 10 s. */
  readonly stopGrace: number;
  readonly breaker: BreakerPolicy;
}

/** Waits between tries at a container that does not stay up. Milliseconds. */
export interface BackoffPolicy {
  /** After the first. Default 1 s. */
  readonly base: number;
  /** Each wait is so many times the one before. Default 2. */
  readonly factor: number;
  /** No wait is longer. Default 5 min. */
  readonly cap: number;
  /** A container that ran for so long is stable: the next wait is the first again. Default 10 min. */
  readonly reset: number;
}

/** When so much vanishes at once that somebody must have meant it, or something is badly wrong: nothing is done. */
export interface BreakerPolicy {
  /** Percent of the instances that were there; more than so many missing holds everything. 100 switches it off. Default 50. */
  readonly missing: number;
  /** Milliseconds that count as "at once". Default 10 s. */
  readonly window: number;
}

/** What the loop does about each kind of trouble; `report` only says so. */
export interface HealPolicy {
  /** No container stands for the instance. Default `create`. */
  readonly missing: "create" | "report";
  /** It exited, is dead, or was created and never started. Default `start`. */
  readonly stopped: "start" | "report";
  /** Default `unpause`. */
  readonly paused: "unpause" | "report";
  /** Its health check fails. Default `restart`. */
  readonly unhealthy: "restart" | "report";
  /** Fields differ from the spec. Default `mend`. */
  readonly drift: "mend" | "report";
  /** A source is missing or has another owner or mode; `ownership.repair` narrows it down. Default `mend`. */
  readonly ownership: "mend" | "report";
  /** A source was replaced under the running container. Default `report`, since only a restart mends it. */
  readonly staleMount: "restart" | "report";
}

/** A whole fleet, resolved: what every later step takes. */
export interface ResolvedFleet {
  readonly name: string;
  readonly policy: FleetPolicy;
  /** Sorted by name. */
  readonly instances: readonly InstanceSpec[];
}
