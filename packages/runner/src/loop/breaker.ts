import type { BreakerPolicy } from "@fleet/core";

/** Instances by name: a set or a map. */
export type Names = Pick<ReadonlyMap<string, unknown>, "has" | "keys">;

/** Notices when so much of a fleet vanishes at once that somebody must have meant it. Owns no clock and does nothing. */
export class Breaker {
  /** Instances that had a container when last seen with one. */
  readonly #there: Set<string>;
  #revision = 0;
  /** When each was first found missing. Monotonic milliseconds. */
  readonly #vanished = new Map<string, number>();
  #listed = false;

  /** `there`: what an earlier run remembers. */
  constructor(there: Iterable<string> = []) {
    this.#there = new Set(there);
  }

  /** Another number after each change of {@link there}. */
  get revision(): number {
    return this.#revision;
  }

  /** Instances known to have had a container, sorted. */
  get there(): readonly string[] {
    return [...this.#there].sort();
  }

  /**
   * Takes one list: which of the instances that should be there have a container. Answers with those that vanished within the
   * window when they are too many, and otherwise with none. One alone is never too many.
   */
  list(
    present: Names,
    expected: Pick<Names, "has">,
    { missing, window }: BreakerPolicy,
    now: number,
  ): readonly string[] {
    this.#listed = true;
    for (const name of present.keys()) this.#remember(name);
    for (const name of this.#there) {
      if (!expected.has(name)) this.#forget(name);
      else if (present.has(name)) this.#expire(name, window, now);
      else if (!this.#vanished.has(name)) this.#vanished.set(name, now);
    }
    const lately = [...this.#vanished].filter(([, at]) => now - at <= window).map(([name]) => name);
    const tooMany = lately.length > 1 && lately.length * 100 > this.#there.size * missing;
    return tooMany ? lately.sort() : [];
  }

  /** Somebody says that it is meant so, or is to be healed: what is missing now counts no more. */
  confirm(): void {
    // Before the first list nobody knows who is missing; it brings back those that are there.
    for (const name of this.#listed ? [...this.#vanished.keys()] : this.there) this.#forget(name);
  }

  #expire(name: string, window: number, now: number): void {
    if (now - (this.#vanished.get(name) ?? now) > window) this.#vanished.delete(name);
  }

  #remember(name: string): void {
    if (this.#there.has(name)) return;
    this.#there.add(name);
    this.#revision += 1;
  }

  #forget(name: string): void {
    if (this.#there.delete(name)) this.#revision += 1;
    this.#vanished.delete(name);
  }
}
