import { type Clock, type ErrorCode, FleetError } from "@fleet/core";
import type { JournalEntry, JournalRecord } from "./entry.ts";
import { journalFault } from "./fault.ts";
import { FileSet } from "./file-set.ts";
import { makeFolder } from "./folder.ts";
import { entryLine, type Line, longestLine, lostLine } from "./line.ts";
import type { OpenFile } from "./open-file.ts";
import { type LostRange, PendingLines } from "./pending-lines.ts";

/** Where a journal is, and how much of it is kept. */
export interface JournalOptions {
  /** Directory that holds the journal's files; made when missing, mode 0700. */
  readonly folder: string;
  readonly clock: Clock;
  /** Bytes after which a new file is begun. Default 8 MiB. */
  readonly maxBytes?: number;
  /** How many closed files are kept. Default 8. */
  readonly maxFiles?: number;
  /**
   * Milliseconds: closed files whose last entry is older are removed. A file is closed when its first entry is as old as
   * this divided by `maxFiles`. Default 30 days.
   */
  readonly maxAge?: number;
  /** Bytes of entries that wait in memory for a disk that is slow or full; beyond that the oldest go. Default 64 MiB. */
  readonly maxPending?: number;
  /**
   * Something could not be written, or entries had to go; once for each kind of trouble until it ends. Writing goes on
   * with the next entry or flush.
   */
  readonly onTrouble?: (error: FleetError) => void;
}

/** A journal to write to. */
export interface Journal {
  /**
   * Queues one entry and gives it its number at once; entries are written in order. Never throws and never waits: what
   * cannot be written stays in memory, up to `maxPending`, and is tried again with the next entry or flush. Entries that
   * had to go leave a `lost` entry in their place.
   */
  append(record: JournalRecord): number;
  /**
   * Resolves when everything appended so far is on disk. Rejects with a FleetError (`NoSpace`, `Forbidden`, …) when it
   * cannot be, and once when entries before it were lost; what is still in memory is then tried again by the next.
   */
  flush(): Promise<void>;
  /** Bytes over all files. */
  size(): number;
  /** Calls `listener` after each append, before the entry is on disk; returns what ends the calls. */
  onAppend(listener: (entry: JournalEntry) => void): () => void;
  /** Writes what waits and closes the files. Rejects as flush does, and is closed all the same. */
  close(): Promise<void>;
}

/** Bytes that are written at once. */
const batchSize = 1024 * 1024;

/**
 * Opens the journal in `folder` to write to it, for one process at a time. The numbers go on where the last entry on disk
 * left off.
 *
 * @throws FleetError when the folder cannot be made or read
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { folder, maxBytes = 8 * 1024 * 1024, maxFiles = 8, maxAge = 30 * 24 * 3_600_000 } = options;
  await makeFolder(folder).catch((error: unknown) => {
    throw journalFault(error, "write", folder);
  });
  const { files, last } = await FileSet.open(folder, { maxBytes, maxFiles, maxAge });
  return new FileJournal(options, files, last);
}

interface Waiter {
  /** Everything up to this number. */
  readonly seq: number;
  readonly resolve: () => void;
  readonly reject: (error: FleetError) => void;
}

class FileJournal implements Journal {
  readonly #options: JournalOptions;
  readonly #files: FileSet;
  readonly #pending: PendingLines;
  readonly #listeners = new Set<(entry: JournalEntry) => void>();
  #waiting: Waiter[] = [];
  /** The numbers of the last entry that was appended, is in a file, is on disk. */
  #last: number;
  #written: number;
  #synced: number;
  /** What no flush has told of yet. */
  #lost: (LostRange & { readonly why: FleetError }) | undefined;
  /** Why the last attempt failed. */
  #trouble: FleetError | undefined;
  /** What was reported, until an attempt goes without. */
  readonly #reported = new Set<string>();
  #isCalm = true;
  #working: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: JournalOptions, files: FileSet, last: number) {
    this.#options = options;
    this.#files = files;
    this.#pending = new PendingLines(options.maxPending ?? 64 * 1024 * 1024);
    this.#last = last;
    this.#written = last;
    this.#synced = last;
  }

  append(record: JournalRecord): number {
    if (this.#closing !== undefined) {
      this.#report(closed(this.#options.folder));
      return this.#last;
    }
    this.#last += 1;
    const seq = this.#last;
    const entry: JournalEntry = { seq, ...record };
    const line = entryLine(entry);
    const dropped = this.#pending.add(line ?? lostLine(seq, seq, record.at));
    if (line === null) {
      this.#lose({ first: seq, last: seq }, "Invalid", `not plain JSON of at most ${longestLine} bytes`);
    }
    if (dropped !== null) {
      this.#lose(dropped, this.#trouble?.code ?? "NoSpace", this.#trouble?.message ?? "the disk is too slow");
    }
    for (const listener of this.#listeners) this.#tell(listener, entry);
    this.#wake();
    return seq;
  }

  flush(): Promise<void> {
    return this.#closing === undefined ? this.#flush() : Promise.reject(closed(this.#options.folder));
  }

  size(): number {
    return this.#files.bytes;
  }

  onAppend(listener: (entry: JournalEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.#flush();
    } finally {
      await this.#working;
      await this.#files.endCurrent();
    }
  }

  #flush(): Promise<void> {
    const seq = this.#last;
    if (seq <= this.#synced && this.#lost === undefined) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ seq, resolve, reject });
      this.#wake();
    });
  }

  #wake(): void {
    this.#working ??= this.#work();
  }

  /** Until nothing waits, or something fails. */
  async #work(): Promise<void> {
    // What the same turn appends is written together.
    await null;
    this.#isCalm = true;
    try {
      while (this.#pending.first !== undefined || this.#waiting.length > 0) await this.#step();
      this.#trouble = undefined;
    } catch (error) {
      this.#trouble = journalFault(error, "write", this.#options.folder);
      this.#report(this.#trouble);
      for (const waiter of this.#waiting.splice(0)) waiter.reject(this.#trouble);
    }
    if (this.#isCalm) this.#reported.clear();
    this.#working = undefined;
  }

  async #step(): Promise<void> {
    const next = this.#pending.first;
    if (next !== undefined) await this.#write(next);
    const waiters = this.#waiting.filter(({ seq }) => seq <= this.#written);
    if (waiters.length === 0) return;
    await this.#sync();
    this.#waiting = this.#waiting.filter((waiter) => !waiters.includes(waiter));
    this.#settle(waiters);
  }

  async #write(next: Line): Promise<void> {
    const file = await this.#fileFor(next);
    const lines = this.#pending.take(Math.min(batchSize, this.#files.room));
    const { written, fault } = await file.write(lines);
    this.#written = lines[written - 1]?.last ?? this.#written;
    this.#pending.putBack(lines.slice(written));
    if (fault !== undefined) throw fault;
  }

  async #fileFor(next: Line): Promise<OpenFile> {
    const now = this.#options.clock.now();
    // A line about numbers that may be in the current file belongs there too.
    if (next.first > this.#written && this.#files.isDue(next, now)) {
      await this.#sync();
      await this.#files.endCurrent();
    }
    await this.#files
      .prune(now)
      .catch((error: unknown) => this.#report(journalFault(error, "write", this.#options.folder)));
    return this.#files.current ?? this.#files.begin(next);
  }

  /** What a sync that failed leaves uncertain counts as lost; where it turns out to be there, readers pass over that. */
  async #sync(): Promise<void> {
    const written = this.#written;
    const file = this.#files.current;
    if (file === undefined || written === this.#synced) return;
    try {
      await file.sync();
      this.#synced = written;
    } catch (error) {
      const fault = journalFault(error, "write", file.path);
      const range = { first: this.#synced + 1, last: written };
      this.#pending.putBack([lostLine(range.first, range.last, file.lastAt)]);
      this.#lose(range, fault.code, fault.message);
      if (file.isRemoved) await this.#files.endCurrent();
      throw fault;
    }
  }

  #settle(waiters: readonly Waiter[]): void {
    const lost = this.#lost;
    if (lost !== undefined && lost.last <= this.#synced) this.#lost = undefined;
    for (const { seq, resolve, reject } of waiters) {
      if (lost !== undefined && lost.first <= seq) reject(lost.why);
      else resolve();
    }
  }

  #lose({ first, last }: LostRange, code: ErrorCode, because: string): void {
    const why = new FleetError(code, `${this.#options.folder}: entries ${first} to ${last} were lost: ${because}`);
    this.#lost = {
      first: Math.min(first, this.#lost?.first ?? first),
      last: Math.max(last, this.#lost?.last ?? last),
      why,
    };
    this.#report(why);
  }

  #report(fault: FleetError): void {
    this.#isCalm = false;
    if (this.#reported.has(fault.message)) return;
    this.#reported.add(fault.message);
    try {
      this.#options.onTrouble?.(fault);
    } catch {
      // The journal goes on, whatever its listener makes of trouble.
    }
  }

  #tell(listener: (entry: JournalEntry) => void, entry: JournalEntry): void {
    try {
      listener(entry);
    } catch (cause) {
      this.#report(new FleetError("Invalid", `${this.#options.folder}: a listener threw: ${String(cause)}`, { cause }));
    }
  }
}

function closed(folder: string): FleetError {
  return new FleetError("Cancelled", `${folder}: the journal is closed`);
}
