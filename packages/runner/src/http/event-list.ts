import type { RecordedEvent } from "./event-history.ts";

/** Past events as one document. */
export interface EventList {
  readonly schema: "fleet.events/v1";
  readonly fleet: string;
  /** Oldest first. */
  readonly events: readonly RecordedEvent[];
}
