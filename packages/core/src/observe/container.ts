import type { ContainerConfig } from "../spec/config.ts";

/** One row of a container list. */
export interface ContainerSummary {
  /** 64 hex digits. */
  readonly id: string;
  /** Without the leading slash. */
  readonly name: string;
  readonly imageId: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly phase: ContainerPhase;
}

/** The engine's own words. */
export type ContainerPhase = "created" | "running" | "paused" | "restarting" | "removing" | "exited" | "dead";

/** What an inspect of one container found. */
export interface ContainerObservation extends ContainerSummary {
  /** As the engine reports it: its own defaults and the image's are already merged in. */
  readonly config: ContainerConfig;
  readonly state: ContainerState;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** How a container is doing. */
export interface ContainerState {
  readonly phase: ContainerPhase;
  /** Of the last run; absent while it never ran. */
  readonly exitCode?: number;
  /** The engine's own text about a failed start; absent when empty. */
  readonly error?: string;
  /** The kernel killed it, in its last run, for want of memory. */
  readonly oomKilled: boolean;
  /** Milliseconds since the epoch; absent when never. */
  readonly startedAt?: number;
  /** Milliseconds since the epoch; absent when never. */
  readonly finishedAt?: number;
  /** Absent without a health check. */
  readonly health?: "starting" | "healthy" | "unhealthy";
  /** What the health check ended with last; absent until it did. */
  readonly lastCheck?: HealthCheckResult;
  /** By the engine's restart policy, since somebody last started it. */
  readonly restartCount: number;
  /** 0 when not running. */
  readonly pid: number;
}

/** One run of a container's health check. */
export interface HealthCheckResult {
  readonly exitCode: number;
  /** What it wrote, the first 4 KiB of it at most. May hold what the program says, like a log. */
  readonly output: string;
}
