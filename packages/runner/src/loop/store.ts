import type { Known } from "../state/known.ts";
import type { Confirmation, Suspension, Suspensions } from "../state/suspensions.ts";

/** What a loop keeps beyond its own life. Every method rejects with a `FleetError`. */
export interface LoopStore {
  load(): Promise<{ readonly suspensions: Suspensions; readonly known?: Known }>;
  suspend(name: string, suspension: Suspension): Promise<void>;
  /** Of all instances when no name is given. */
  resume(name?: string): Promise<void>;
  confirm(confirmation: Confirmation): Promise<void>;
  remember(known: Known): Promise<void>;
  /** Calls `onChange` within a second of any change, whoever made it; returns what ends the calls. */
  watch(onChange: (suspensions: Suspensions) => void): () => void;
}
