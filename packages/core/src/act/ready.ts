import type { EngineReader } from "../engine/engine.ts";
import { FleetError } from "../errors.ts";
import { describeRestarts, readiness } from "../plan/lifecycle.ts";
import type { Healthcheck } from "../spec/config.ts";
import type { Lifecycle } from "../spec/instance.ts";

/** How a wait passes time. */
export interface Wait {
  /** Resolves after so many milliseconds; rejects with `Cancelled` when the signal aborts. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Milliseconds until a container that is not ready counts as failed, over what its health check may take. */
  readonly readyTimeout: number;
  /** Milliseconds that a container without a health check must keep running to count as ready. */
  readonly settleTime: number;
}

const pollInterval = 100;

/**
 * Waits until the container is ready: a one-shot that ended with 0, a healthy one, or one without a check that has
 * kept running (a one-shot too: its work may take longer than anybody should wait here). Who waits for a lazy one needs
 * it, so it has to run. Rejects with `Refused` when it failed or was paused, `Timeout` when it is not ready in time.
 */
export async function awaitReady(
  engine: EngineReader,
  id: string,
  lifecycle: Lifecycle,
  wait: Wait,
  signal?: AbortSignal,
): Promise<void> {
  const options = signal === undefined ? {} : { signal };
  const began = wait.now();
  let run: { readonly startedAt: number | undefined; readonly since: number } | undefined;
  for (;;) {
    const container = await engine.inspectContainer(id, options);
    const { startedAt, phase } = container.state;
    const now = wait.now();
    const elapsed = now - began;
    // A restart by the engine's policy begins the proof anew.
    if (run === undefined || run.startedAt !== startedAt) run = { startedAt, since: now };
    const at = (startedAt ?? 0) + now - run.since;
    const { state, word, restarts } = readiness(container, lifecycle.kind === "lazy" ? { kind: "hot" } : lifecycle, at);
    // One that somebody paused becomes ready by nothing that happens here.
    if (state === "failed" || phase === "paused" || phase === "dead") {
      const why = container.state.error ?? (restarts === undefined ? word : describeRestarts(restarts));
      throw new FleetError("Refused", `${container.name} did not become ready: ${why}`, {
        hint: `docker logs ${container.name} may say why`,
      });
    }
    const proven = container.state.health !== undefined || word === "completed" || now - run.since >= wait.settleTime;
    if ((state === "ready" || word === "running") && proven) return;
    if (elapsed >= wait.readyTimeout + checkTime(container.config.healthcheck)) {
      throw new FleetError("Timeout", `${container.name} is still ${word} after ${Math.round(elapsed / 1000)} s`);
    }
    await wait.sleep(pollInterval, signal);
  }
}

/** Milliseconds that a health check may take until it has made up its mind, with the engine's defaults. */
function checkTime(check: Healthcheck | undefined): number {
  if (check?.test === undefined || check.test[0] === "NONE") return 0;
  const { startPeriod = 0, interval = 30_000, retries = 3 } = check;
  return startPeriod + interval * retries;
}
