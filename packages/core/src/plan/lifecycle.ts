import type { ContainerObservation, ContainerState, ContainerSummary } from "../observe/container.ts";
import type { Lifecycle } from "../spec/instance.ts";
import type { Action, ActionStep } from "./action.ts";
import type { Block, InstanceVerdict } from "./plan.ts";
import type { Reason } from "./reason.ts";

/** What the container's phase asks for, given that its fields are right. */
export interface PhasePlan {
  readonly step?: ActionStep;
  readonly reason?: Reason;
  readonly block?: Block;
  /** It can only be made anew. */
  readonly replace?: true;
}

export function planPhase(container: ContainerObservation, lifecycle: Lifecycle): PhasePlan {
  const handle = { id: container.id, name: container.name };
  switch (container.state.phase) {
    case "running":
    // The engine's own restart policy is at work; a start would only be refused.
    case "restarting":
      return {};
    case "paused":
      return { step: { kind: "unpauseContainer", container: handle }, reason: "ContainerPaused" };
    case "created":
      // Whoever needs a lazy one starts it.
      return lifecycle.kind === "lazy"
        ? {}
        : { step: { kind: "startContainer", container: handle }, reason: "ContainerNeverStarted" };
    case "exited":
      return lifecycle.kind === "lazy" || (lifecycle.kind === "oneshot" && container.state.exitCode === 0)
        ? {}
        : { step: { kind: "startContainer", container: handle }, reason: "ContainerExited" };
    case "dead":
      return { replace: true, reason: "ContainerDead" };
    case "removing":
      return {
        block: {
          reason: "RemovalInProgress",
          message: `the engine is removing ${container.name}`,
          hint: "it is made again once the engine is done",
          waits: true,
        },
      };
  }
}

/** What stops a container that is to go; nothing for one that does not run. */
export function planStop({ id, name, phase }: Pick<ContainerSummary, "id" | "name" | "phase">): ActionStep[] {
  const container = { id, name };
  switch (phase) {
    case "paused":
      return [
        { kind: "unpauseContainer", container },
        { kind: "stopContainer", container },
      ];
    case "running":
    case "restarting":
      return [{ kind: "stopContainer", container }];
    default:
      return [];
  }
}

/** Whether the instance does its work: the condition that dependents and a replacement wait for. */
export interface Readiness {
  readonly state: "ready" | "pending" | "failed";
  /** One of a few words for people: `running`, `idle`, `completed`, `starting`, `restarting`, `unhealthy`, `exited 3`, … */
  readonly word: string;
  /** Where it is `restarting`: what the engine's own policy has done. */
  readonly restarts?: Restarts;
}

/** How often an engine's own policy restarted a container. */
export interface Restarts {
  /** Since somebody last started it; 0 while the engine waits before the first. */
  readonly count: number;
  /** Of the last run; absent while the next one is under way. */
  readonly exitCode?: number;
}

/** Restarts after which a container that has not run for a while since is taken to be in a loop. */
export const loopAfter = 3;
/** A run this long is none that ends at once, as engines have it too. Milliseconds. */
const stableRun = 10_000;

/** A lazy one that nobody uses: that its last run or start failed is for whoever starts it next. */
const idle: Readiness = { state: "ready", word: "idle" };

/**
 * Whether the container does its work, by its state and lifecycle; undefined stands for one that is missing. One that the
 * engine's own policy restarted is `restarting` until it has run for 10 s or is found to be healthy. Pure.
 * @param at when it was looked at: milliseconds since the epoch
 */
export function readiness(container: ContainerObservation | undefined, lifecycle: Lifecycle, at: number): Readiness {
  if (container === undefined) return { state: "pending", word: "missing" };
  const { phase, health, exitCode, error } = container.state;
  switch (phase) {
    case "running":
      if (health === "unhealthy") return { state: "failed", word: "unhealthy" };
      if (health !== "healthy" && isFreshlyRestarted(container.state, at))
        return restarting(container.state, lifecycle);
      if (health === "starting") return { state: "pending", word: "starting" };
      // A one-shot at work is on its way to be completed.
      if (lifecycle.kind === "oneshot" && health === undefined) return { state: "pending", word: "running" };
      return { state: "ready", word: health ?? "running" };
    case "exited":
      if (lifecycle.kind === "lazy") return idle;
      if (lifecycle.kind === "oneshot" && exitCode === 0) return { state: "ready", word: "completed" };
      return { state: "failed", word: `exited ${exitCode ?? "?"}` };
    case "created":
      if (lifecycle.kind === "lazy") return idle;
      return error === undefined ? { state: "pending", word: "created" } : { state: "failed", word: "start failed" };
    case "restarting":
      return restarting(container.state, lifecycle);
    default:
      return { state: "pending", word: phase };
  }
}

/** Where the engine's clock and ours are further apart than that, nobody can tell. */
function isFreshlyRestarted({ restartCount, startedAt }: ContainerState, at: number): boolean {
  return restartCount > 0 && startedAt !== undefined && Math.abs(at - startedAt) < stableRun;
}

/** It may stay up this time, unless it did not do so again and again; a one-shot is tried for as long as its policy says. */
function restarting({ restartCount: count, exitCode }: ContainerState, lifecycle: Lifecycle): Readiness {
  const loops = count >= loopAfter && lifecycle.kind !== "oneshot";
  const restarts = { count, ...(exitCode !== undefined && { exitCode }) };
  return { state: loops ? "failed" : "pending", word: "restarting", restarts };
}

/** `the engine restarted it 7 times, exit code 3`. */
export function describeRestarts({ count, exitCode }: Restarts): string {
  const times = count === 1 ? "once" : `${count} times`;
  const what = count === 0 ? "the engine restarts it" : `the engine restarted it ${times}`;
  return exitCode === undefined ? what : `${what}, exit code ${exitCode}`;
}

/** Stamps steps with why they are taken. */
export function because(reason: Reason, causes: readonly string[], steps: readonly ActionStep[]): Action[] {
  return steps.map((step) => ({ ...step, reason, causes }));
}

export function verdictOf(actions: readonly Action[], blocks: readonly Block[]): InstanceVerdict {
  if (blocks.length > 0) return "blocked";
  return actions.length > 0 ? "pending" : "inSync";
}
