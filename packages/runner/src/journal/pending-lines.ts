import { type Line, lostLine } from "./line.ts";

/** Numbers of entries that are not written, and never will be. */
export interface LostRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Lines that wait for the disk, in order, in so much memory and no more: when it is full the oldest quarter goes, and
 * one line says which those were. What was appended last is what the next act relies on.
 */
export class PendingLines {
  readonly #limit: number;
  #lines: Line[] = [];
  #bytes = 0;

  /** `limit` in bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The one that is written next. */
  get first(): Line | undefined {
    return this.#lines[0];
  }

  /** Returns what had to go for it. */
  add(line: Line): LostRange | null {
    this.#lines.push(line);
    this.#bytes += line.bytes;
    return this.#bytes > this.#limit ? this.#drop() : null;
  }

  /** Takes the first lines, until they make up `bytes` or more: at least one. */
  take(bytes: number): Line[] {
    let count = 0;
    for (let taken = 0; count < this.#lines.length && (count === 0 || taken < bytes); count += 1) {
      taken += this.#lines[count]?.bytes ?? 0;
    }
    const lines = this.#lines.splice(0, count);
    this.#bytes -= bytesOf(lines);
    return lines;
  }

  /** Before all others. */
  putBack(lines: readonly Line[]): void {
    this.#lines = [...lines, ...this.#lines];
    this.#bytes += bytesOf(lines);
  }

  /** A quarter at once: one by one would move all the others each time. */
  #drop(): LostRange | null {
    let count = 0;
    let left = this.#bytes;
    while (count < this.#lines.length - 1 && left > this.#limit * 0.75) {
      left -= this.#lines[count]?.bytes ?? 0;
      count += 1;
    }
    const oldest = this.#lines[0];
    const newest = this.#lines[count - 1];
    if (oldest === undefined || newest === undefined) return null;
    const lost = lostLine(oldest.first, newest.last, newest.at);
    this.#lines.splice(0, count, lost);
    this.#bytes = left + lost.bytes;
    return { first: lost.first, last: lost.last };
  }
}

function bytesOf(lines: readonly Line[]): number {
  return lines.reduce((sum, line) => sum + line.bytes, 0);
}
