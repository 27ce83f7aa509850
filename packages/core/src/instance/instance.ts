import { createActor } from "xstate";
import type { FleetError } from "../errors.ts";
import type { Action } from "../plan/action.ts";
import type { Readiness } from "../plan/lifecycle.ts";
import type { InstancePlan } from "../plan/plan.ts";
import type { Hold } from "../report/hold.ts";
import type { Desired, InstanceInput, InstanceReport, MachineEvent, Outlook, Turn } from "./context.ts";
import type { Decision } from "./decide.ts";
import { instanceMachine } from "./machine.ts";

/** What an instance's machine is at. */
export type Phase =
  /** A look is under way. */
  | "observing"
  /** What was found is weighed: never for long. */
  | "deciding"
  /** Nothing is to be done until something happens. */
  | "settled"
  /** Something is to be done, and others are at it. */
  | "awaitingTurn"
  /** An action is under way. */
  | "acting"
  /** It waits for another instance, for work inside to end, or for a hold to be over. */
  | "deferred"
  /** A person said hands off. */
  | "suspended"
  /** What was tried did not last: it is tried again after a wait. */
  | "backingOff"
  /** It needs a person or a new spec. */
  | "stalled"
  /** Nobody answers. */
  | "unknown"
  /** It is no longer in the spec, and its container is gone. The machine has ended. */
  | "retired";

/** What the machine may do to the world, provided by its host. Each may reject with a `FleetError`. */
export interface InstanceEffects {
  /**
   * Observes the world now, not as it was. `Unreachable` and `Timeout` mean unknown. `begun` is to be called right before
   * the first question, where that is not at once: what wakes the machine until then is no reason for another look.
   */
  readonly look: (name: string, signal: AbortSignal, begun: () => void) => Promise<Outlook>;
  /** Resolves when it may act. */
  readonly turn: (name: string, signal: AbortSignal) => Promise<Turn>;
  /** Performs a plan, and stops at the first action that fails. */
  readonly act: (plan: InstancePlan, outlook: Outlook, signal: AbortSignal) => Promise<void>;
  readonly clock: InstanceClock;
}

/** The time that a machine goes by. A {@link Clock} is one. */
export interface InstanceClock {
  /** Milliseconds that never go back. */
  monotonic(): number;
  /** Calls back after so many milliseconds; what it gives takes the call back. */
  setTimeout(callback: (...args: unknown[]) => void, ms: number): unknown;
  /** Takes back what `setTimeout` gave. */
  clearTimeout(id: unknown): void;
}

/** Where one instance stands now. */
export interface InstanceState {
  readonly name: string;
  readonly phase: Phase;
  readonly plan: InstancePlan | null;
  readonly readiness: Readiness;
  readonly decision: Decision | null;
  /** Why nothing is known, or what the last act failed with. */
  readonly error: FleetError | null;
  /** Dependencies that the last look found not to be as this instance needs them. */
  readonly waitingFor: readonly string[];
  /** Why nothing may be done, by the last look. */
  readonly hold: Hold | undefined;
  /** What a person's apply would do, and the loop does not. */
  readonly withheld: readonly Action[];
  /** Tries since the container last ran for a while. */
  readonly attempts: number;
  /** When the next try may begin; only while it backs off. Monotonic milliseconds. */
  readonly retryAt: number;
  /** Acts that went through. */
  readonly acts: number;
}

/** One running machine. */
export interface Instance {
  readonly name: string;
  /** Begins with a look. */
  start(): void;
  /** Ends it; a look or an act under way is told through its signal. */
  stop(): void;
  /** Something may have happened: look again. Many wakes during one look lead to one more. */
  wake(): void;
  /** Looks again, and what failed before is forgotten: it is tried anew. */
  retry(): void;
  /** The spec or the policy changed. @inlineType Desired */
  desire(desired: Desired): void;
  /** From memory. */
  state(): InstanceState;
  /** Called after every change; returns what ends the calls. */
  onChange(listener: (state: InstanceState) => void): () => void;
  /** Called for each report, as long as it lives. */
  onReport(listener: (report: InstanceReport) => void): void;
}

/** A machine at rest: `start` begins. Everything that it does to the world goes through `effects`. */
export function createInstance(input: InstanceInput, effects: InstanceEffects): Instance {
  const { clock } = effects;
  const actor = createActor(instanceMachine, { input: { ...input, effects, now: () => clock.monotonic() }, clock });
  const state = (): InstanceState => {
    const { value, context } = actor.getSnapshot();
    const { plan, readiness, decision, waitingFor, hold, withheld, attempts, retryAt, acts } = context;
    const error = context.lookError ?? context.error;
    const phase = value as Phase;
    const { name } = input;
    return { name, phase, plan, readiness, decision, error, waitingFor, hold, withheld, attempts, retryAt, acts };
  };
  const send = (event: MachineEvent): void => {
    if (actor.getSnapshot().status === "active") actor.send(event);
  };
  return {
    name: input.name,
    start: () => void actor.start(),
    stop: () => {
      actor.stop();
      actor.getSnapshot().context.turn?.release();
    },
    wake: () => send({ type: "WAKE" }),
    retry: () => send({ type: "RETRY" }),
    desire: (desired) => send({ type: "DESIRE", desired }),
    state,
    onChange: (listener) => {
      const subscription = actor.subscribe({ next: () => listener(state()), complete: () => listener(state()) });
      return () => subscription.unsubscribe();
    },
    onReport: (listener) => void actor.on("report", listener),
  };
}
