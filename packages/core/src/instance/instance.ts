import { createActor, fromPromise } from "xstate";
import type { FleetError } from "../errors.ts";
import type { Readiness } from "../plan/lifecycle.ts";
import type { InstancePlan } from "../plan/plan.ts";
import type { InstanceInput, InstanceReport, Outlook, Turn } from "./context.ts";
import type { Decision } from "./decide.ts";
import { instanceMachine } from "./machine.ts";

export type Phase =
  | "observing"
  | "deciding"
  | "settled"
  | "awaitingTurn"
  | "acting"
  | "deferred"
  | "backingOff"
  | "stalled"
  | "unknown"
  | "retired";

/** What the machine may do to the world, provided by its host. Each may reject with a `FleetError`. */
export interface InstanceEffects {
  readonly look: (name: string, signal: AbortSignal) => Promise<Outlook>;
  readonly turn: (name: string, signal: AbortSignal) => Promise<Turn>;
  readonly act: (plan: InstancePlan, outlook: Outlook, signal: AbortSignal) => Promise<void>;
  /** Replaces real timers in tests. */
  readonly clock?: InstanceClock;
}

export interface InstanceClock {
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
  readonly attempts: number;
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
  state(): InstanceState;
  /** Called after every change; returns what ends the calls. */
  onChange(listener: (state: InstanceState) => void): () => void;
  onReport(listener: (report: InstanceReport) => void): void;
}

export function createInstance(input: InstanceInput, effects: InstanceEffects): Instance {
  const machine = instanceMachine.provide({
    actors: {
      look: fromPromise(({ input: { name }, signal }) => effects.look(name, signal)),
      turn: fromPromise(({ input: { name }, signal }) => effects.turn(name, signal)),
      act: fromPromise(({ input: { plan, outlook }, signal }) => effects.act(plan, outlook, signal)),
    },
  });
  const actor = createActor(machine, { input, ...(effects.clock && { clock: effects.clock }) });
  const state = (): InstanceState => {
    const { value, context } = actor.getSnapshot();
    const { plan, readiness, decision, attempts, acts } = context;
    const error = context.lookError ?? context.error;
    const waitingFor = context.outlook?.waitingFor ?? [];
    return { name: input.name, phase: value as Phase, plan, readiness, decision, error, waitingFor, attempts, acts };
  };
  return {
    name: input.name,
    start: () => void actor.start(),
    stop: () => {
      actor.stop();
      actor.getSnapshot().context.turn?.release();
    },
    wake: () => {
      if (actor.getSnapshot().status === "active") actor.send({ type: "WAKE" });
    },
    state,
    onChange: (listener) => {
      const subscription = actor.subscribe({ next: () => listener(state()), complete: () => listener(state()) });
      return () => subscription.unsubscribe();
    },
    onReport: (listener) => void actor.on("report", listener),
  };
}
