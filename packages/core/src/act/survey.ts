import type { CallOptions, EngineReader } from "../engine/engine.ts";
import type { ContainerSummary } from "../observe/container.ts";
import type { EngineInfo, NetworkObservation, VolumeObservation } from "../observe/engine.ts";
import type { ImageObservation } from "../observe/image.ts";
import { networksOf, volumesOf } from "../plan/prerequisites.ts";
import type { InstanceSpec } from "../spec/instance.ts";

/** What an engine says of itself and lists: the part of a look that hangs on no spec. Each on its way by itself. */
export interface Survey {
  readonly info: Promise<EngineInfo>;
  readonly containers: Promise<readonly ContainerSummary[]>;
  readonly volumes: Promise<readonly VolumeObservation[]>;
  readonly networks: Promise<readonly NetworkObservation[]>;
  /** Images that are known already, by reference. */
  readonly images?: Readonly<Record<string, ImageObservation>>;
}

/** How to ask, and for what. */
export interface SurveyOptions extends CallOptions {
  /** For who knows already what the engine would say of itself. */
  readonly info?: () => Promise<EngineInfo>;
  /** Whom it is for, see {@link listFor}. Absent: everything is listed. */
  readonly instances?: readonly InstanceSpec[];
}

/** Asks for all of it at once. Whoever never awaits an answer hears nothing of its failure. */
export function survey(engine: EngineReader, { info, instances, ...options }: SurveyOptions = {}): Survey {
  const asked = {
    info: info?.() ?? engine.info(options),
    containers: engine.listContainers(options),
    ...listFor(engine, instances, options),
  };
  for (const answer of Object.values(asked)) answer.catch(() => undefined);
  return asked;
}

/** Volumes and networks, each only where one of `instances` has any; with undefined, both. */
export function listFor(
  engine: EngineReader,
  instances: readonly InstanceSpec[] | undefined,
  options: CallOptions = {},
): Pick<Survey, "volumes" | "networks"> {
  const needs = (of: (spec: InstanceSpec) => readonly string[]): boolean =>
    instances?.some((spec) => of(spec).length > 0) ?? true;
  return {
    volumes: needs(volumesOf) ? engine.listVolumes(options) : Promise.resolve([]),
    networks: needs(networksOf) ? engine.listNetworks(options) : Promise.resolve([]),
  };
}
