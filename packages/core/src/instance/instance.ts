import { createActor } from "xstate";
import type { FleetError } from "../errors.ts";
import type { Action } from "../plan/action.ts";
import type { Readiness } from "../plan/lifecycle.ts";
import type { InstancePlan } from "../plan/plan.ts";
import type { Hold } from "../report/hold.ts";
import type { Desired, InstanceInput, InstanceReport, MachineEvent, Outlook, Turn } from "./context.ts";
import type { Decision } from "./decide.ts";
import { instanceMachine } from "./machine.ts";

export type Phase =
  | "observing"
  | "deciding"
  | "settled"
  | "awaitingTurn"
  | "acting"
  | "deferred"
  | "suspended"
  | "backingOff"
  | "stalled"
  | "unknown"
  | "retired";

/** What the machine may do to the world, provided by its host. Each may reject with a `FleetError`. */
export interface InstanceEffects {
  readonly look: (name: string, signal: AbortSignal) => Promise<Outlook>;
  readonly turn: (name: string, signal: AbortSignal) => Promise<Turn>;
  readonly act: (plan: InstancePlan, outlook: Outlook, signal: AbortSignal) => Promise<void>;
  readonly clock: InstanceClock;
}

export interface InstanceClock {
  /** Milliseconds that never go back. */
  monotonic(): number;
  setTimeout(callback: (...args: unknown[]) => void, ms: number): unknown;
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
  readonly attempts: number;
  /** When the next try may begin; only while it backs off. Monotonic milliseconds. */
  readonly retryAt: number;
  /** Acts that went through. */
  readonly acts: number;
}

/** One running machine. */
export interface Instance {
  readonly name: string;
  start(): void;
  /** Ends it; a look or an act under way is told through its signal. */
  stop(): void;
  /** Something may have happened: look again. Many wakes during one look lead to one more. */
  wake(): void;
  /** Looks again, and what failed before is forgotten: it is tried anew. */
  retry(): void;
  /** The spec or the policy changed. */
  desire(desired: Desired): void;
  state(): InstanceState;
  /** Called after every change; returns what ends the calls. */
  onChange(listener: (state: InstanceState) => void): () => void;
  onReport(listener: (report: InstanceReport) => void): void;
}

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
