import { type ActionReport, describeRestarts, type ErrorCode, type InstanceState } from "@fleet/core";

/**
 * How one instance came out: `unchanged` it was in sync · `changed` it is now · `removed` its container is gone ·
 * `notReady` its container is as specified and does not do its work (unhealthy, restarting) · `blocked` something
 * stands in the way that needs a person or another instance · `failed` an action failed for good · `unfinished` time
 * ran out or the run was stopped.
 */
export type InstanceResult = "unchanged" | "changed" | "removed" | "notReady" | "blocked" | "failed" | "unfinished";

/** What an apply did about one instance. */
export interface InstanceOutcome {
  readonly instance: string;
  readonly container: string;
  readonly result: InstanceResult;
  /** What was done, in order, failures included. */
  readonly actions: readonly ActionReport[];
  /** Why it is not as it should be, one sentence. */
  readonly message?: string;
  /** What to do about it. */
  readonly hint?: string;
  readonly code?: ErrorCode;
}

/** What a whole run brought about. */
export interface ApplyResult {
  readonly schema: "fleet.apply/v1";
  readonly fleet: string;
  /** Sorted by instance. */
  readonly outcomes: readonly InstanceOutcome[];
  /** Milliseconds. */
  readonly duration: number;
}

const good: ReadonlySet<InstanceResult> = new Set<InstanceResult>(["unchanged", "changed", "removed"]);

/** Whether the instance is as it should be: `unchanged`, `changed` or `removed`. */
export function isGood(outcome: InstanceOutcome): boolean {
  return good.has(outcome.result);
}

export function outcomeOf(state: InstanceState, container: string, actions: readonly ActionReport[]): InstanceOutcome {
  const base = { instance: state.name, container, actions };
  const { phase, decision, error, readiness } = state;
  switch (phase) {
    case "retired":
      return { ...base, result: "removed" };
    case "settled":
      if (readiness.state !== "ready") {
        const { word, restarts } = readiness;
        const why = restarts === undefined ? "" : `: ${describeRestarts(restarts)}`;
        return {
          ...base,
          result: "notReady",
          message: `${container} is ${word}${why}`,
          hint: `docker logs ${container}`,
        };
      }
      // An act that failed may have brought about what it was for: only its answer was lost.
      return { ...base, result: actions.length > 0 ? "changed" : "unchanged" };
    case "stalled": {
      if (error?.code === "Cancelled")
        return { ...base, result: "unfinished", message: error.message, code: error.code };
      const stalled = decision?.to === "stalled" ? decision : undefined;
      const hint = stalled?.hint ?? error?.hint;
      return {
        ...base,
        result: error === null && state.attempts === 0 ? "blocked" : "failed",
        message: stalled?.message ?? error?.message ?? "stalled",
        ...(hint !== undefined && { hint }),
        ...(error !== null && { code: error.code }),
      };
    }
    case "deferred": {
      const hint = (decision?.to === "deferred" ? decision.hint : undefined) ?? state.hold?.hint;
      return {
        ...base,
        result: "blocked",
        message: decision?.to === "deferred" ? decision.message : "deferred",
        ...(hint !== undefined && { hint }),
      };
    }
    default:
      return {
        ...base,
        result: "unfinished",
        message: error === null ? `still ${phase}` : `still ${phase}: ${error.message}`,
        ...(error?.hint !== undefined && { hint: error.hint }),
        ...(error !== null && { code: error.code }),
      };
  }
}
