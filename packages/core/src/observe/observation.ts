import type { ContainerObservation, ContainerSummary } from "./container.ts";
import type { EngineInfo } from "./engine.ts";
import type { ImageObservation } from "./image.ts";
import type { StaleMount } from "./mount.ts";
import type { SourceObservation } from "./source.ts";

/** Everything one look found. Pure input of diff and plan; never mutated. */
export interface Observation {
  readonly engine: EngineInfo;
  /** Milliseconds since the epoch, when the look began. */
  readonly at: number;
  /** Containers whose two labels are ours, inspected, by instance name; each list sorted by name. */
  readonly containers: Readonly<Record<string, readonly ContainerObservation[]>>;
  /** Containers that are not ours, by name: they hold a name that we may want. */
  readonly foreign: Readonly<Record<string, ContainerSummary>>;
  /** By reference as written in the spec; absent when the engine does not hold it. */
  readonly images: Readonly<Record<string, ImageObservation>>;
  /** Names that exist, where an instance that the look was for has any. */
  readonly volumes: ReadonlySet<string>;
  readonly networks: ReadonlySet<string>;
  /** By path. */
  readonly sources: Readonly<Record<string, SourceObservation>>;
  /** Of running containers, by id and target: those alone that are known to be stale. */
  readonly staleMounts: Readonly<Record<string, Readonly<Record<string, StaleMount>>>>;
}
