/** Somebody's promise that a container is in use: until it ends, nothing that would cut the work happens to it. */
export interface LeaseRecord {
  /** Unique. */
  readonly id: string;
  readonly instance: string;
  /** Who, for people: `task-4711`. */
  readonly holder: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** Milliseconds since the epoch: it ends then, unless it is renewed. */
  readonly until: number;
}

/** What became of a lease, as the journal has it. */
export type LeaseChange = "taken" | "renewed" | "released" | "expired";
