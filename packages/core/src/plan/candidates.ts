import type { ContainerObservation, ContainerSummary } from "../observe/container.ts";
import { labels } from "../observe/labels.ts";

/** Name suffixes of a replacement in progress. The spec refuses container names that end in one of them. */
export const successorSuffix = ".next";
export const predecessorSuffix = ".old";

/** The containers that carry one instance's labels, by the part they play. */
export interface Candidates {
  /** The instance's container: the one with its name, else the only one that was renamed by hand. */
  readonly current?: ContainerObservation;
  /** Created to replace the current one, and not yet in its place. */
  readonly successor?: ContainerObservation;
  /** Replaced, and not yet removed. Not ours when it was adopted. */
  readonly predecessor?: ContainerObservation | ContainerSummary;
  /** Not ours, still under the instance's name, and to be replaced by the successor that exists already. */
  readonly adoptee?: ContainerSummary;
  /** Whatever else carries the labels: somebody copied them. */
  readonly duplicates: readonly ContainerObservation[];
}

/** `foreign`: containers that are not ours, by name; needed wherever a replacement may be finished or taken back. */
export function candidates(
  name: string,
  found: readonly ContainerObservation[],
  foreign: Readonly<Record<string, ContainerSummary>> = {},
): Candidates {
  const successor = found.find((container) => container.name === name + successorSuffix);
  const ownPredecessor = found.find((container) => container.name === name + predecessorSuffix);
  const adopted = (stranger: ContainerSummary | undefined): ContainerSummary | undefined =>
    found.some((container) => container.labels[labels.adopted] === stranger?.id) ? stranger : undefined;
  const predecessor = ownPredecessor ?? adopted(foreign[name + predecessorSuffix]);
  const adoptee = successor === undefined ? undefined : adopted(foreign[name]);
  const rest = found.filter((container) => container !== successor && container !== ownPredecessor);
  const named = rest.find((container) => container.name === name);
  // Renamed by hand while nothing of a replacement is about: still the same container.
  const renamed = rest.length === 1 && successor === undefined && predecessor === undefined ? rest[0] : undefined;
  const current = named ?? renamed;
  return {
    ...(current && { current }),
    ...(successor && { successor }),
    ...(predecessor && { predecessor }),
    ...(adoptee && { adoptee }),
    duplicates: rest.filter((container) => container !== current),
  };
}
