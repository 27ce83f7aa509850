import { assign, enqueueActions, fromPromise, setup } from "xstate";
import { FleetError, isFleetError } from "../errors.ts";
import type { InstancePlan } from "../plan/plan.ts";
import type { EventReason } from "../report/event.ts";
import { backoffDelay } from "./backoff.ts";
import type { InstanceContext, InstanceEvent, InstanceInput, InstanceReport, Outlook, Turn } from "./context.ts";
import { type Decision, decide, isUnfinished } from "./decide.ts";
import { learn, mendKey, restarts } from "./learn.ts";

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
