import type { Known } from "../state/known.ts";
import type { Suspensions } from "../state/suspensions.ts";
import type { LoopStore } from "./store.ts";

/** Forgets everything when the program ends. */
export function memoryStore(): LoopStore {
  let suspensions: Suspensions = { schema: "fleet.suspensions/v1", instances: {} };
  let known: Known | undefined;
  const listeners = new Set<(suspensions: Suspensions) => void>();
  const change = (changes: Partial<Suspensions>): void => {
    suspensions = { ...suspensions, ...changes };
    for (const listener of listeners) listener(suspensions);
  };
  return {
    load: async () => ({ suspensions, ...(known && { known }) }),
    suspend: async (name, suspension) => change({ instances: { ...suspensions.instances, [name]: suspension } }),
    resume: async (name) => {
      const kept = Object.entries(suspensions.instances).filter(([other]) => name !== undefined && name !== other);
      change({ instances: Object.fromEntries(kept) });
    },
    confirm: async (confirmed) => change({ confirmed }),
    remember: async (next) => {
      known = next;
    },
    watch: (onChange) => {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
  };
}
