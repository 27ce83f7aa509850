import type {
  ContainerObservation,
  ContainerPhase,
  ContainerState,
  ContainerSummary,
  HealthCheckResult,
} from "../observe/container.ts";
import { type ConfigJson, readConfig } from "./translate-config.ts";
import { imageId } from "./translate-image.ts";

/** One row of a list answer. */
export interface ContainerRowJson {
  readonly Id: string;
  /** Each with a leading slash; a link adds `/other/alias`. Empty while a removal is under way. */
  readonly Names?: readonly string[] | null;
  readonly ImageID: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly State: string;
}

/** An inspect answer. */
export interface ContainerJson extends ConfigJson {
  readonly Image: string;
  readonly Created: string;
  readonly RestartCount?: number;
  readonly State: {
    readonly Status: string;
    readonly Pid?: number;
    readonly ExitCode?: number;
    readonly Error?: string;
    readonly OOMKilled?: boolean;
    readonly StartedAt?: string;
    readonly FinishedAt?: string;
    readonly Health?: { readonly Status?: string; readonly Log?: readonly HealthLogJson[] | null } | null;
  };
}

interface HealthLogJson {
  readonly ExitCode?: number;
  readonly Output?: string;
}

/** Characters of a health check's output that are kept. */
const outputLength = 4_096;

export function readSummary(row: ContainerRowJson): ContainerSummary {
  const name = (row.Names ?? []).find((candidate) => candidate.lastIndexOf("/") <= 0) ?? row.Id.slice(0, 12);
  return {
    id: row.Id,
    name: name.replace(/^\//, ""),
    imageId: imageId(row.ImageID),
    labels: row.Labels ?? {},
    phase: readPhase(row.State),
  };
}

export function readContainer(json: ContainerJson): ContainerObservation {
  return {
    id: json.Id,
    name: json.Name.replace(/^\//, ""),
    imageId: imageId(json.Image),
    labels: json.Config.Labels ?? {},
    phase: readPhase(json.State.Status),
    config: readConfig(json),
    state: readState(json),
    createdAt: Date.parse(json.Created),
  };
}

function readState({ State: state, RestartCount }: ContainerJson): ContainerState {
  const phase = readPhase(state.Status);
  const startedAt = readTime(state.StartedAt);
  const finishedAt = readTime(state.FinishedAt);
  const health = state.Health?.Status;
  const lastCheck = readCheck(state.Health?.Log?.at(-1));
  // While it runs the engine says 0, which is no exit code.
  const ended = startedAt !== undefined && phase !== "running" && phase !== "paused";
  return {
    phase,
    ...(ended ? { exitCode: state.ExitCode ?? 0 } : {}),
    ...(state.Error ? { error: state.Error } : {}),
    oomKilled: state.OOMKilled ?? false,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
    ...(health === "starting" || health === "healthy" || health === "unhealthy" ? { health } : {}),
    ...(lastCheck && { lastCheck }),
    restartCount: RestartCount ?? 0,
    pid: state.Pid ?? 0,
  };
}

function readCheck(entry: HealthLogJson | undefined): HealthCheckResult | undefined {
  return entry && { exitCode: entry.ExitCode ?? 0, output: (entry.Output ?? "").slice(0, outputLength) };
}

/** Docker's own words, and Podman's where they differ. */
const phases: Readonly<Record<string, ContainerPhase>> = {
  created: "created",
  running: "running",
  paused: "paused",
  restarting: "restarting",
  removing: "removing",
  exited: "exited",
  dead: "dead",
  configured: "created",
  initialized: "created",
  stopping: "running",
  stopped: "exited",
};

function readPhase(status: string): ContainerPhase {
  return phases[status] ?? "dead";
}

/** The year 1 is an engine's "never". */
function readTime(text: string | undefined): number | undefined {
  return text === undefined || text === "" || text.startsWith("0001-") ? undefined : Date.parse(text);
}
