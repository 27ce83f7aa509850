import type { InstanceState, Phase } from "../instance/instance.ts";
import { describeAction } from "../plan/describe.ts";
import { describeRestarts, loopAfter } from "../plan/lifecycle.ts";
import type {
  Condition,
  ConditionReason,
  ConditionType,
  ProgressingReason,
  ReadyReason,
  StalledReason,
  SyncedReason,
} from "./condition.ts";

/** What conditions are made of, besides the machine's own state. */
export interface ConditionInputs {
  readonly state: InstanceState;
  /** It vanished or ended many times within a short while. */
  readonly flapping: boolean;
  /** Those that were said before, so that what lasts keeps its beginning. */
  readonly previous: readonly Condition[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

interface Said<R extends ConditionReason = ConditionReason> extends Pick<Condition, "status" | "message"> {
  readonly reason: R;
}

/** Ready, Synced, Progressing, Stalled, in this order. While a look is under way those of before stand. Pure. */
export function conditionsOf({ state, flapping, previous, now }: ConditionInputs): readonly Condition[] {
  if (isLooking(state.phase) && previous.length > 0) return previous;
  const said: Readonly<Record<ConditionType, Said>> = {
    Ready: ready(state, flapping),
    Synced: synced(state),
    Progressing: progressing(state),
    Stalled: stalled(state),
  };
  return (Object.keys(said) as ConditionType[]).map((type) => {
    const before = previous.find((condition) => condition.type === type);
    const since = before?.status === said[type].status ? before.since : now;
    return { type, ...said[type], since };
  });
}

function isLooking(phase: Phase): boolean {
  return phase === "observing" || phase === "deciding";
}

function ready({ phase, readiness, attempts, error, plan }: InstanceState, flapping: boolean): Said<ReadyReason> {
  if (phase === "unknown") return is("unknown", "EngineUnreachable", error?.message ?? "nobody answers");
  if (plan === null) return is("unknown", "Waiting", "not looked at yet");
  if (phase === "retired") return is("false", "Retired", "its container is gone, as it should be");
  const { state, word, restarts } = readiness;
  if (restarts !== undefined)
    return is("false", restarts.count >= loopAfter ? "CrashLoop" : "NotRunning", describeRestarts(restarts));
  if (flapping)
    return is(state === "ready" ? "true" : "false", "Flapping", `${word}, after it went away again and again`);
  if (attempts >= loopAfter && state !== "ready") {
    return is("false", "CrashLoop", `${word}, after ${attempts} starts`);
  }
  if (state === "ready") return is("true", word === "idle" ? "Idle" : "Running", word);
  return is("false", word === "unhealthy" ? "Unhealthy" : "NotRunning", word);
}

function synced({ phase, plan, withheld }: InstanceState): Said<SyncedReason> {
  if (plan === null || phase === "unknown") return is("unknown", "Waiting", "not looked at");
  const [block] = plan.blocks;
  if (block !== undefined) return is("false", block.reason, block.message);
  const [first] = withheld;
  if (first !== undefined) return is("false", "Withheld", `${describeAction(first)} is left to a person`);
  const differing = plan.drifts.map((drift) => drift.path);
  if (differing.length > 0) return is("false", "Differs", differing.join(", "));
  const [next] = plan.actions;
  if (next !== undefined) return is("false", "Differs", `to do: ${describeAction(next)}`);
  return is("true", "InSync", "as its spec says");
}

function progressing({ phase, decision, readiness, error }: InstanceState): Said<ProgressingReason> {
  switch (phase) {
    case "observing":
    case "deciding":
    case "awaitingTurn":
    case "acting":
      return is("true", "Acting", phase);
    case "backingOff":
      return is("true", "BackingOff", error?.message ?? readiness.word);
    case "deferred":
      return is("true", "Waiting", messageOf(decision));
    case "unknown":
      return is("true", "Waiting", "until the engine answers");
    case "suspended":
      return is("false", "Suspended", messageOf(decision));
    case "settled":
      return readiness.state === "pending"
        ? is("true", "Waiting", readiness.word)
        : is("false", "Idle", "nothing to do");
    case "stalled":
    case "retired":
      return is("false", "Idle", "nothing more happens by itself");
  }
}

function stalled({ phase, decision, error }: InstanceState): Said<StalledReason> {
  if (phase !== "stalled") return is("false", "Idle", "nothing stands in the way");
  return is("true", "Stalled", error?.message ?? messageOf(decision));
}

function messageOf(decision: InstanceState["decision"]): string {
  return decision !== null && "message" in decision ? decision.message : "";
}

function is<R extends ConditionReason>(status: Condition["status"], reason: R, message: string): Said<R> {
  return { status, reason, message };
}
