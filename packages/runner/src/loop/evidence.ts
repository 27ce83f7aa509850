import { type Action, type ContainerObservation, type Engine, type EngineEvent, isFleetError } from "@fleet/core";
import type { Evidence, EvidenceContainer } from "../journal/entry.ts";
import type { Trouble } from "./trouble.ts";

/** Milliseconds that reading a log may hold up a remedy. */
const logDeadline = 2_000;
/** Characters. */
const logLength = 4_096;

/** What is known of the container that trouble befell. */
export interface Findings {
  readonly current: ContainerObservation | undefined;
  /** As it was when last there. */
  readonly seen: ContainerObservation | undefined;
  /** What the engine said about it: asked for last, since it may say so a moment after the look. */
  readonly events: () => readonly EngineEvent[];
}

/**
 * What is there, before it is mended: read from the engine where the container still exists. Of another container than
 * the one that trouble befell nothing is taken. Never rejects.
 */
export async function evidenceOf(
  engine: Pick<Engine, "containerLogs">,
  { reason, id }: Trouble,
  { current, seen, events }: Findings,
): Promise<Evidence> {
  const container = [current, seen].find((found) => found !== undefined && found.id === id);
  const log = current === undefined ? undefined : await tail(engine, current.id);
  return {
    reason,
    ...(container && { container: briefly(container) }),
    ...(log !== undefined && { log }),
    events: events(),
  };
}

/** Everything but its configuration, which may hold secrets. */
function briefly({ id, name, imageId, createdAt, state }: ContainerObservation): EvidenceContainer {
  return { id, name, imageId, createdAt, state };
}

async function tail(engine: Pick<Engine, "containerLogs">, id: string): Promise<string | undefined> {
  try {
    return (await engine.containerLogs(id, { deadline: logDeadline })).slice(-logLength);
  } catch (error) {
    if (!isFleetError(error)) throw error;
    return undefined;
  }
}

const harmless: ReadonlySet<Action["kind"]> = new Set<Action["kind"]>([
  "pullImage",
  "createVolume",
  "createNetwork",
  "createContainer",
  "awaitReady",
]);

/** Whether an action changes what could still tell what happened. */
export function destroysEvidence(kind: Action["kind"]): boolean {
  return !harmless.has(kind);
}
