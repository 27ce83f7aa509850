import type { Clock, FleetStatus } from "@fleet/core";
import type { Logger } from "./logger.ts";
import { summaryOf } from "./summary.ts";
import type { SystemdNotifier } from "./systemd-notifier.ts";

export interface VitalSignsOptions {
  readonly status: () => FleetStatus;
  readonly notifier: Pick<SystemdNotifier, "ready" | "status">;
  readonly log: Pick<Logger, "info">;
  readonly clock: Clock;
}

/** Milliseconds between two looks at the status. */
const interval = 250;

/** Tells systemd how the loop is, and, once, that it has looked at everything. Returns what ends it. */
export function showVitalSigns({ status, notifier, log, clock }: VitalSignsOptions): () => void {
  let told = false;
  let timer: unknown;
  const look = (): void => {
    const now = status();
    const summary = summaryOf(now);
    notifier.status(summary);
    if (now.ready && !told) {
      told = true;
      notifier.ready();
      log.info({ summary }, "ready");
    }
    timer = clock.setTimeout(look, told ? 4 * interval : interval);
  };
  look();
  return () => clock.clearTimeout(timer);
}
