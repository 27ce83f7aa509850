import type { CallOptions, EngineReader } from "../engine/engine.ts";
import type { ContainerSummary } from "../observe/container.ts";
import type { EngineInfo, NetworkObservation, VolumeObservation } from "../observe/engine.ts";

/** What an engine says of itself and lists: the part of a look that hangs on no spec. Each on its way by itself. */
export interface Survey {
  readonly info: Promise<EngineInfo>;
  readonly containers: Promise<readonly ContainerSummary[]>;
  readonly volumes: Promise<readonly VolumeObservation[]>;
  readonly networks: Promise<readonly NetworkObservation[]>;
}

/**
 * Asks for all of it at once; `info` is for who knows already what the engine would say of itself. Whoever never awaits
 * an answer hears nothing of its failure.
 */
export function survey(
  engine: EngineReader,
  options: CallOptions = {},
  info: () => Promise<EngineInfo> = () => engine.info(options),
): Survey {
  const asked = {
    info: info(),
    containers: engine.listContainers(options),
    volumes: engine.listVolumes(options),
    networks: engine.listNetworks(options),
  };
  for (const answer of Object.values(asked)) answer.catch(() => undefined);
  return asked;
}
