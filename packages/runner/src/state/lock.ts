import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { type Clock, FleetError, hostError, systemClock } from "@fleet/core";
import { sleep } from "../sleep.ts";
import { beatInterval, HeldLock, type LockHolder, readHolder, staleAfter, tryLock } from "./lock-file.ts";

/** Milliseconds between two tries while another holds it. */
const retryInterval = 250;

/** Which lock, for whom, and whether to wait for it. */
export interface LockOptions {
  /** The fleet's state folder. */
  readonly folder: string;
  readonly engineId: string;
  readonly holder: LockHolder & {
    readonly what: "fleet run" | "fleet apply" | "fleet destroy" | "an embedding program";
  };
  /** Absent: one that is held is an error at once. */
  readonly wait?: {
    readonly signal: AbortSignal;
    /** Called once for each that holds it meanwhile. */
    onWaiting(holder: LockHolder): void;
  };
  readonly clock?: Clock;
}

/** The right to change a fleet on an engine, which one process has at a time. Keeps no process alive. */
export interface Lock {
  /** Never rejects; what cannot be removed is free once this process has ended. */
  release(): Promise<void>;
  /** Aborts when another took it over, as happens to one that slept, or when that can no longer be ruled out. */
  readonly lost: AbortSignal;
}

/**
 * Takes the lock. A holder on this host that no longer runs is replaced at once, one that cannot be seen from here
 * after 20 s without a sign of life. `Locked` names who holds it, `Cancelled` when waiting was ended, `Invalid` for a
 * lock file that holds something else, `Unsupported` on a filesystem without hard links; else what the filesystem
 * answered.
 */
export async function acquireLock({ folder, engineId, holder, wait, clock = systemClock }: LockOptions): Promise<Lock> {
  const path = lockPath(folder, engineId);
  for (let told = ""; ; ) {
    if (wait?.signal.aborted) throw new FleetError("Cancelled", "the wait for the lock was cancelled");
    const found = await attempt(path, holder);
    if (found instanceof HeldLock) return new KeptLock(found, basename(folder), clock);
    if (wait === undefined) throw locked(basename(folder), found, holder, clock.now());
    const name = `${found.host} ${found.pid} ${found.since}`;
    if (name !== told) wait.onWaiting(found);
    told = name;
    await sleep(clock, retryInterval, wait.signal);
  }
}

/** Who has the right at present; undefined when nobody has. Takes nothing. Rejects as {@link acquireLock} does. */
export function lockHolder({
  folder,
  engineId,
  pid,
  host,
}: Pick<LockOptions, "folder" | "engineId"> & Pick<LockHolder, "pid" | "host">): Promise<LockHolder | undefined> {
  return readHolder(lockPath(folder, engineId), { pid, host });
}

/** An engine's id can be any text. */
function lockPath(folder: string, engineId: string): string {
  return join(folder, `engine-${createHash("sha256").update(engineId).digest("hex").slice(0, 16)}.lock`);
}

async function attempt(path: string, holder: LockHolder): Promise<HeldLock | LockHolder> {
  try {
    return await tryLock(path, holder);
  } catch (error) {
    throw hostError(error, `cannot lock ${path}`, "Permit the user that runs this to write there.");
  }
}

function locked(fleet: string, found: LockHolder, { host }: LockHolder, now: number): FleetError {
  const message = `fleet ${fleet} on this engine is held by ${found.what} (pid ${found.pid} on ${found.host} since ${time(found.since, now)})`;
  return new FleetError("Locked", message, { hint: whatToDo(found, host) });
}

function whatToDo({ what, pid, host }: LockHolder, here: string): string {
  const stop = host === here ? `stop it: kill ${pid}` : `stop it on ${host}`;
  const gone = host === here ? "" : `; if that host is gone, it is free within ${staleAfter / 1000} s`;
  // It is never done: it follows the file.
  if (what === "fleet run") return `Edit the fleet file, and it follows within a second; or ${stop}${gone}.`;
  return `Wait until it is done, or ${stop}${gone}.`;
}

/** `14:02`, with the date when it was not today; in local time. */
function time(at: number, now: number): string {
  const [then, today] = [new Date(at), new Date(now)];
  const two = (number: number): string => String(number).padStart(2, "0");
  const clock = `${two(then.getHours())}:${two(then.getMinutes())}`;
  if (then.toDateString() === today.toDateString()) return clock;
  return `${then.getFullYear()}-${two(then.getMonth() + 1)}-${two(then.getDate())} ${clock}`;
}

class KeptLock implements Lock {
  readonly lost: AbortSignal;
  readonly #held: HeldLock;
  readonly #fleet: string;
  readonly #clock: Clock;
  readonly #losing = new AbortController();
  /** By the clock's `monotonic`. */
  #seen: number;
  #timer: unknown;
  #beating: Promise<void> = Promise.resolve();
  #released: Promise<void> | undefined;

  constructor(held: HeldLock, fleet: string, clock: Clock) {
    this.lost = this.#losing.signal;
    this.#held = held;
    this.#fleet = fleet;
    this.#clock = clock;
    this.#seen = clock.monotonic();
    this.#arm();
  }

  release(): Promise<void> {
    this.#released ??= this.#release();
    return this.#released;
  }

  async #release(): Promise<void> {
    this.#clock.clearTimeout(this.#timer);
    await this.#beating;
    if (!this.lost.aborted) await this.#held.release().catch(() => undefined);
  }

  #arm(): void {
    this.#timer = this.#clock.setTimeout(() => {
      this.#beating = this.#beat();
    }, beatInterval);
    // A lock that was forgotten must not keep its process: once that has ended, it is free.
    (this.#timer as { unref?: () => void } | undefined)?.unref?.();
  }

  async #beat(): Promise<void> {
    const began = this.#clock.monotonic();
    const ours = await this.#held.beat().catch(() => undefined);
    if (ours === true) this.#seen = began;
    if (ours === false) return this.#lose("was taken over by another process");
    if (this.#clock.monotonic() - this.#seen > staleAfter) {
      return this.#lose(`could not be renewed for ${staleAfter / 1000} s, so that another host may take it`);
    }
    if (this.#released === undefined) this.#arm();
  }

  #lose(how: string): void {
    this.#losing.abort(new FleetError("Locked", `the lock on fleet ${this.#fleet} ${how}`));
  }
}
