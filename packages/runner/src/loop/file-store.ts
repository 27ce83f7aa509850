import { type Clock, type FleetError, isFleetError } from "@fleet/core";
import { readKnown, writeKnown } from "../state/known.ts";
import { confirm, readSuspensions, resume, suspend, watchSuspensions } from "../state/suspensions.ts";
import type { LoopStore } from "./store.ts";

/** Where a loop's store is. */
export interface FileStoreOptions {
  /** The fleet's state folder; it exists. */
  readonly folder: string;
  readonly clock: Clock;
  /** Told that what was written there cannot be read: what was read last stands. */
  readonly onTrouble: (error: FleetError) => void;
}

/** Keeps it in the fleet's state folder, where commands read and write it too. */
export function fileStore({ folder, clock, onTrouble }: FileStoreOptions): LoopStore {
  return {
    load: async () => {
      const [suspensions, known] = await Promise.all([readSuspensions(folder), readKnown(folder)]);
      return { suspensions, ...(known && { known }) };
    },
    suspend: (name, suspension) => suspend(folder, name, suspension, clock),
    resume: async (name) => void (await resume(folder, name, clock)),
    confirm: (confirmation) => confirm(folder, confirmation, clock),
    remember: (known) => writeKnown(folder, known),
    watch: (onChange) => {
      const ended = new AbortController();
      const tell: Parameters<typeof watchSuspensions>[1] = (read) =>
        isFleetError(read) ? onTrouble(read) : onChange(read);
      void watchSuspensions(folder, tell, { clock, signal: ended.signal });
      return () => ended.abort();
    },
  };
}
