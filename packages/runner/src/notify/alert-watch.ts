import { type Clock, systemClock } from "@fleet/core";
import type { LoopView } from "../loop/view.ts";
import type { Alert } from "./alert.ts";
import { nextAlerts, type WatchedProblems } from "./alerts.ts";

/** Whose problems are told, and to whom. */
export interface AlertWatchOptions {
  readonly view: LoopView;
  /** Must return at once. */
  readonly send: (alert: Alert) => void;
  /** How long a problem must last to be told. Milliseconds; default 30 s. */
  readonly after?: number;
  readonly clock?: Clock;
  /** Told what `view` or `send` threw; the watch goes on. */
  readonly onError?: (error: unknown) => void;
}

/** A watch that goes on. */
export interface AlertWatch {
  /** Nothing is told any more. */
  close(): void;
}

/** Milliseconds between two looks at the status when no event asks for one. */
const interval = 5000;

/**
 * Tells of lasting problems from now on. What lasted before is told again: nothing is remembered over a restart.
 */
export function watchAlerts(options: AlertWatchOptions): AlertWatch {
  const { view, send, after = 30_000, clock = systemClock, onError } = options;
  let watched: WatchedProblems = [];
  let timer: unknown;
  /** A look is due at once: more events do not put it off. */
  let soon = false;

  const arm = (delay: number): void => {
    clock.clearTimeout(timer);
    timer = clock.setTimeout(look, delay);
  };
  const look = (): void => {
    soon = false;
    let delay = interval;
    try {
      const now = clock.monotonic();
      const step = nextAlerts(watched, view.status(), { after, now });
      watched = step.watched;
      if (step.due !== undefined) delay = Math.min(interval, step.due - now);
      for (const alert of step.alerts) send(alert);
    } catch (error) {
      onError?.(error);
    }
    arm(delay);
  };
  const unsubscribe = view.onEvent(() => {
    if (soon) return;
    soon = true;
    // Not now: the loop is in the middle of what it tells of.
    arm(0);
  });
  look();
  return {
    close: () => {
      unsubscribe();
      clock.clearTimeout(timer);
    },
  };
}
