import type { FleetEvent, FleetStatus, InstanceStatus, Plan } from "@fleet/core";

/** What the interfaces (HTTP, CLI, notifications) see of a running loop, and may ask of it. */
export interface LoopView {
  /** From memory. */
  status(): FleetStatus;
  /** From memory; undefined when there is no such instance. */
  instance(name: string): InstanceStatus | undefined;
  /** Looks at everything now. Rejects with the engine's `FleetError`. */
  plan(signal?: AbortSignal): Promise<Plan>;
  /** Wakes one instance, or all. */
  wake(name?: string): void;
  /** Rejects with `NotFound` for a name that the fleet does not have. Survives a restart. */
  suspend(
    name: string,
    suspension: { readonly until?: number; readonly reason: string; readonly by: string },
  ): Promise<void>;
  /** Ends a suspension; of all instances when no name is given. */
  resume(name?: string): Promise<void>;
  /** Ends what holds the whole fleet (breaker, changed engine). */
  confirm(by: string): Promise<void>;
  /** Called after each event was given to the journal; returns what ends the calls. */
  onEvent(listener: (event: FleetEvent & { readonly seq: number }) => void): () => void;
}

/** Measurements, as they happen. Durations in milliseconds. */
export interface LoopMeter {
  /** A look at one instance ended. */
  looked(duration: number, ok: boolean): void;
  /** An action of this kind ended. */
  acted(kind: string, ok: boolean, duration: number): void;
  /** From the engine's event, or the list that found it, to the first call that heals. */
  reacted(duration: number): void;
  /** The stream of the engine's events was opened anew. */
  reconnected(): void;
}
