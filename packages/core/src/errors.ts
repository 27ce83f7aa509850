/**
 * What went wrong, as a closed set. The first group is what an engine or a host answered; the second is ours.
 *
 * - `NotFound` the thing is not there · `Conflict` a name, port or state is taken · `InProgress` the engine is already doing it
 * - `Refused` the engine understood and will not (bad runtime state, start failure) · `Invalid` the request itself is wrong
 * - `Unreachable` nobody answers · `Timeout` the call's own deadline passed: the outcome is unknown
 * - `Forbidden` not allowed, by the engine, a proxy in front of it or the filesystem · `NoSpace` a disk is full
 * - `RateLimited` a registry says later · `Unsupported` this engine or host cannot do it
 * - `SpecInvalid` the fleet file does not hold · `PlanStale` the plan's basis no longer holds · `Cancelled` the caller's signal
 * - `Locked` another process of ours is at work on it
 */
export type ErrorCode =
  | "NotFound"
  | "Conflict"
  | "InProgress"
  | "Refused"
  | "Invalid"
  | "Unreachable"
  | "Timeout"
  | "Forbidden"
  | "NoSpace"
  | "RateLimited"
  | "Unsupported"
  | "SpecInvalid"
  | "PlanStale"
  | "Cancelled"
  | "Locked";

/** Codes after which the same call may succeed without anybody changing the spec. */
const transient: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "InProgress",
  "Unreachable",
  "Timeout",
  "NoSpace",
  "RateLimited",
  "Conflict",
  "Refused",
  "Locked",
]);

export interface FleetErrorOptions {
  /** What to do about it, one sentence for a person. */
  readonly hint?: string;
  /** The HTTP status that an engine answered, where there was one. */
  readonly status?: number;
  readonly cause?: unknown;
}

/** The one error class that crosses a public surface of ours. `message` says what was tried and what was answered. */
export class FleetError extends Error {
  override readonly name = "FleetError";
  readonly code: ErrorCode;
  readonly hint?: string;
  readonly status?: number;

  constructor(code: ErrorCode, message: string, options: FleetErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    if (options.hint !== undefined) this.hint = options.hint;
    if (options.status !== undefined) this.status = options.status;
  }

  /** Whether trying again, later and unchanged, makes sense. */
  get retry(): boolean {
    return transient.has(this.code);
  }
}

/** Whether `error` is a {@link FleetError} with one of `codes` (any code when none is given). */
export function isFleetError(error: unknown, ...codes: readonly ErrorCode[]): error is FleetError {
  return error instanceof FleetError && (codes.length === 0 || codes.includes(error.code));
}
