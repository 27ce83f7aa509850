import { type Clock, formatDuration } from "@fleet/core";
import type { LeaseChange, LeaseRecord } from "./lease.ts";

export interface LeasesOptions {
  readonly clock: Clock;
  /** Told of each change, in order. */
  readonly onChange: (change: LeaseChange, lease: LeaseRecord) => void;
}

interface Held {
  lease: LeaseRecord;
  /** Whether its holder has the container, or waits for it yet. */
  given: boolean;
  /** Monotonic milliseconds: the time of day may jump. */
  endsAt: number;
  ttl: number;
  timer: unknown;
}

/** Who uses which container. Owns the timers at which leases end by themselves. */
export class Leases {
  readonly #options: LeasesOptions;
  readonly #held = new Map<string, Held>();
  readonly #byInstance = new Map<string, Set<string>>();

  constructor(options: LeasesOptions) {
    this.#options = options;
  }

  /** For who waits for a container from now on. `ttl`: milliseconds until it ends unless it is renewed. `id`: unique. */
  take(id: string, instance: string, holder: string, ttl: number): LeaseRecord {
    const now = this.#options.clock.now();
    const lease: LeaseRecord = { id, instance, holder, since: now, until: now + ttl };
    this.#hold(lease, ttl, false);
    this.#options.onChange("taken", lease);
    return lease;
  }

  /** Its holder has the container now. */
  give(id: string): void {
    const held = this.#held.get(id);
    if (held !== undefined) held.given = true;
  }

  /** Those that an earlier run left, with what is left of their time. */
  restore(leases: readonly LeaseRecord[]): void {
    const now = this.#options.clock.now();
    for (const lease of leases) if (lease.until > now) this.#hold(lease, lease.until - now, true);
  }

  /** Begins its time anew; false when it has ended already. */
  renew(id: string): boolean {
    const held = this.#held.get(id);
    if (held === undefined) return false;
    const { clock } = this.#options;
    clock.clearTimeout(held.timer);
    held.lease = { ...held.lease, until: clock.now() + held.ttl };
    held.endsAt = clock.monotonic() + held.ttl;
    held.timer = this.#timer(id, held.ttl);
    this.#options.onChange("renewed", held.lease);
    return true;
  }

  /** Once is enough; false when it has ended already. */
  release(id: string): boolean {
    return this.#end(id, "released");
  }

  /** Of one instance, oldest first. */
  of(instance: string): readonly LeaseRecord[] {
    const ids = [...(this.#byInstance.get(instance) ?? [])];
    return ids.flatMap((id) => this.#held.get(id)?.lease ?? []);
  }

  /** Of those who have its container already, oldest first. */
  given(instance: string): readonly LeaseRecord[] {
    return this.of(instance).filter(({ id }) => this.#held.get(id)?.given);
  }

  /** Whether anybody uses it, or waits for it. */
  holds(instance: string): boolean {
    return (this.#byInstance.get(instance)?.size ?? 0) > 0;
  }

  /** No timer stays. What is held is forgotten here, and goes on for the next run. */
  close(): void {
    for (const { timer } of this.#held.values()) this.#options.clock.clearTimeout(timer);
    this.#held.clear();
    this.#byInstance.clear();
  }

  #hold(lease: LeaseRecord, ttl: number, given: boolean): void {
    const { id, instance } = lease;
    const endsAt = this.#options.clock.monotonic() + ttl;
    this.#held.set(id, { lease, given, endsAt, ttl, timer: this.#timer(id, ttl) });
    this.#byInstance.set(instance, (this.#byInstance.get(instance) ?? new Set()).add(id));
  }

  #timer(id: string, after: number): unknown {
    const { clock } = this.#options;
    return clock.setTimeout(() => {
      const held = this.#held.get(id);
      if (held === undefined) return;
      const left = held.endsAt - clock.monotonic();
      if (left > 0) held.timer = this.#timer(id, left);
      else this.#end(id, "expired");
    }, after);
  }

  #end(id: string, change: "released" | "expired"): boolean {
    const held = this.#held.get(id);
    if (held === undefined) return false;
    this.#options.clock.clearTimeout(held.timer);
    this.#held.delete(id);
    const ids = this.#byInstance.get(held.lease.instance);
    ids?.delete(id);
    if (ids?.size === 0) this.#byInstance.delete(held.lease.instance);
    this.#options.onChange(change, held.lease);
    return true;
  }
}

/** `1 task inside (task-4711, 3m)`; for people. `now`: milliseconds since the epoch. */
export function describeLeases(leases: readonly Pick<LeaseRecord, "holder" | "since">[], now: number): string {
  const held = leases.map(
    ({ holder, since }) => `${holder}, ${formatDuration(Math.floor((now - since) / 1000) * 1000)}`,
  );
  return `${held.length} ${held.length === 1 ? "task" : "tasks"} inside (${held.join("; ")})`;
}

/** What of the leases in a journal still holds, oldest first. `changes` in their order. Pure. */
export function openLeases(
  changes: Iterable<{ readonly change: LeaseChange; readonly lease: LeaseRecord }>,
  now: number,
): readonly LeaseRecord[] {
  const open = new Map<string, LeaseRecord>();
  for (const { change, lease } of changes) {
    if (change === "released" || change === "expired") open.delete(lease.id);
    else open.set(lease.id, lease);
  }
  return [...open.values()].filter(({ until }) => until > now).sort((a, b) => a.since - b.since);
}
