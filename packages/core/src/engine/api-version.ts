import { FleetError } from "../errors.ts";

/** API versions that this adapter was written and tested against: Docker 20.10 to 28. */
const oldest = "1.41";
const newest = "1.51";

/** What an engine says that it speaks. */
export interface ApiRange {
  readonly newest: string;
  /** Absent where the engine does not say, or was not asked. */
  readonly oldest?: string;
}

/** The newest version that both speak. `Unsupported` when there is none. */
export function commonVersion(address: string, engine: ApiRange): string {
  const version = atLeast(engine.newest, newest) ? newest : engine.newest;
  if (!atLeast(version, oldest)) {
    throw new FleetError(
      "Unsupported",
      `The engine at ${address} speaks API ${engine.newest} at most, and fleet needs ${oldest} or newer.`,
      { hint: "Update the engine: API 1.41 came with Docker 20.10." },
    );
  }
  if (engine.oldest !== undefined && !atLeast(version, engine.oldest)) {
    throw new FleetError(
      "Unsupported",
      `The engine at ${address} wants API ${engine.oldest} or newer, and fleet speaks ${newest} at most.`,
      { hint: "Update fleet." },
    );
  }
  return version;
}

/** Whether an engine is newer than this adapter, so that only its oldest version says whether it still speaks ours. */
export function isBeyond(version: string): boolean {
  return !atLeast(newest, version);
}

/** Whether `version` is `wanted` or newer. Text of the form `1.41`, where 1.5 is older than 1.41. */
export function atLeast(version: string, wanted: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split(".").map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}
