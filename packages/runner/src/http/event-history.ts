import type { FleetEvent } from "@fleet/core";

/** An event as the journal holds it. `seq` grows over restarts too, with gaps: not every journal entry is an event. */
export type RecordedEvent = FleetEvent & { readonly seq: number };

/** Past events. Each condition that is given narrows them down. */
export interface HistoryQuery {
  /** Only those with a greater `seq`. */
  readonly after?: number;
  /** Only those that happened then or later. Milliseconds since the epoch. */
  readonly since?: number;
  /** Only those of one instance; what concerns the whole fleet is left out. */
  readonly instance?: string;
  /** Of what is left, the newest so many. */
  readonly limit?: number;
}

/** The past, for those who come later. */
export interface EventHistory {
  /**
   * Oldest first. Holds every event that was given to the journal before the call, on disk or not yet: one that
   * listens to new events first and then reads misses none. The iteration rejects with a `FleetError` when the journal
   * cannot be read.
   */
  read(query: HistoryQuery): AsyncIterable<RecordedEvent>;
}
