import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import {
  type Clock,
  type Engine,
  FleetError,
  type FleetSpec,
  type FleetStatus,
  type Host,
  type InstanceStatus,
  isFleetError,
  localHost,
  type Plan,
  type ResolvedFleet,
  remoteHost,
  systemClock,
} from "@fleet/core";
import type { LeaseRecord } from "../lease/lease.ts";
import { pickReady } from "../lease/pick.ts";
import type { LoopHooks } from "../loop/hooks.ts";
import { Loop } from "../loop/loop.ts";
import { Mutex } from "../loop/mutex.ts";
import type { Acquired, AcquireOptions } from "../loop/uses.ts";
import { claimedEngine } from "./claimed-engine.ts";
import { resolveSpec, type SecretProvider } from "./desired.ts";
import { EventLog, type RecordedFleetEvent } from "./event-log.ts";
import { type FleetState, folderState, memoryState } from "./fleet-state.ts";
import { unlessAborted } from "./unless-aborted.ts";

/** What a fleet is made of, and what its embedder hears and has to say. Nothing but `spec` and `engine` must be given. */
export interface OpenFleetOptions extends LoopHooks {
  /**
   * The desired state, in the fleet file's shape. Asked at each start, after each change, and by `reconcile`. What it
   * gives later must be of the same fleet: `metadata.name` stays.
   */
  readonly spec: () => FleetSpec | Promise<FleetSpec>;
  /** Calls `changed` whenever `spec` may give something else; returns what ends the calls. */
  readonly watchSpec?: (changed: () => void) => () => void;
  /** Stays open: whoever opened it closes it after `stop`. */
  readonly engine: Engine;
  /** Default: this machine's own files for an engine on a unix socket, else none. */
  readonly host?: Host;
  /** Values of the secrets that the spec names. Asked again whenever the spec is: another value replaces the container. */
  readonly secrets?: SecretProvider;
  /** What `${VARIABLE}` in the spec means. Default: nothing is set. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Absolute: what relative paths in the spec start from. Default: the working directory. */
  readonly baseDir?: string;
  /**
   * Absolute: below it, in a folder with the fleet's name, journal, leases and suspensions are kept, and a second writer is
   * kept out. With the folder of the `fleet` command (`--state`) its commands see them too, and are kept out the same
   * way. Default: in memory.
   */
  readonly stateFolder?: string;
  /** Called for everything that happens, in order. What it throws, or rejects with, is dropped. */
  readonly onEvent?: (event: RecordedFleetEvent) => unknown;
  readonly clock?: Clock;
}

/**
 * A fleet that is kept by this program. Nothing that goes wrong in it throws: it is an event. It listens to none of the
 * process's signals: `stop` is the embedder's to call. Before `start` and after `stop` all but these two and `events` fail
 * with `Invalid`.
 */
export interface Fleet {
  /**
   * Takes over. Rejects with `SpecInvalid`, with `Locked` when another program keeps the fleet, with what the spec's or
   * the secrets' provider rejects with, and with `Cancelled` for an aborted signal. An engine that is not there is waited for
   * afterwards. Started already: nothing.
   */
  start(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /**
   * Lets the call under way end (30 s at most), and leaves the containers as they are. Whoever waits for a lease is refused.
   * No timer of the fleet stays. It may be started again.
   */
  stop(): Promise<void>;
  /**
   * Asks for the spec anew and looks again, at one instance or all; what failed before is tried anew. Resolves when nothing
   * more is to be done now. Rejects with `NotFound` for a name that the spec does not have, and with `Cancelled` for an
   * aborted signal: what was begun goes on.
   */
  reconcile(name?: string, options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** What a person's apply would do. Rejects with the engine's `FleetError`, and with `Cancelled` for an aborted signal. */
  plan(options?: { readonly signal?: AbortSignal }): Promise<Plan>;
  /** From memory: no call. */
  status(): FleetStatus;
  /** From memory; undefined for a name that the spec does not have. */
  instance(name: string): InstanceStatus | undefined;
  /**
   * A lease, or why there is none, within `timeout`. A stopped lazy instance is started, one that is being mended is waited for.
   * Rejects with `NotFound` for a name that the spec does not have, `Cancelled` for an aborted signal.
   */
  acquire(name: string, options: AcquireOptions): Promise<Acquired>;
  /** From memory: the instance that can take work soonest among those that `fits` accepts. */
  pickReady(fits?: (instance: InstanceStatus) => boolean): InstanceStatus | undefined;
  /**
   * Gives no more leases of it until `resume`, and waits until the last has ended, `deadline` milliseconds have passed or the
   * signal aborts. Resolves to those that are left.
   */
  drain(
    name: string,
    options: { readonly deadline: number; readonly signal?: AbortSignal },
  ): Promise<readonly LeaseRecord[]>;
  /** Hands off: nothing is done to it until `until` (milliseconds since the epoch) or `resume`. */
  suspend(
    name: string,
    suspension: { readonly until?: number; readonly reason: string; readonly by: string },
  ): Promise<void>;
  /** Ends a suspension and a drain; of all instances when no name is given. */
  resume(name?: string): Promise<void>;
  /** Goes on although too much was missing at once, or another engine answers. */
  confirm(by: string): Promise<void>;
  /**
   * What happened after the entry `after` (default: from now on), as far as the last thousand reach, and then what happens. Ends
   * with `stop`, and when the signal aborts.
   */
  events(options?: { readonly after?: number; readonly signal?: AbortSignal }): AsyncIterable<RecordedFleetEvent>;
}

/** Opens a fleet that this program is to keep; nothing happens before `start`. Several may be open at once. */
export async function openFleet(options: OpenFleetOptions): Promise<Fleet> {
  return new EmbeddedFleet(options);
}

/** Between `start` and `stop`. */
interface Running {
  readonly loop: Loop;
  readonly fleet: string;
  readonly state: FleetState;
  /** Ends with it. */
  readonly ended: AbortController;
  readonly unwatch: () => void;
}

/** How long a start waits to hear whether another program keeps the fleet on the engine. Milliseconds. */
const claimDeadline = 2_000;
/** How long acts under way may go on once it is to stop. Milliseconds. */
const stopGrace = 30_000;

class EmbeddedFleet implements Fleet {
  readonly #options: OpenFleetOptions;
  readonly #clock: Clock;
  readonly #memory: () => Promise<FleetState>;
  readonly #startStop = new Mutex();
  readonly #reading = new Mutex();
  #toRead: Promise<void> | undefined;
  #running: Running | undefined;
  #log = new EventLog();
  #seq = 0;

  constructor(options: OpenFleetOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#memory = memoryState(this.#clock);
  }

  start({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return this.#startStop.run(async () => {
      if (this.#running !== undefined) return;
      // Before it is asked for: no change after that goes unseen.
      let changed = false;
      const unwatch = this.#options.watchSpec?.(() => {
        changed = true;
        void this.#follow();
      });
      try {
        await this.#begin(unwatch ?? (() => undefined), signal);
      } catch (error) {
        unwatch?.();
        throw error;
      }
      if (changed) void this.#follow();
    });
  }

  stop(): Promise<void> {
    return this.#startStop.run(() => this.#end(stopGrace));
  }

  async reconcile(name?: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const { loop, ended } = this.#required();
    await unlessAborted(signal, this.#follow());
    if (ended.signal.aborted) return;
    loop.wake(name);
    await unlessAborted(signal, loop.idle(either(signal, ended.signal)));
  }

  async plan({ signal }: { readonly signal?: AbortSignal } = {}): Promise<Plan> {
    const { loop, ended } = this.#required();
    return loop.plan(either(signal, ended.signal));
  }

  status(): FleetStatus {
    return this.#required().loop.status();
  }

  instance(name: string): InstanceStatus | undefined {
    return this.#required().loop.instance(name);
  }

  async acquire(name: string, options: AcquireOptions): Promise<Acquired> {
    return this.#required().loop.acquire(name, options);
  }

  pickReady(fits: (instance: InstanceStatus) => boolean = () => true): InstanceStatus | undefined {
    return pickReady(this.status().instances, fits);
  }

  async drain(
    name: string,
    { deadline, signal }: { readonly deadline: number; readonly signal?: AbortSignal },
  ): Promise<readonly LeaseRecord[]> {
    return this.#required().loop.drain(name, deadline, signal);
  }

  async suspend(name: string, suspension: Parameters<Fleet["suspend"]>[1]): Promise<void> {
    return this.#required().loop.suspend(name, suspension);
  }

  async resume(name?: string): Promise<void> {
    return this.#required().loop.resume(name);
  }

  async confirm(by: string): Promise<void> {
    return this.#required().loop.confirm(by);
  }

  events({ after = this.#seq, signal }: Parameters<Fleet["events"]>[0] = {}): AsyncIterable<RecordedFleetEvent> {
    return this.#log.read(after, signal);
  }

  async #begin(unwatch: () => void, signal: AbortSignal | undefined): Promise<void> {
    const { engine, stateFolder, beforeDisruption, afterReplace } = this.#options;
    const fleet = await unlessAborted(signal, this.#resolved());
    const state = await (stateFolder === undefined
      ? this.#memory()
      : folderState(join(stateFolder, fleet.name), this.#clock));
    try {
      const asked = engine.info({ deadline: claimDeadline }).catch(() => undefined);
      const info = await unlessAborted(signal, asked);
      if (info !== undefined) await state.claim(info.id);
      const { journal, store, leases } = state;
      const loop = new Loop({
        engine: claimedEngine(engine, state.claim),
        host: this.#options.host ?? hostOf(engine),
        fleet,
        journal,
        store,
        leases,
        program: { pid: process.pid, version: "embedded" },
        clock: this.#clock,
        hooks: { ...(beforeDisruption && { beforeDisruption }), ...(afterReplace && { afterReplace }) },
      });
      loop.onEvent((event) => this.#tell(event));
      if (this.#log.closed) this.#log = new EventLog();
      await loop.start();
      this.#running = { loop, fleet: fleet.name, state, ended: new AbortController(), unwatch };
    } catch (error) {
      await state.close();
      throw error;
    }
    // Another program is at work on the fleet now: nothing more is begun, and nothing is waited for.
    state.lost.addEventListener("abort", () => {
      void this.#startStop.run(() => (this.#running?.state === state ? this.#end(0) : Promise.resolve()));
    });
  }

  async #end(grace: number): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    const { loop, state, ended, unwatch } = running;
    // The watcher's trouble is its own.
    try {
      unwatch();
    } catch {}
    const { lost } = state;
    await loop.stop(grace, lost.aborted ? String(lost.reason?.message) : undefined);
    this.#running = undefined;
    ended.abort();
    await state.close();
    this.#log.close();
  }

  /** Reads the spec once those who read it now are done, for all who ask until then. Never rejects. */
  #follow(): Promise<void> {
    this.#toRead ??= this.#reading.run(async () => {
      this.#toRead = undefined;
      const running = this.#running;
      if (running === undefined) return;
      try {
        const next = await this.#resolved();
        if (next.name !== running.fleet) throw renamed(running.fleet, next.name);
        if (!running.ended.signal.aborted) running.loop.desire(next);
      } catch (error) {
        if (!running.ended.signal.aborted) running.loop.refuse(isFleetError(error) ? error.message : String(error));
      }
    });
    return this.#toRead;
  }

  async #resolved(): Promise<ResolvedFleet> {
    const { spec, env = {}, baseDir = process.cwd(), secrets } = this.#options;
    const readFile = (path: string): string => readFileSync(path, "utf8");
    return resolveSpec(await spec(), { env, home: homedir(), baseDir, readFile }, secrets);
  }

  #tell(event: RecordedFleetEvent): void {
    this.#seq = event.seq;
    this.#log.push(event);
    // A listener's trouble is its own.
    try {
      Promise.resolve(this.#options.onEvent?.(event)).catch(() => undefined);
    } catch {}
  }

  #required(): Running {
    if (this.#running !== undefined) return this.#running;
    throw new FleetError("Invalid", "the fleet is not started", { hint: "await fleet.start() first" });
  }
}

function either(signal: AbortSignal | undefined, ended: AbortSignal): AbortSignal {
  return signal === undefined ? ended : AbortSignal.any([signal, ended]);
}

function hostOf(engine: Engine): Host {
  if (!engine.address.startsWith("unix:")) return remoteHost(engine);
  return localHost({ engine, uid: process.geteuid?.() ?? 0 });
}

function renamed(from: string, to: string): FleetError {
  return new FleetError("SpecInvalid", `the spec is of fleet ${to} now, and this keeps ${from}: open another for it`);
}
