/**
 * `NotReady` an instance does not do its work · `Stalled` nothing more happens to it without a person or a new spec ·
 * `EngineUnreachable` the engine does not answer · `Held` nothing is done until somebody confirms: then no instance is told
 * of by itself · `SpecInvalid` the last spec that was offered does not hold, and the last good one stays.
 */
export type Problem = "NotReady" | "Stalled" | "EngineUnreachable" | "Held" | "SpecInvalid";

/** What is told to whoever wants to know of lasting problems: one when it has begun, one when it is over. */
export interface Alert {
  readonly schema: "fleet.alert/v1";
  readonly fleet: string;
  /** Absent for what concerns the whole fleet. */
  readonly instance?: string;
  readonly problem: Problem;
  readonly state: "begun" | "ended";
  /** When the problem began, also in the alert that ends it. Milliseconds since the epoch. */
  readonly since: number;
  /** One sentence; holds no secret. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}
