/** What went wrong, as a closed set. The last four are ours; all others are what an engine or a host answered. */
export type ErrorCode =
  /** The thing is not there. */
  | "NotFound"
  /** A name, port or state is taken. */
  | "Conflict"
  /** The engine is already doing it. */
  | "InProgress"
  /** The engine understood and will not: a bad runtime state, a start that fails. */
  | "Refused"
  /** The request itself is wrong. */
  | "Invalid"
  /** Nobody answers. */
  | "Unreachable"
  /** The call's own deadline passed: the outcome is unknown. */
  | "Timeout"
  /** Not allowed, by the engine, a proxy in front of it or the filesystem. */
  | "Forbidden"
  /** A disk is full. */
  | "NoSpace"
  /** A registry says later. */
  | "RateLimited"
  /** This engine or host cannot do it. */
  | "Unsupported"
  /** The spec does not hold. */
  | "SpecInvalid"
  /** The plan's basis no longer holds. */
  | "PlanStale"
  /** The caller's signal ended it. */
  | "Cancelled"
  /** Another process of ours is at work on it. */
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

/** What an error may say beside its code and message. */
export interface FleetErrorOptions {
  /** What to do about it, one sentence for a person. */
  readonly hint?: string;
  /** The HTTP status that an engine answered, where there was one. */
  readonly status?: number;
  /** What it goes back to. */
  readonly cause?: unknown;
}

/** The one error class that crosses a public surface of ours. `message` says what was tried and what was answered. */
export class FleetError extends Error {
  override readonly name = "FleetError";
  readonly code: ErrorCode;
  /** What to do about it, one sentence for a person. */
  readonly hint?: string;
  /** The HTTP status that an engine answered, where there was one. */
  readonly status?: number;

  /** `message` holds no secret: it is shown, sent on and written down. */
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
