import type { ContainerObservation } from "../observe/container.ts";

/** Name suffixes of a replacement in progress. The spec refuses container names that end in one of them. */
export const successorSuffix = ".next";
export const predecessorSuffix = ".old";

/** The containers that carry one instance's labels, by the part they play. */
export interface Candidates {
  /** The instance's container: the one with its name, else the only one that was renamed by hand. */
  readonly current?: ContainerObservation;
  /** Created to replace the current one, and not yet in its place. */
  readonly successor?: ContainerObservation;
  /** Replaced, and not yet removed. */
  readonly predecessor?: ContainerObservation;
  /** Whatever else carries the labels: somebody copied them. */
  readonly duplicates: readonly ContainerObservation[];
}

export function candidates(name: string, found: readonly ContainerObservation[]): Candidates {
  const successor = found.find((container) => container.name === name + successorSuffix);
  const predecessor = found.find((container) => container.name === name + predecessorSuffix);
  const rest = found.filter((container) => container !== successor && container !== predecessor);
  const named = rest.find((container) => container.name === name);
  // Renamed by hand while nothing of a replacement is about: still the same container.
  const renamed = rest.length === 1 && successor === undefined && predecessor === undefined ? rest[0] : undefined;
  const current = named ?? renamed;
  return {
    ...(current && { current }),
    ...(successor && { successor }),
    ...(predecessor && { predecessor }),
    duplicates: rest.filter((container) => container !== current),
  };
}
