import { FleetError, hostError, isFleetError } from "@fleet/core";

/** What a failed call on the journal's folder or one of its files is in our own terms. */
export function journalFault(error: unknown, doing: "read" | "write", path: string): FleetError {
  const fault = hostError(error, `${doing} ${path}`, `Permit the user that runs this to ${doing} there.`);
  if (isFleetError(fault)) return fault;
  return new FleetError("Invalid", `${doing} ${path}: ${String(error)}`, { cause: error });
}
