import type { ContainerObservation, InstanceState } from "@fleet/core";

/** Why no lease was given. */
export type RefusalReason =
  /** Nobody answers, or another program keeps the fleet on this engine. */
  | "EngineUnreachable"
  /** It is gone, and was not back in time. */
  | "ContainerMissing"
  /** It does not run, and could not be started in time. */
  | "ContainerStopped"
  /** It is paused, and that did not end in time. */
  | "Paused"
  /** It is between two restarts, and that did not end in time. */
  | "Restarting"
  /** It runs; its health check, or the engine, did not say in time that it can be used. */
  | "NotReady"
  /** The container is well, the directory is not there: replacing the container mends nothing. */
  | "WorkingDirMissing"
  /** The container's user cannot write there. */
  | "MountNotWritable"
  /** There is no image to make it from. */
  | "ImageMissing"
  /** A person said hands off. */
  | "Suspended"
  /** Nothing more happens without a person or a new spec. */
  | "Stalled"
  /** It takes no more work, or the fleet is being stopped. */
  | "Draining";

export type Admission =
  /** It may be used now. */
  | { readonly kind: "ready"; readonly container: ContainerObservation }
  /** A lazy one that is to be started for this. */
  | { readonly kind: "start"; readonly container: ContainerObservation }
  /** What it waits for comes by itself; `reason` is said when it does not come in time. */
  | { readonly kind: "wait"; readonly reason: RefusalReason; readonly message: string }
  | { readonly kind: "refuse"; readonly reason: RefusalReason; readonly message: string; readonly hint?: string };

/** Whether an instance may be used now, by what the last look found. Pure. */
export function admit(state: InstanceState, container: ContainerObservation | undefined): Admission {
  const { phase, hold, error, plan, readiness } = state;
  const waits = waitingFor(state, container);
  switch (phase) {
    case "unknown":
      return refuse("EngineUnreachable", error?.message ?? "the engine does not answer");
    case "suspended":
      return refuse("Suspended", hold?.message ?? "somebody said hands off", hold?.hint);
    case "stalled":
      return refuse(reasonOf(state, container), error?.message ?? readiness.word, error?.hint);
    case "retired":
      return refuse("ContainerMissing", "it is no longer in the spec");
    // It is not known, or about to be something else.
    case "observing":
    case "deciding":
    case "awaitingTurn":
    case "acting":
      return waits;
    case "settled":
    case "deferred":
    case "backingOff": {
      if (container === undefined || plan === null) return waits;
      const running = container.state.phase === "running";
      if (running && readiness.state === "ready") return { kind: "ready", container };
      const idle = !running && readiness.word === "idle" && plan.actions.length === 0;
      return idle ? { kind: "start", container } : waits;
    }
  }
}

function waitingFor(state: InstanceState, container: ContainerObservation | undefined): Admission {
  const { readiness, error, decision } = state;
  const message = error?.message ?? (decision !== null && "message" in decision ? decision.message : readiness.word);
  return { kind: "wait", reason: notReady(container), message };
}

/** Why one that stalled cannot be used: what is wrong with it, or that it stalled. */
function reasonOf({ plan }: InstanceState, container: ContainerObservation | undefined): RefusalReason {
  if (plan?.blocks.some(({ reason }) => reason === "ImageUnavailable")) return "ImageMissing";
  return container === undefined ? "ContainerMissing" : "Stalled";
}

function notReady(container: ContainerObservation | undefined): RefusalReason {
  switch (container?.state.phase) {
    case undefined:
    case "removing":
    case "dead":
      return "ContainerMissing";
    case "created":
    case "exited":
      return "ContainerStopped";
    case "paused":
      return "Paused";
    case "restarting":
      return "Restarting";
    case "running":
      return "NotReady";
  }
}

function refuse(reason: RefusalReason, message: string, hint?: string): Admission {
  return { kind: "refuse", reason, message, ...(hint !== undefined && { hint }) };
}
