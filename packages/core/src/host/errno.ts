import { FleetError } from "../errors.ts";

/** A path that cannot be used as the caller wants, in the terms of the filesystem. Internal: ports turn it into theirs. */
export class PathError extends Error {
  /** `EACCES`, `ELOOP`, … */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The errno of a failed filesystem call; null when it is not one. */
export function errnoOf(error: unknown): string | null {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code !== undefined && /^E[A-Z0-9]+$/.test(code) ? code : null;
}

/** The same failure with the path that a person knows instead of the one that was called with. */
export function atPath(error: unknown, path: string): unknown {
  const code = errnoOf(error);
  return code === null || error instanceof PathError ? error : new PathError(code, `${path}: ${meaning(code)}`);
}

const meanings: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EDQUOT: "the disk quota is used up",
  EIO: "the disk does not answer (input/output error)",
  ELOOP: "too many symlinks",
  ENAMETOOLONG: "the name is too long",
  ENOENT: "does not exist",
  ENOSPC: "no space left",
  ENOTCONN: "a dead mount (the program behind it is gone)",
  ENOTDIR: "not a directory",
  EPERM: "operation not permitted",
  EROFS: "the filesystem is read-only",
  ESTALE: "a dead mount (stale file handle)",
};

function meaning(code: string): string {
  const text = meanings[code];
  return text === undefined ? code : `${code}, ${text}`;
}

/** Whether somebody with more rights could do what failed with `code`. */
export function isDenied(code: string | null): boolean {
  return code === "EACCES" || code === "EPERM";
}

/** What a failed filesystem call is in our own terms. `hint` goes with refusals: it is what a person can do instead. */
export function hostError(error: unknown, doing: string, hint: string): unknown {
  const code = errnoOf(error);
  if (code === null) return error;
  const message = `${doing}: ${error instanceof PathError ? error.message : meaning(code)}`;
  switch (code) {
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new FleetError("Forbidden", message, { hint, cause: error });
    case "ENOENT":
      return new FleetError("NotFound", message, { cause: error });
    case "ENOSPC":
    case "EDQUOT":
      return new FleetError("NoSpace", message, { cause: error });
    case "EIO":
    case "ENOTCONN":
    case "ESTALE":
    case "ETIMEDOUT":
      return new FleetError("Unreachable", message, { cause: error });
    case "EEXIST":
    case "EISDIR":
    case "ELOOP":
    case "ENOTDIR":
    case "ENOTEMPTY":
      return new FleetError("Conflict", message, { cause: error });
    default:
      return new FleetError("Invalid", message, { cause: error });
  }
}
