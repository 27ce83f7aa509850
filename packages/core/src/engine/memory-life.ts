import type { ContainerState } from "../observe/container.ts";
import type { BindSources } from "./memory-create.ts";
import { happen, happenToNetworks, signalNumber } from "./memory-happen.ts";
import { indexOf, schedule } from "./memory-index.ts";
import { type MemoryContainer, type MemoryState, nextId } from "./memory-state.ts";

/** Milliseconds: the first restart by policy, and the longest wait between two. */
const firstRestart = 100;
const longestRestart = 60_000;
/** A run this long starts the waits over. */
const stableRun = 10_000;
/** As events have it. */
const sigkill = "9";

export const isAlive = (container: MemoryContainer): boolean =>
  container.phase === "running" || container.phase === "paused" || container.phase === "restarting";

/** Whether there is a process: between two runs there is none. */
export const runs = (container: MemoryContainer): boolean => isAlive(container) && container.phase !== "restarting";

/** Runs the main program from its beginning. Callers have checked that it can. */
export function begin(
  state: MemoryState,
  container: MemoryContainer,
  now: number,
  host: BindSources | undefined,
): void {
  const { error: _error, exitCode: _code, health: _health, lastCheck: _check, ...rest } = container.state;
  const { program, probe } = container;
  const { mounts = [] } = container.config;
  host?.mount(
    container.id,
    mounts.filter((mount) => mount.kind === "bind"),
  );
  container.phase = "running";
  container.state = {
    ...rest,
    oomKilled: false,
    startedAt: now,
    pid: 1000 + (Number.parseInt(nextId(state).slice(0, 4), 16) % 30_000),
    ...(probe === undefined ? {} : { health: "starting" }),
  };
  container.logs = (container.logs + program.output).slice(-64 * 1024);
  schedule(state, container, {
    ...(program.runsFor === undefined ? {} : { exit: now + program.runsFor }),
    ...(probe === undefined ? {} : { health: now + probe.after }),
  });
  happenToNetworks(state, container, "connect", now);
  happen(state, container, "start", now);
}

/** The main program has ended by itself or by a signal that did not come through the engine: the restart policy acts. */
export function end(
  state: MemoryState,
  container: MemoryContainer,
  code: number,
  now: number,
  oomKilled = false,
): void {
  const ran = now - (container.state.startedAt ?? now);
  if (oomKilled && runs(container)) happen(state, container, "oom", now);
  halt(state, container, code, now);
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
  schedule(state, container, { restart: now + container.restartDelay });
}

/** Sends the stop signal, and the SIGKILL that follows when it is ignored. One that does not run stays as it is. */
export function stop(state: MemoryState, container: MemoryContainer, now: number): void {
  if (!isAlive(container)) return;
  const { phase, program, config } = container;
  if (runs(container)) {
    const signal = signalNumber(config.stopSignal ?? "SIGTERM");
    happen(state, container, "kill", now, { signal });
    if (phase === "paused") happen(state, container, "unpause", now);
    if (signal !== sigkill && program.stopCode === undefined)
      happen(state, container, "kill", now, { signal: sigkill });
  }
  halt(state, container, stopCode(container), now);
  happen(state, container, "stop", now);
}

/** One that does not run stays as it is. */
export function kill(state: MemoryState, container: MemoryContainer, now: number): void {
  if (!isAlive(container)) return;
  happen(state, container, "kill", now, { signal: sigkill });
  halt(state, container, 137, now);
}

/** Ended so that no policy restarts it. */
function halt(state: MemoryState, container: MemoryContainer, code: number, now: number): void {
  const { health, ...rest } = container.state;
  if (runs(container)) {
    happen(state, container, "die", now, { exitCode: code });
    happenToNetworks(state, container, "disconnect", now);
  }
  container.phase = "exited";
  container.state = { ...rest, exitCode: code, finishedAt: now, pid: 0, ...(health ? { health: "unhealthy" } : {}) };
  container.due = {};
  container.execs = [];
}

/** What the main program's exit code is after the stop signal, or after the SIGKILL that follows it. */
function stopCode(container: MemoryContainer): number {
  if (container.phase === "restarting") return container.state.exitCode ?? 0;
  const kills = signalNumber(container.config.stopSignal ?? "SIGTERM") === sigkill;
  return kills ? 137 : (container.program.stopCode ?? 137);
}

/** Lets happen what was due by `now`, in order. Whether anything did. */
export function settle(state: MemoryState, now: number, host: BindSources | undefined): boolean {
  let changed = false;
  for (;;) {
    const next = nextDue(state);
    if (next === undefined || next.at > now) return changed;
    changed = true;
    const { container, kind, at } = next;
    if (kind === "exec") {
      container.execs = container.execs.filter(({ endsAt }) => endsAt !== at);
      continue;
    }
    delete container.due[kind];
    if (kind === "exit") end(state, container, container.program.exitCode, at);
    else if (kind === "health") check(state, container, at);
    else {
      container.state = { ...container.state, restartCount: container.state.restartCount + 1 };
      begin(state, container, at, host);
    }
  }
}

/** The health check has made up its mind. */
function check(state: MemoryState, container: MemoryContainer, now: number): void {
  const { code = 0, output = "" } = container.probe ?? {};
  container.state = { ...container.state, lastCheck: { exitCode: code, output } };
  setHealth(state, container, code === 0 ? "healthy" : "unhealthy", now);
}

export function setHealth(
  state: MemoryState,
  container: MemoryContainer,
  health: NonNullable<ContainerState["health"]>,
  now: number,
): void {
  if (container.state.health !== health) happen(state, container, "health_status", now, { detail: health });
  container.state = { ...container.state, health };
}

interface Due {
  readonly container: MemoryContainer;
  readonly kind: keyof MemoryContainer["due"] | "exec";
  readonly at: number;
}

/** The first thing that will happen by itself. */
export function nextDue(state: MemoryState): Due | undefined {
  let first: Due | undefined;
  const { timed } = indexOf(state);
  for (const container of timed) {
    const { due, execs } = container;
    if (Object.keys(due).length === 0 && execs.length === 0) timed.delete(container);
    if (container.phase === "paused") continue;
    for (const kind of ["exit", "restart", "health"] as const) {
      const at = due[kind];
      if (at !== undefined && (first === undefined || at < first.at)) first = { container, kind, at };
    }
    for (const { endsAt: at } of execs) {
      if (at !== undefined && (first === undefined || at < first.at)) first = { container, kind: "exec", at };
    }
  }
  return first;
}
