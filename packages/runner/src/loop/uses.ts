import { setMaxListeners } from "node:events";
import { type Action, type Clock, type Engine, type ErrorCode, FleetError, isFleetError } from "@fleet/core";
import { type Admission, admit, type RefusalReason } from "../lease/admit.ts";
import type { LeaseRecord } from "../lease/lease.ts";
import type { Leases } from "../lease/leases.ts";
import type { Member } from "./member.ts";
import { type ProbeRequest, probe, probeKey } from "./probe.ts";

/** Who wants to use a container, for what, and for how long. */
export interface AcquireOptions extends ProbeRequest {
  /** Who, for people: `task-4711`. */
  readonly holder: string;
  /** Milliseconds until the lease ends unless it is renewed. Default 15 min. */
  readonly ttl?: number;
  /** Milliseconds within which there is an answer. Default 30 s. */
  readonly timeout?: number;
  /** Rejects with `Cancelled` when it aborts; no lease is left. */
  readonly signal?: AbortSignal;
}

/** A container that is in use: nothing that would cut the work inside is done to it until the lease ends. */
export interface Lease extends LeaseRecord {
  /** 64 hex digits, and its name. */
  readonly container: { readonly id: string; readonly name: string };
  /** Begins its time anew; false when it has ended already. */
  renew(): boolean;
  /** Once is enough. */
  release(): void;
}

/** A lease, or why there is none. */
export type Acquired =
  | { readonly ok: true; readonly lease: Lease }
  | { readonly ok: false; readonly reason: RefusalReason; readonly message: string; readonly hint?: string };

/** A container that may be used. */
interface Entry {
  readonly id: string;
  readonly name: string;
}

type Refusal = Extract<Acquired, { readonly ok: false }>;

export interface UsesOptions {
  readonly engine: Pick<Engine, "exec" | "listExecs">;
  readonly clock: Clock;
  readonly leases: Leases;
  /** Begins the ids of leases: unique among all runs of all loops of the fleet. */
  readonly prefix: string;
  /** Performs one action that no plan asked for, and looks again. Rejects with its `FleetError`. */
  readonly act: (member: Member, action: Action) => Promise<void>;
}

const defaultTtl = 900_000;
const defaultTimeout = 30_000;
/** For so long what was found inside a container is believed. Milliseconds. */
const probeFresh = 30_000;

/** What an engine answers about a container that is no longer as it was. */
const outdated: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["NotFound", "Refused", "Conflict", "InProgress"]);

/** Who uses which container: gives leases, starts lazy containers for them, and stops those that nobody uses. */
export class Uses {
  readonly #options: UsesOptions;
  readonly #idleTimers = new Map<string, unknown>();
  /** Who waits for a change of which. */
  readonly #waiting = new Map<Member, Set<() => void>>();
  readonly #closed = new AbortController();
  #serial = 0;

  constructor(options: UsesOptions) {
    this.#options = options;
    setMaxListeners(0, this.#closed.signal);
  }

  /**
   * A lease, or why there is none, within `timeout`. From the first moment on nothing that would cut work begins. A container that is
   * ready and was looked into lately costs no call.
   */
  async acquire(member: Member, options: AcquireOptions): Promise<Acquired> {
    const { signal, ttl = defaultTtl, timeout = defaultTimeout } = options;
    if (isAborted(signal)) throw cancelled();
    if (member.draining) return refusal("Draining", `${member.name} takes no more work`, `fleet resume ${member.name}`);
    const { clock, leases, prefix } = this.#options;
    this.#serial += 1;
    const { id, ...record } = leases.take(`${prefix}-${this.#serial}`, member.name, options.holder, ttl);
    try {
      const began = clock.monotonic();
      const found =
        this.#atOnce(member, options) ??
        (await this.#within(timeout, signal, (ended) => this.#admitted(member, options, began + timeout, ended)));
      if (found === undefined && isAborted(signal)) throw cancelled();
      // A wait is not to use up its time.
      const held = (clock.monotonic() - began) * 2 < ttl || leases.renew(id);
      if (found === undefined || !("id" in found) || !held) {
        leases.release(id);
        return found === undefined || "id" in found ? this.#late(member) : found;
      }
      leases.give(id);
      const container = { id: found.id, name: found.name };
      return {
        ok: true,
        lease: { id, ...record, container, renew: () => leases.renew(id), release: () => void leases.release(id) },
      };
    } catch (error) {
      leases.release(id);
      throw error;
    }
  }

  /**
   * Takes no more work, and waits until nobody uses it, `deadline` milliseconds have passed or the signal aborts: resolves
   * to those who still do. Until it is resumed.
   */
  async drain(member: Member, deadline: number, signal?: AbortSignal): Promise<readonly LeaseRecord[]> {
    member.draining = true;
    const { leases } = this.#options;
    await this.#within(deadline, signal, async (ended) => {
      while (leases.holds(member.name) && !ended.aborted) await this.#change(member, ended);
    });
    return leases.of(member.name);
  }

  /** Something about the member changed: whether it is to be stopped for want of use, and who waits for it. */
  changed(member: Member): void {
    this.#scheduleIdleStop(member);
    for (const tell of [...(this.#waiting.get(member) ?? [])]) tell();
  }

  /** The container, where nothing needs to be found out. */
  #atOnce(member: Member, options: AcquireOptions): Entry | undefined {
    const admission = admit(member.state, member.current);
    if (admission.kind !== "ready" || member.lock.busy || this.#closed.signal.aborted) return undefined;
    const { id, name } = admission.container;
    return this.#isFresh(member, id, options) ? { id, name } : undefined;
  }

  #isFresh(member: Member, id: string, options: AcquireOptions): boolean {
    const probed = member.probed.get(probeKey(id, options)) ?? Number.NEGATIVE_INFINITY;
    return probed + probeFresh > this.#options.clock.monotonic();
  }

  /** The container that may be used, or why none may; undefined once nobody waits for it any more. */
  async #admitted(
    member: Member,
    options: AcquireOptions,
    deadline: number,
    ended: AbortSignal,
  ): Promise<Entry | Refusal | undefined> {
    while (!ended.aborted) {
      const admission = admit(member.state, member.current);
      switch (admission.kind) {
        case "refuse":
          return refusal(admission.reason, admission.message, admission.hint);
        case "wait":
          await this.#change(member, ended);
          break;
        default: {
          const answer = await this.#enter(member, admission, options, deadline, ended);
          if (answer !== undefined) return answer;
        }
      }
    }
    return undefined;
  }

  /** Why there was no lease in time. */
  #late(member: Member): Refusal {
    if (this.#closed.signal.aborted) return refusal("Draining", "the fleet is being stopped");
    const admission = admit(member.state, member.current);
    switch (admission.kind) {
      case "wait":
      case "refuse":
        return refusal(admission.reason, admission.message);
      case "start":
        return refusal("ContainerStopped", `${member.name} was not started in time`);
      case "ready":
        return refusal("NotReady", `${member.name} was not ready in time`);
    }
  }

  /** Starts or looks into the container, whatever is needed; undefined when that is to be judged anew. */
  async #enter(
    member: Member,
    admission: Extract<Admission, { readonly kind: "ready" | "start" }>,
    options: AcquireOptions,
    deadline: number,
    ended: AbortSignal,
  ): Promise<Entry | Refusal | undefined> {
    const { engine, clock, act } = this.#options;
    const { kind, container } = admission;
    const { id, name } = container;
    const key = probeKey(id, options);
    return member.lock.run(async () => {
      if (ended.aborted || member.current?.id !== id || admit(member.state, member.current).kind !== kind)
        return undefined;
      try {
        if (kind === "start") {
          await act(member, { kind: "startContainer", container: { id, name }, reason: "Wanted", causes: [] });
          return undefined;
        }
        if (this.#isFresh(member, id, options)) return { id, name };
        const found = await probe(engine, container, options, Math.max(1, deadline - clock.monotonic()));
        if (found !== undefined) return refusal(found.reason, found.message, found.hint);
        member.probed.set(key, clock.monotonic());
        return { id, name };
      } catch (error) {
        if (!isFleetError(error)) throw error;
        // It is not as the last look found it.
        member.instance.wake();
        if (error.code === "Unreachable") return refusal("EngineUnreachable", error.message);
        if (kind === "start") return refusal("ContainerStopped", error.message, error.hint);
        if (!outdated.has(error.code)) return refusal("NotReady", error.message, error.hint);
        await this.#change(member, ended);
        return undefined;
      }
    });
  }

  /** Resolves when the member changed, or the signal aborts. */
  #change(member: Member, ended: AbortSignal): Promise<void> {
    if (ended.aborted) return Promise.resolve();
    const waiting = this.#waiting.get(member) ?? new Set();
    this.#waiting.set(member, waiting);
    return new Promise((resolve) => {
      const end = (): void => {
        waiting.delete(end);
        ended.removeEventListener("abort", end);
        resolve();
      };
      waiting.add(end);
      ended.addEventListener("abort", end);
    });
  }

  /**
   * What `work` gives, or undefined once `left` milliseconds have passed, `signal` aborts or all is closed, however long
   * `work` goes on.
   */
  #within<T>(
    left: number,
    signal: AbortSignal | undefined,
    work: (ended: AbortSignal) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const { clock } = this.#options;
    const ended = new AbortController();
    const end = (): void => ended.abort();
    const timer = clock.setTimeout(end, Math.max(0, left));
    const signals = [this.#closed.signal, ...(signal === undefined ? [] : [signal])];
    if (signals.some(({ aborted }) => aborted)) end();
    for (const each of signals) each.addEventListener("abort", end);
    const late = new Promise<undefined>((resolve) => {
      if (ended.signal.aborted) resolve(undefined);
      else ended.signal.addEventListener("abort", () => resolve(undefined), { once: true });
    });
    return Promise.race([work(ended.signal), late]).finally(() => {
      clock.clearTimeout(timer);
      for (const each of signals) each.removeEventListener("abort", end);
    });
  }

  // Idle

  #scheduleIdleStop(member: Member): void {
    const { clock, leases } = this.#options;
    clock.clearTimeout(this.#idleTimers.get(member.name));
    this.#idleTimers.delete(member.name);
    const { spec, current, state } = member;
    if (this.#closed.signal.aborted || spec?.lifecycle.kind !== "lazy" || current?.state.phase !== "running") return;
    if (state.phase !== "settled" || leases.holds(member.name)) return;
    if (member.usedAt === Number.NEGATIVE_INFINITY) member.usedAt = clock.monotonic();
    const left = member.usedAt + spec.lifecycle.idleStop - clock.monotonic();
    const timer = clock.setTimeout(() => void this.#stopIdle(member), Math.max(0, left));
    this.#idleTimers.set(member.name, timer);
  }

  /** Never rejects: one that could not be stopped is tried again after its time. */
  async #stopIdle(member: Member): Promise<void> {
    const { engine, clock, leases, act } = this.#options;
    await member.lock.run(async () => {
      const { spec, current, state } = member;
      if (spec?.lifecycle.kind !== "lazy" || current?.state.phase !== "running" || state.phase !== "settled") return;
      if (leases.holds(member.name) || clock.monotonic() - member.usedAt < spec.lifecycle.idleStop) return;
      try {
        const { id, name } = current;
        const busy = (await engine.listExecs(id)).length > 0;
        member.usedAt = clock.monotonic();
        if (!busy && !leases.holds(member.name)) {
          await act(member, { kind: "stopContainer", container: { id, name }, reason: "Idle", causes: [] });
        }
      } catch (error) {
        if (!isFleetError(error)) throw error;
      }
    });
    this.#scheduleIdleStop(member);
  }

  close(): void {
    this.#closed.abort();
    for (const timer of this.#idleTimers.values()) this.#options.clock.clearTimeout(timer);
    this.#idleTimers.clear();
  }
}

function refusal(reason: RefusalReason, message: string, hint?: string): Refusal {
  return { ok: false, reason, message, ...(hint !== undefined && { hint }) };
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

function cancelled(): FleetError {
  return new FleetError("Cancelled", "the wait for a lease was cancelled");
}
