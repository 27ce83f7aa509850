import {
  type ContainerObservation,
  describeRestarts,
  type EngineEvent,
  type HealingPlan,
  type Reason,
  type TroubleReason,
} from "@fleet/core";

/** What befell a container, in one event's words. */
export interface Trouble {
  readonly reason: TroubleReason;
  readonly message: string;
  /** Id of the container; absent for one that is gone and that no run of ours saw. */
  readonly id?: string;
  /** The same trouble has the same key, however often it is seen. */
  readonly key: string;
}

export interface TroubleInputs {
  readonly healing: HealingPlan;
  readonly container: string;
  /** As it is now. */
  readonly current: ContainerObservation | undefined;
  /** Id of the container that was there last, `unseen` when only an earlier run saw it; undefined when there was none. */
  readonly latest: string | undefined;
  /** As it was when last seen. */
  readonly seen: ContainerObservation | undefined;
  /** We have started it since. */
  readonly started: boolean;
  /** What the engine said about it lately, oldest first, without what we asked for ourselves. */
  readonly events: readonly EngineEvent[];
}

/** What a look found to be wrong with what was there; undefined when nothing was, or when nothing is. Pure. */
export function troubleOf(inputs: TroubleInputs): Trouble | undefined {
  const { healing, container, current, latest } = inputs;
  const reasons = new Set([...healing.plan.actions, ...healing.withheld].map((action) => action.reason));
  if (current === undefined) {
    if (!reasons.has("ContainerMissing") || latest === undefined) return undefined;
    const reason = "ContainerVanished";
    if (latest === "unseen") return { reason, message: `${container} vanished: while no loop ran`, key: "missing" };
    const message = `${container} vanished: ${howItWent(inputs.events.filter(({ id }) => id === latest))}`;
    return { reason, message, id: latest, key: `missing ${latest}` };
  }
  const found = ended(reasons, current, inputs) ?? lasting(reasons, current, container) ?? restarted(current, inputs);
  return found && { ...found, id: current.id };
}

/** Its main program has ended, and nobody has started it since. */
function ended(
  reasons: ReadonlySet<Reason>,
  { id, state }: ContainerObservation,
  { container, events }: TroubleInputs,
): Trouble | undefined {
  if (!reasons.has("ContainerExited")) return undefined;
  const { exitCode = "?", oomKilled, finishedAt } = state;
  const key = `exited ${id} ${finishedAt}`;
  if (oomKilled) return { reason: "OutOfMemory", message: `${container} was killed for want of memory`, key };
  const stopped = events.some((event) => event.id === id && event.action === "stop");
  return stopped
    ? { reason: "ContainerStoppedOutside", message: `somebody stopped ${container} (exit code ${exitCode})`, key }
    : { reason: "ContainerExited", message: `${container} exited with ${exitCode}`, key };
}

function lasting(
  reasons: ReadonlySet<Reason>,
  { id, state }: ContainerObservation,
  container: string,
): Trouble | undefined {
  if (reasons.has("ContainerPaused"))
    return { reason: "ContainerPaused", message: `somebody paused ${container}`, key: `paused ${id}` };
  if (reasons.has("ContainerUnhealthy")) {
    return {
      reason: "Unhealthy",
      message: `${container} fails its health check`,
      key: `unhealthy ${id} ${state.startedAt}`,
    };
  }
  if (reasons.has("ContainerDead"))
    return { reason: "ContainerDead", message: `${container} is dead`, key: `dead ${id}` };
  if (reasons.has("StaleMount")) {
    return { reason: "StaleMount", message: `${container} still sees a source that was replaced`, key: `stale ${id}` };
  }
  return undefined;
}

/** Its main program has ended since it was last seen, and it was started again or will be: by the engine, or by somebody. */
function restarted(
  { id, state }: ContainerObservation,
  { container, seen, started, events }: TroubleInputs,
): Trouble | undefined {
  const { phase, restartCount, startedAt, finishedAt } = state;
  const before = seen?.id === id ? seen.state : undefined;
  // The wait for the next run and that run itself tell of the same end.
  const key = `restarted ${id} ${finishedAt}`;
  const own = events.filter((event) => event.id === id);
  const byEngine = before !== undefined && phase === "running" && restartCount > before.restartCount;
  if (phase === "restarting" || byEngine) {
    const { exitCode = own.findLast(({ action }) => action === "die")?.exitCode } = state;
    const restarts = describeRestarts({ count: restartCount });
    const oom = state.oomKilled || own.some(({ action }) => action === "oom");
    if (oom) return { reason: "OutOfMemory", message: `${container} was killed for want of memory: ${restarts}`, key };
    const message = `${container} exited with ${exitCode ?? "?"}: ${restarts}`;
    return { reason: "ContainerRestarted", message, key };
  }
  if (before?.phase !== "running" || phase !== "running" || before.startedAt === startedAt || started) return undefined;
  const heard = own.some(({ action }) => action === "start");
  const message = heard
    ? `somebody restarted ${container}`
    : `${container} was restarted, and the engine did not say why`;
  return { reason: "ContainerRestarted", message, key };
}

/** Of its last events, what ended it. */
function howItWent(events: readonly EngineEvent[]): string {
  const words = events.slice(-4).flatMap(({ action, signal, exitCode }) => {
    if (action === "kill") return [`kill ${signal ?? "?"}`];
    if (action === "die") return [`exit ${exitCode ?? "?"}`];
    return action === "destroy" || action === "stop" || action === "oom" ? [action] : [];
  });
  return words.length === 0 ? "the engine said nothing about it" : words.join(", ");
}
