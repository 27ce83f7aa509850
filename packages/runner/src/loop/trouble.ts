import type { ContainerObservation, EngineEvent, HealingPlan, Reason, TroubleReason } from "@fleet/core";

/** What befell a container, in one event's words. */
export interface Trouble {
  readonly reason: TroubleReason;
  readonly message: string;
  /** The same trouble has the same key, however often it is seen. */
  readonly key: string;
}

export interface TroubleInputs {
  readonly healing: HealingPlan;
  readonly container: string;
  /** As it is now. */
  readonly current: ContainerObservation | undefined;
  /** As it last was, `unseen` when only an earlier run saw it; undefined when it never was. */
  readonly before: Pick<ContainerObservation, "id"> | "unseen" | undefined;
  /** What the engine said about it lately, oldest first, without what we asked for ourselves. */
  readonly events: readonly EngineEvent[];
}

/** What a look found to be wrong with what was there; undefined when nothing was, or when nothing is. Pure. */
export function troubleOf({ healing, container, current, before, events }: TroubleInputs): Trouble | undefined {
  const reasons = new Set([...healing.plan.actions, ...healing.withheld].map((action) => action.reason));
  if (reasons.has("ContainerMissing") && before !== undefined && current === undefined) {
    const gone = before === "unseen" ? "" : before.id;
    const how = before === "unseen" ? "while no loop ran" : howItWent(events.filter(({ id }) => id === gone));
    return { reason: "ContainerVanished", message: `${container} vanished: ${how}`, key: `missing ${gone}` };
  }
  if (current === undefined) return undefined;
  const { state, id } = current;
  const { exitCode = "?", oomKilled, finishedAt } = state;
  if (reasons.has("ContainerExited")) {
    const key = `exited ${id} ${finishedAt}`;
    if (oomKilled) return { reason: "OutOfMemory", message: `${container} was killed for want of memory`, key };
    const stopped = events.some((event) => event.id === id && event.action === "stop");
    return stopped
      ? { reason: "ContainerStoppedOutside", message: `somebody stopped ${container} (exit code ${exitCode})`, key }
      : { reason: "ContainerExited", message: `${container} exited with ${exitCode}`, key };
  }
  if (reasons.has("ContainerPaused"))
    return { reason: "ContainerPaused", message: `somebody paused ${container}`, key: `paused ${id}` };
  if (reasons.has("ContainerUnhealthy")) {
    return {
      reason: "Unhealthy",
      message: `${container} fails its health check`,
      key: `unhealthy ${id} ${state.startedAt}`,
    };
  }
  return lasting(reasons, current, container);
}

function lasting(reasons: ReadonlySet<Reason>, { id }: ContainerObservation, container: string): Trouble | undefined {
  if (reasons.has("ContainerDead"))
    return { reason: "ContainerDead", message: `${container} is dead`, key: `dead ${id}` };
  if (reasons.has("StaleMount")) {
    return { reason: "StaleMount", message: `${container} still sees a source that was replaced`, key: `stale ${id}` };
  }
  return undefined;
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
