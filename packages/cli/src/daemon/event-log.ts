import type { FleetEvent } from "@fleet/core";
import type { Logger } from "./logger.ts";

/** One record for one event. Durations in milliseconds. */
export function logEvent(log: Pick<Logger, "info" | "warn">, { type, at, action, ...event }: FleetEvent): void {
  const { kind, duration, error } = action ?? {};
  const keys = {
    ...event,
    ...(kind !== undefined && { action: kind }),
    ...(duration !== undefined && { duration: Math.round(duration) }),
    ...(error !== undefined && { error: error.code }),
  };
  if (type === "Warning") log.warn(keys, "event");
  else log.info(keys, "event");
}
