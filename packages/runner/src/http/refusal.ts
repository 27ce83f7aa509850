import { type ErrorCode, isFleetError } from "@fleet/core";

/** Why a request is not answered as asked: a FleetError's code, or one of HTTP's own. */
export type RefusalCode =
  /**
   * 404 for `NotFound`, 400 for `Invalid`, 409 for `Conflict`, 403 for what the server itself forbids; all others are what
   * fleet or the engine cannot do at present: 503.
   */
  | ErrorCode
  /** 401: the token is missing, or is another. */
  | "Unauthorized"
  /** 405: the header `Allow` says what would be. */
  | "MethodNotAllowed"
  /** 413: the body is larger than is read. */
  | "TooLarge"
  /** 503: not everything was looked at yet, or the engine does not answer. */
  | "NotReady"
  /** 500: something went wrong inside fleet. 503: the loop does not answer. */
  | "Internal";

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
