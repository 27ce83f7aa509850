import { type ErrorCode, isFleetError } from "@fleet/core";

export type RefusalCode = ErrorCode | "Unauthorized" | "MethodNotAllowed" | "TooLarge" | "NotReady" | "Internal";

/** The body of every answer that is not a success. */
export interface RefusalBody {
  readonly error: { readonly code: RefusalCode; readonly message: string; readonly hint?: string };
}

export type RefusalStatus = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 500 | 503;

export interface RefusalOptions {
  readonly hint?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Why a request is not answered as asked. Never leaves the app: it becomes the answer. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: RefusalStatus;
  readonly code: RefusalCode;
  readonly hint?: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: RefusalStatus, code: RefusalCode, message: string, options: RefusalOptions = {}) {
    super(message);
    this.status = status;
    this.code = code;
    if (options.hint !== undefined) this.hint = options.hint;
    this.headers = options.headers ?? {};
  }

  get body(): RefusalBody {
    const { code, message, hint } = this;
    return { error: { code, message, ...(hint !== undefined && { hint }) } };
  }
}

export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  // What is no error of ours may say anything, secrets included.
  if (!isFleetError(error)) return new Refusal(500, "Internal", "something went wrong inside fleet");
  const { code, message, hint } = error;
  return new Refusal(ofRequest[code] ?? 503, code, message, { ...(hint !== undefined && { hint }) });
}

/** Errors that are about the request; all others are about what fleet or the engine can do at present. */
const ofRequest: Partial<Record<ErrorCode, RefusalStatus>> = { NotFound: 404, Invalid: 400, Conflict: 409 };
