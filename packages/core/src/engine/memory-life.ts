import { type MemoryContainer, type MemoryState, nextId } from "./memory-state.ts";

/** Milliseconds: the first restart by policy, and the longest wait between two. */
const firstRestart = 100;
const longestRestart = 60_000;
/** A run this long starts the waits over. */
const stableRun = 10_000;

export const isAlive = (container: MemoryContainer): boolean =>
  container.phase === "running" || container.phase === "paused" || container.phase === "restarting";

/** Runs the main program from its beginning. Callers have checked that it can. */
export function begin(state: MemoryState, container: MemoryContainer, now: number): void {
  const { error: _error, exitCode: _code, health: _health, ...rest } = container.state;
  const { program, probe } = container;
  container.phase = "running";
  container.state = {
    ...rest,
    oomKilled: false,
    startedAt: now,
    pid: 1000 + (Number.parseInt(nextId(state).slice(0, 4), 16) % 30_000),
    ...(probe === undefined ? {} : { health: "starting" }),
  };
  container.logs = (container.logs + program.output).slice(-64 * 1024);
  container.due = {
    ...(program.runsFor === undefined ? {} : { exit: now + program.runsFor }),
    ...(probe === undefined ? {} : { health: now + probe.after }),
  };
}

/** The main program has ended by itself or by a signal that did not come through the engine: the restart policy acts. */
export function end(container: MemoryContainer, code: number, now: number, oomKilled = false): void {
  const ran = now - (container.state.startedAt ?? now);
  halt(container, code, now);
  container.state = { ...container.state, oomKilled };
  const restart = container.config.restart;
  const { restartCount } = container.state;
  const again =
    restart?.policy === "always" ||
    restart?.policy === "unless-stopped" ||
    (restart?.policy === "on-failure" && code !== 0 && restartCount < (restart.maxRetries || Number.POSITIVE_INFINITY));
  if (!again) return;
  container.phase = "restarting";
  container.restartDelay =
    ran >= stableRun || container.restartDelay === 0
      ? firstRestart
      : Math.min(container.restartDelay * 2, longestRestart);
  container.due = { restart: now + container.restartDelay };
}

/** Stopped through the engine: no policy restarts it. */
export function halt(container: MemoryContainer, code: number, now: number): void {
  const { health, ...rest } = container.state;
  container.phase = "exited";
  container.state = { ...rest, exitCode: code, finishedAt: now, pid: 0, ...(health ? { health: "unhealthy" } : {}) };
  container.due = {};
}

/** What the main program's exit code is after the stop signal, or after the SIGKILL that follows it. */
export function stopCode(container: MemoryContainer): number {
  if (container.phase === "restarting") return container.state.exitCode ?? 0;
  const kills = /^(SIG)?KILL$|^9$/.test(container.config.stopSignal ?? "");
  return kills ? 137 : (container.program.stopCode ?? 137);
}

/** Lets happen what was due by `now`, in order. Whether anything did. */
export function settle(state: MemoryState, now: number): boolean {
  let changed = false;
  for (;;) {
    const next = nextDue(state);
    if (next === undefined || next.at > now) return changed;
    changed = true;
    const { container, kind, at } = next;
    delete container.due[kind];
    if (kind === "exit") end(container, container.program.exitCode, at);
    else if (kind === "health") {
      container.state = { ...container.state, health: container.probe?.code === 0 ? "healthy" : "unhealthy" };
    } else {
      container.state = { ...container.state, restartCount: container.state.restartCount + 1 };
      begin(state, container, at);
    }
  }
}

interface Due {
  readonly container: MemoryContainer;
  readonly kind: keyof MemoryContainer["due"];
  readonly at: number;
}

/** The first thing that will happen by itself. */
export function nextDue(state: MemoryState): Due | undefined {
  let first: Due | undefined;
  for (const container of Object.values(state.containers)) {
    if (container.phase === "paused") continue;
    for (const kind of ["exit", "restart", "health"] as const) {
      const at = container.due[kind];
      if (at !== undefined && (first === undefined || at < first.at)) first = { container, kind, at };
    }
  }
  return first;
}
