import type { Known } from "../state/known.ts";
import type { Confirmation, Suspension, Suspensions } from "../state/suspensions.ts";

/** What a loop keeps beyond its own life. Every method rejects with a `FleetError`. */
export interface LoopStore {
  /** What was kept last; `known` is absent when nothing is known. */
  load(): Promise<{ readonly suspensions: Suspensions; readonly known?: Known }>;
  /** In place of what was said before about this instance. */
  suspend(name: string, suspension: Suspension): Promise<void>;
  /** Ends a suspension; of all instances when no name is given. */
  resume(name?: string): Promise<void>;
  /** Ends what holds the whole fleet. */
  confirm(confirmation: Confirmation): Promise<void>;
  /** For the next run: which instances had a container, and what holds the whole fleet. */
  remember(known: Known): Promise<void>;
  /** Calls `onChange` within a second of any change, whoever made it; returns what ends the calls. */
  watch(onChange: (suspensions: Suspensions) => void): () => void;
}
