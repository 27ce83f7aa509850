import { assign, enqueueActions, fromPromise, setup } from "xstate";
import { FleetError, isFleetError } from "../errors.ts";
import type { InstancePlan } from "../plan/plan.ts";
import type { RestReason } from "../report/event.ts";
import { backoffDelay } from "./backoff.ts";
import type { InstanceContext, InstanceReport, MachineEvent, MachineInput, Outlook, Turn } from "./context.ts";
import { type Decision, decide, isUnfinished } from "./decide.ts";
import type { InstanceEffects } from "./instance.ts";
import { learn, mendKey, restarts } from "./learn.ts";

interface Named {
  readonly effects: InstanceEffects;
  readonly name: string;
}

interface Looking extends Named {
  readonly begun: () => void;
}

interface Planned {
  readonly effects: InstanceEffects;
  readonly plan: InstancePlan;
  readonly outlook: Outlook;
}

const machineSetup = setup({
  types: {
    input: {} as MachineInput,
    context: {} as InstanceContext,
    events: {} as MachineEvent,
    emitted: {} as InstanceReport,
  },
  actors: {
    // The effects come with the input: to provide actors of its own is to build the machine anew for each instance.
    look: fromPromise<Outlook, Looking>(({ input: { effects, name, begun }, signal }) =>
      effects.look(name, signal, begun),
    ),
    turn: fromPromise<Turn, Named>(({ input: { effects, name }, signal }) => effects.turn(name, signal)),
    act: fromPromise<void, Planned>(({ input: { effects, plan, outlook }, signal }) =>
      effects.act(plan, outlook, signal),
    ),
  },
  guards: {
    isGone: ({ context }) =>
      context.spec === undefined && (context.outlook?.observation.containers[context.name] ?? []).length === 0,
    isWoken: ({ context }) => context.woken,
    // What was found may be old. Still, what a storm of wakes finds is acted on now and then.
    isOutdated: ({ context }) => context.woken && context.looks < looksInARow,
    // One that the engine restarts is well again once it has run for a while, and nothing tells of that.
    isUnderWay: ({ context: { readiness: ready } }) => ready.state === "pending" || ready.restarts !== undefined,
    decides: ({ context }, params: { to: Decision["to"] }) => context.decision?.to === params.to,
  },
  delays: {
    backoff: ({ context }) => Math.max(0, context.retryAt - context.now()),
    recheck: ({ context }) => context.patience.recheck,
    away: ({ context }) => context.patience.away,
    held: ({ context }) => heldFor(context),
    stableAfter: ({ context }) => context.patience.stableAfter,
  },
  actions: {
    wake: assign({ woken: true }),
    rest: assign({ looks: 0, outlook: null }),
    retry: assign({ attempts: 0, failures: 0, retryAt: 0, error: null, failedReplacement: null, waitingSince: null }),
    desire: assign(({ event }) =>
      event.type === "DESIRE" ? { spec: undefined, removal: undefined, ...event.desired } : {},
    ),
    releaseTurn: ({ context }) => context.turn?.release(),
    decide: assign(({ context }) => ({
      decision: context.plan === null ? null : decide(situation(context, context.plan)),
    })),
    say: enqueueActions(({ context, enqueue }, params: { reason: RestReason; severity?: "Warning" }) => {
      const { reason, severity = "Normal" } = params;
      const message = messageOf(context);
      const saying = JSON.stringify([reason, message, context.acts, context.attempts]);
      if (context.said === saying) return;
      enqueue.assign({ said: saying });
      enqueue.emit({ type: "report", severity, reason, message });
    }),
  },
});

/** While an effect is under way, what happens is kept for the next look. */
const during = {
  WAKE: { actions: "wake" },
  RETRY: { actions: ["retry", "wake"] },
  DESIRE: { actions: ["desire", "retry", "wake"] },
} as const;

const atRest = {
  WAKE: "observing",
  RETRY: { target: "observing", actions: "retry" },
  DESIRE: { target: "observing", actions: ["desire", "retry"] },
} as const;

/**
 * One container's life as a machine. It owns phase, attempts and deadlines; what is desired, what is there and whose
 * turn it is come from outside, through the three effects that the host provides:
 * `look` observes, `turn` waits for permission, `act` performs a plan. An act counts once a look has seen it.
 */
export const instanceMachine = machineSetup.createMachine({
  id: "instance",
  context: ({ input }) => ({
    ...input,
    outlook: null,
    waitingFor: [],
    hold: undefined,
    seenAt: 0,
    plan: null,
    readiness: { state: "pending", word: "unknown" },
    decision: null,
    withheld: [],
    attempts: 0,
    failures: 0,
    triedAt: Number.NEGATIVE_INFINITY,
    retryAt: 0,
    waitingSince: null,
    error: null,
    lookError: null,
    mended: null,
    failedReplacement: null,
    woken: false,
    looks: 0,
    turn: null,
    outdated: false,
    said: null,
    acts: 0,
  }),
  initial: "observing",
  states: {
    observing: {
      entry: assign(({ context }) => ({ woken: false, looks: context.looks + 1 })),
      on: {
        ...during,
        // The look is about the spec that it began with.
        DESIRE: { target: "observing", reenter: true, actions: during.DESIRE.actions },
        BEGUN: { actions: assign({ woken: false }) },
      },
      invoke: {
        src: "look",
        input: ({ context: { effects, name }, self }) => ({
          effects,
          name,
          begun: () => {
            // It may have been stopped since.
            if (self.getSnapshot().status === "active") self.send({ type: "BEGUN" });
          },
        }),
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
        { guard: "isOutdated", target: "observing" },
        { guard: "isGone", target: "retired" },
        { guard: { type: "decides", params: { to: "act" } }, target: "awaitingTurn" },
        { guard: { type: "decides", params: { to: "suspended" } }, target: "suspended" },
        { guard: { type: "decides", params: { to: "deferred" } }, target: "deferred" },
        { guard: { type: "decides", params: { to: "backingOff" } }, target: "backingOff" },
        { guard: { type: "decides", params: { to: "stalled" } }, target: "stalled" },
        { target: "settled" },
      ],
    },
    settled: {
      entry: ["rest", { type: "say", params: { reason: "Settled" } }, assign({ error: null, failures: 0 })],
      always: { guard: "isWoken", target: "observing" },
      on: atRest,
      after: {
        recheck: { guard: "isUnderWay", target: "observing" },
        stableAfter: { actions: assign({ attempts: 0, failedReplacement: null }) },
      },
    },
    awaitingTurn: {
      on: during,
      invoke: {
        src: "turn",
        input: ({ context: { effects, name } }) => ({ effects, name }),
        onDone: [
          // The plan is older than what happened since: give the turn back and look again.
          { guard: "isOutdated", target: "observing", actions: ({ event }) => event.output.release() },
          { target: "acting", actions: assign(({ event }) => ({ turn: event.output })) },
        ],
        onError: { target: "stalled", actions: assign(({ event }) => ({ error: toFleetError(event.error) })) },
      },
    },
    acting: {
      entry: assign({ looks: 0, outdated: false }),
      on: { ...during, DESIRE: { actions: [...during.DESIRE.actions, assign({ outdated: true })] } },
      invoke: {
        src: "act",
        input: ({ context: { effects, plan, outlook } }) => ({
          effects,
          plan: required(plan),
          outlook: required(outlook),
        }),
        onDone: {
          target: "observing",
          actions: assign(({ context }) => ({
            // A replacement that was taken back stays failed.
            error: isUnfinished(required(context.plan)) ? context.error : null,
            mended: mendKey(required(context.plan)),
            acts: context.acts + 1,
            ...afterTry(context, { again: restarts(context.plan), failed: false }),
          })),
        },
        onError: {
          target: "observing",
          actions: assign(({ context, event }) => {
            const error = toFleetError(event.error);
            // Called off before it began: nothing was tried. And what is desired now was not tried either.
            if (error.code === "Cancelled" || context.outdated) return {};
            // That nobody answered says nothing about what was tried.
            const failed = error.code !== "Unreachable";
            return { error, ...afterTry(context, { again: failed, failed }) };
          }),
        },
      },
      exit: ["releaseTurn", assign({ turn: null })],
    },
    deferred: {
      entry: "rest",
      always: { guard: "isWoken", target: "observing" },
      on: atRest,
      after: { held: "observing" },
    },
    suspended: {
      entry: ["rest", { type: "say", params: { reason: "Suspended" } }],
      always: { guard: "isWoken", target: "observing" },
      on: atRest,
      after: { held: "observing" },
    },
    backingOff: {
      entry: ["rest", { type: "say", params: { reason: "BackingOff", severity: "Warning" } }],
      always: { guard: "isWoken", target: "observing" },
      on: atRest,
      after: { backoff: "observing" },
    },
    stalled: {
      entry: ["rest", { type: "say", params: { reason: "Stalled", severity: "Warning" } }],
      always: { guard: "isWoken", target: "observing" },
      on: atRest,
    },
    unknown: {
      entry: ["rest", { type: "say", params: { reason: "EngineUnreachable", severity: "Warning" } }],
      always: { guard: "isWoken", target: "observing" },
      on: atRest,
      after: { away: "observing" },
    },
    retired: { entry: { type: "say", params: { reason: "Retired" } }, type: "final" },
  },
});

/** How many looks in a row a stream of wakes may ask for before what they found is acted on. */
const looksInARow = 4;
/** What lasts until somebody ends it is looked at now and then all the same. */
const longestWait = 3_600_000;

/** How long what holds it up lasts, as far as that is known. */
function heldFor({ hold, waitingFor, seenAt, decision, waitingSince, patience }: InstanceContext): number {
  if (decision?.to === "deferred" && (waitingSince !== null || waitingFor.length > 0)) return patience.recheck;
  if (hold?.until === undefined) return longestWait;
  return Math.min(longestWait, Math.max(patience.recheck, hold.until - seenAt));
}

function afterTry(
  { now, attempts, failures, patience }: InstanceContext,
  { again, failed }: { readonly again: boolean; readonly failed: boolean },
): Pick<InstanceContext, "attempts" | "failures" | "triedAt" | "retryAt"> {
  const tries = attempts + (again ? 1 : 0);
  const triedAt = now();
  const retryAt = triedAt + backoffDelay(tries, patience.backoff);
  return { attempts: tries, failures: failures + (failed ? 1 : 0), triedAt, retryAt };
}

function situation(context: InstanceContext, plan: InstancePlan): Parameters<typeof decide>[0] {
  const { readiness: ready, waitingFor, hold, attempts, failures, error, failedReplacement } = context;
  const { patience, waitingSince } = context;
  return {
    plan,
    readiness: ready,
    waitingFor,
    hold,
    attempts,
    failures,
    maxFailures: patience.maxFailures,
    maxStarts: patience.maxStarts,
    error,
    cooled: context.now() >= context.retryAt,
    overdue: waitingSince !== null && context.now() - waitingSince >= patience.waitAtMost,
    failedReplacement,
  };
}

function messageOf({ decision, error, lookError, readiness: ready }: InstanceContext): string {
  if (lookError !== null) return lookError.message;
  if (decision !== null && "message" in decision) return decision.message;
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
