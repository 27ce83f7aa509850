import { type EngineInfo, isFleetError } from "@fleet/core";
import { sleep } from "@fleet/runner";
import type { Connection } from "../connection.ts";
import type { Program } from "../program.ts";

/** Milliseconds between two tries. */
const firstPause = 250;
const longestPause = 5_000;

export interface EngineWait {
  readonly signal: AbortSignal;
  /** Called once, when it has to be waited for. */
  readonly onWaiting: (message: string) => void;
}

/**
 * Opens the engine and asks who it is, again and again while nobody answers. Rejects with the engine's `FleetError` when
 * trying again makes no sense, and with `Cancelled` when the signal aborts.
 */
export async function awaitEngine(
  { clock }: Program,
  open: () => Promise<Connection>,
  { signal, onWaiting }: EngineWait,
): Promise<{ readonly connection: Connection; readonly info: EngineInfo }> {
  let connection: Connection | undefined;
  for (let pause = firstPause; ; pause = Math.min(longestPause, pause * 2)) {
    try {
      connection ??= await open();
      return { connection, info: await connection.engine.info({ signal }) };
    } catch (error) {
      if (!isFleetError(error) || !error.retry) throw error;
      if (pause === firstPause) onWaiting(error.message);
    }
    await sleep(clock, pause, signal);
  }
}
