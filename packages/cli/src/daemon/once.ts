import type { FleetStatus } from "@fleet/core";
import { type Loop, sleep } from "@fleet/runner";
import { type ExitCode, exit } from "../exit.ts";
import type { Program } from "../program.ts";

/** Milliseconds between two looks at the status. */
const interval = 50;

/** Resolves when nothing more happens by itself, when the time is over, or when the signal aborts. */
export async function untilAtRest(
  { clock }: Program,
  loop: Pick<Loop, "status">,
  { timeout, signal }: { readonly timeout: number; readonly signal: AbortSignal },
): Promise<void> {
  const end = clock.monotonic() + timeout;
  while (!signal.aborted && clock.monotonic() < end && !isAtRest(loop.status())) {
    await sleep(clock, interval, signal).catch(() => undefined);
  }
}

/** Everything was looked at, and what is not as it should be needs a person. */
export function isAtRest({ ready, instances }: FleetStatus): boolean {
  const busy = instances.some(({ phase }) => phase === "observing" || phase === "deciding");
  return ready && !busy && instances.every(({ conditions }) => statusOf(conditions, "Progressing") === "false");
}

/** What `run --once` ends with. */
export function onceCode({ engine, hold, instances }: FleetStatus): ExitCode {
  if (!engine.reachable) return exit.error;
  const fine = instances.every(
    ({ phase, conditions }) =>
      phase === "retired" || (statusOf(conditions, "Ready") === "true" && statusOf(conditions, "Synced") === "true"),
  );
  return fine && hold === undefined ? exit.done : exit.blocked;
}

type Conditions = FleetStatus["instances"][number]["conditions"];

function statusOf(conditions: Conditions, wanted: Conditions[number]["type"]): string | undefined {
  return conditions.find(({ type }) => type === wanted)?.status;
}
