import { assign, enqueueActions, fromPromise, setup } from "xstate";
import { FleetError, isFleetError } from "../errors.ts";
import type { Observation } from "../observe/observation.ts";
import { candidates } from "../plan/candidates.ts";
import { planInstance, planRemoval } from "../plan/instance.ts";
import { type Readiness, readiness } from "../plan/lifecycle.ts";
import type { InstancePlan } from "../plan/plan.ts";
import type { EventReason } from "../report/event.ts";
import type { InstanceSpec } from "../spec/instance.ts";
import type { FleetPolicy } from "../spec/policy.ts";
import { type Backoff, backoffDelay } from "./backoff.ts";
import { type Decision, decide, isUnfinished, replacementKey } from "./decide.ts";

/** How patient the machine is. Milliseconds. */
export interface Patience {
  readonly backoff: Backoff;
  /** Tries before it stalls. */
  readonly maxAttempts: number;
  /** Until another look while something is under way on the engine's side. */
  readonly recheck: number;
  /** A container that ran for so long is stable: earlier tries are forgotten. */
  readonly stableAfter: number;
}

export interface InstanceInput {
  readonly name: string;
  /** Absent: the instance is to be removed. */
  readonly spec?: InstanceSpec;
  readonly policy: FleetPolicy;
  readonly patience: Patience;
  /** Why an instance without a spec is removed. */
  readonly removal?: "Orphaned" | "Destroyed";
}

/** What a look gives: the world, and which dependencies are not yet as this instance needs them. */
export interface Outlook {
  readonly observation: Observation;
  readonly waitingFor: readonly string[];
}

/** The host's permission to act now; the machine gives it back. */
export interface Turn {
  readonly release: () => void;
}

export interface InstanceContext extends InstanceInput {
  readonly outlook: Outlook | null;
  readonly plan: InstancePlan | null;
  readonly readiness: Readiness;
  readonly decision: Decision | null;
  readonly attempts: number;
  /** What the last act failed with, or that it changed nothing; null after one that worked. */
  readonly error: FleetError | null;
  /** What the last look failed with: nothing is known now. */
  readonly lookError: FleetError | null;
  /** What the last act was to mend, until a look has seen whether it did. */
  readonly mended: string | null;
  readonly cooled: boolean;
  readonly failedReplacement: string | null;
  /** Something happened since the look began, so what it found may be old. */
  readonly woken: boolean;
  readonly turn: Turn | null;
  /** The last report, so that a lasting state is said once. */
  readonly said: string | null;
  /** Acts that went through. */
  readonly acts: number;
}

export type InstanceEvent = { readonly type: "WAKE" };

/** What the machine says happened; the host adds time and sends it on. */
export interface InstanceReport {
  readonly type: "report";
  readonly severity: "Normal" | "Warning";
  readonly reason: EventReason;
  readonly message: string;
}

/**
 * One container's life as a machine. It owns phase, attempts and deadlines; what is desired, what is there and whose
 * turn it is come from outside, through the three actors that the host provides:
 * `look` observes, `turn` waits for permission, `act` performs a plan. An act counts once a look has seen it.
 */
export const instanceMachine = setup({
  types: {
    input: {} as InstanceInput,
    context: {} as InstanceContext,
    events: {} as InstanceEvent,
    emitted: {} as InstanceReport,
  },
  actors: {
    look: fromPromise<Outlook, { readonly name: string }>(() => notProvided("look")),
    turn: fromPromise<Turn, { readonly name: string }>(() => notProvided("turn")),
    act: fromPromise<void, { readonly plan: InstancePlan; readonly outlook: Outlook }>(() => notProvided("act")),
  },
  guards: {
    isGone: ({ context }) =>
      context.spec === undefined && (context.outlook?.observation.containers[context.name] ?? []).length === 0,
    isWoken: ({ context }) => context.woken,
    isUnderWay: ({ context }) => context.readiness.state === "pending",
    decides: ({ context }, params: { to: Decision["to"] }) => context.decision?.to === params.to,
  },
  delays: {
    backoff: ({ context }) => backoffDelay(context.attempts, context.patience.backoff),
    recheck: ({ context }) => context.patience.recheck,
    stableAfter: ({ context }) => context.patience.stableAfter,
  },
  actions: {
    wake: assign({ woken: true }),
    releaseTurn: ({ context }) => context.turn?.release(),
    decide: assign(({ context }) => ({
      decision: context.plan === null ? null : decide(situation(context, context.plan)),
    })),
    say: enqueueActions(({ context, enqueue }, params: { reason: EventReason; severity?: "Warning" }) => {
      const { reason, severity = "Normal" } = params;
      const message = messageOf(context);
      const saying = JSON.stringify([reason, message, context.acts, context.attempts]);
      if (context.said === saying) return;
      enqueue.assign({ said: saying });
      enqueue.emit({ type: "report", severity, reason, message });
    }),
  },
}).createMachine({
  id: "instance",
  context: ({ input }) => ({
    ...input,
    outlook: null,
    plan: null,
    readiness: { state: "pending", word: "unknown" },
    decision: null,
    attempts: 0,
    error: null,
    lookError: null,
    mended: null,
    cooled: true,
    failedReplacement: null,
    woken: false,
    turn: null,
    said: null,
    acts: 0,
  }),
  initial: "observing",
  states: {
    observing: {
      entry: assign({ woken: false }),
      on: { WAKE: { actions: "wake" } },
      invoke: {
        src: "look",
        input: ({ context }) => ({ name: context.name }),
        onDone: {
          target: "deciding",
          actions: assign(({ context, event }) => learn(context, event.output)),
        },
        onError: [
          {
            guard: ({ event }) => isUnknown(event.error),
            target: "unknown",
            actions: assign(({ event }) => ({ lookError: toFleetError(event.error) })),
          },
          {
            target: "stalled",
            actions: assign(({ event }) => ({ lookError: toFleetError(event.error), decision: null })),
          },
        ],
      },
    },
    deciding: {
      entry: "decide",
      always: [
        { guard: "isWoken", target: "observing" },
        { guard: "isGone", target: "retired" },
        { guard: { type: "decides", params: { to: "act" } }, target: "awaitingTurn" },
        { guard: { type: "decides", params: { to: "deferred" } }, target: "deferred" },
        { guard: { type: "decides", params: { to: "backingOff" } }, target: "backingOff" },
        { guard: { type: "decides", params: { to: "stalled" } }, target: "stalled" },
        { target: "settled" },
      ],
    },
    settled: {
      entry: [{ type: "say", params: { reason: "Settled" } }, assign({ error: null })],
      on: { WAKE: "observing" },
      after: {
        recheck: { guard: "isUnderWay", target: "observing" },
        stableAfter: { actions: assign({ attempts: 0, cooled: true, failedReplacement: null }) },
      },
    },
    awaitingTurn: {
      on: { WAKE: { actions: "wake" } },
      invoke: {
        src: "turn",
        input: ({ context }) => ({ name: context.name }),
        onDone: [
          // The plan is older than what happened since: give the turn back and look again.
          { guard: "isWoken", target: "observing", actions: ({ event }) => event.output.release() },
          { target: "acting", actions: assign(({ event }) => ({ turn: event.output })) },
        ],
        onError: { target: "stalled", actions: assign(({ event }) => ({ error: toFleetError(event.error) })) },
      },
    },
    acting: {
      on: { WAKE: { actions: "wake" } },
      invoke: {
        src: "act",
        input: ({ context }) => ({ plan: required(context.plan), outlook: required(context.outlook) }),
        onDone: {
          target: "observing",
          actions: assign(({ context }) => ({
            // A replacement that was taken back stays failed.
            error: isUnfinished(required(context.plan)) ? context.error : null,
            mended: mendKey(required(context.plan)),
            acts: context.acts + 1,
            attempts: context.attempts + (restarts(context.plan) ? 1 : 0),
            cooled: false,
          })),
        },
        onError: {
          target: "observing",
          actions: assign(({ context, event }) => ({
            error: toFleetError(event.error),
            attempts: context.attempts + 1,
            cooled: false,
          })),
        },
      },
      exit: ["releaseTurn", assign({ turn: null })],
    },
    deferred: {
      on: { WAKE: "observing" },
      after: { recheck: "observing" },
    },
    backingOff: {
      entry: { type: "say", params: { reason: "BackingOff", severity: "Warning" } },
      on: { WAKE: { actions: "wake" } },
      after: { backoff: { target: "observing", actions: assign({ cooled: true }) } },
    },
    stalled: {
      entry: { type: "say", params: { reason: "Stalled", severity: "Warning" } },
    },
    unknown: {
      entry: { type: "say", params: { reason: "EngineUnreachable", severity: "Warning" } },
      after: { recheck: "observing" },
    },
    retired: { entry: { type: "say", params: { reason: "Retired" } }, type: "final" },
  },
});

function learn(context: InstanceContext, outlook: Outlook): Partial<InstanceContext> {
  const { name, spec, policy } = context;
  const found = outlook.observation.containers[name] ?? [];
  const seen = { outlook, lookError: null, mended: null };
  if (spec === undefined) return { ...seen, plan: planRemoval(name, found, context.removal ?? "Orphaned") };
  const plan = planInstance(spec, outlook.observation, policy);
  return {
    ...seen,
    plan,
    readiness: readiness(candidates(spec.container, found).current, spec.lifecycle),
    ...judgeLastAct(context, plan),
  };
}

/** What the last act brought about, by what is to be done now. */
function judgeLastAct(context: InstanceContext, plan: InstancePlan): Partial<InstanceContext> {
  const { error, attempts } = context;
  if (context.mended !== null && context.mended === mendKey(plan))
    return { error: unmended(plan), attempts: attempts + 1 };
  const wanted = context.plan === null ? null : replacementKey(context.plan);
  // The last act broke a replacement off; that nobody answered says nothing about the replacement itself.
  if (error === null || wanted === null || !isUnfinished(plan)) return {};
  return { attempts: 1, failedReplacement: error.code === "Unreachable" ? context.failedReplacement : wanted };
}

/** What a plan mends, and how; null when it is not about fields. */
function mendKey(plan: InstancePlan): string | null {
  const drifts = plan.drifts.filter((drift) => drift.remedy !== "none");
  if (drifts.length === 0 || restarts(plan)) return null;
  return JSON.stringify([plan.actions.map((action) => action.kind), drifts]);
}

function unmended({ container, drifts }: InstancePlan): FleetError {
  const paths = drifts.map((drift) => drift.path).join(", ");
  return new FleetError("Refused", `${container} still differs in ${paths} after that was mended`, {
    hint: "what is kept is not what was asked for: compare with docker inspect",
  });
}

function situation(context: InstanceContext, plan: InstancePlan): Parameters<typeof decide>[0] {
  const { readiness: ready, outlook, attempts, error, cooled, failedReplacement, patience } = context;
  return {
    plan,
    readiness: ready,
    waitingFor: outlook?.waitingFor ?? [],
    attempts,
    maxAttempts: patience.maxAttempts,
    error,
    cooled,
    failedReplacement,
  };
}

function messageOf({ decision, error, lookError, readiness: ready }: InstanceContext): string {
  if (lookError !== null) return lookError.message;
  if (decision?.to === "stalled" || decision?.to === "deferred") return decision.message;
  return decision?.to === "settled" ? ready.word : (error?.message ?? ready.word);
}

/** Whether the plan starts a container again that had exited. */
function restarts(plan: InstancePlan | null): boolean {
  return plan?.actions.some((action) => action.reason === "ContainerExited") ?? false;
}

/** Nobody answered: that says nothing about the container. */
function isUnknown(error: unknown): boolean {
  return isFleetError(error, "Unreachable", "Timeout");
}

function toFleetError(error: unknown): FleetError {
  return isFleetError(error) ? error : new FleetError("Refused", String(error), { cause: error });
}

function required<T>(value: T | null): T {
  if (value === null) throw new FleetError("Invalid", "the machine acts before it has looked");
  return value;
}

function notProvided(actor: string): Promise<never> {
  return Promise.reject(new FleetError("Invalid", `the host provides no ${actor} actor`));
}
