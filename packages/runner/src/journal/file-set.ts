import { stat, unlink } from "node:fs/promises";
import { errnoOf } from "@fleet/core";
import { journalFault } from "./fault.ts";
import { lastEntry } from "./file-ends.ts";
import { type JournalFile, journalFiles } from "./files.ts";
import type { Line } from "./line.ts";
import { OpenFile } from "./open-file.ts";
import { type ClosedFile, expired, isFull, type Retention } from "./retention.ts";

/** The journal's files as its writer knows them: those that are written no more, and the one that is. */
export class FileSet {
  readonly #folder: string;
  readonly #retention: Retention;
  readonly #closed: ClosedFile[];
  #current: OpenFile | undefined;

  private constructor(folder: string, retention: Retention, closed: ClosedFile[], current: OpenFile | undefined) {
    this.#folder = folder;
    this.#retention = retention;
    this.#closed = closed;
    this.#current = current;
  }

  /** Those in `folder`, and the number of the last entry. Throws a FleetError. */
  static async open(folder: string, retention: Retention): Promise<{ readonly files: FileSet; readonly last: number }> {
    const files = await journalFiles(folder);
    const newest = files.pop();
    const closed = await Promise.all(files.map(closedFile));
    if (newest === undefined) return { files: new FileSet(folder, retention, closed, undefined), last: 0 };
    const { opened, last } = await OpenFile.reopen(newest);
    return { files: new FileSet(folder, retention, closed, opened), last };
  }

  get bytes(): number {
    return this.#closed.reduce((sum, file) => sum + file.bytes, this.#current?.bytes ?? 0);
  }

  /** The one that is written; undefined before the first entry. */
  get current(): OpenFile | undefined {
    return this.#current;
  }

  /** Whether `line` belongs in a new file. */
  isDue(line: Line, now: number): boolean {
    const current = this.#current;
    return current !== undefined && line.first > current.first && isFull(current, now, this.#retention);
  }

  /** Bytes until the current file is full. */
  get room(): number {
    return this.#retention.maxBytes - (this.#current?.bytes ?? 0);
  }

  /** Ends the current file; everything in it is on disk. */
  async endCurrent(): Promise<void> {
    const current = this.#current;
    if (current === undefined) return;
    this.#current = undefined;
    const { path, bytes, lastAt, isRemoved } = current;
    if (!isRemoved) this.#closed.push({ path, bytes, lastAt });
    await current.close();
  }

  /** Begins a file with `line`. Throws a FleetError. */
  async begin(line: Line): Promise<OpenFile> {
    this.#current = await OpenFile.create(this.#folder, line);
    return this.#current;
  }

  /** Removes closed files that are too many or too old, oldest first. Throws a FleetError. */
  async prune(now: number): Promise<void> {
    for (let count = expired(this.#closed, now, this.#retention); count > 0; count -= 1) {
      const path = this.#closed[0]?.path ?? "";
      await unlink(path).catch((error: unknown) => {
        if (errnoOf(error) !== "ENOENT") throw journalFault(error, "write", path);
      });
      this.#closed.shift();
    }
  }
}

async function closedFile(file: JournalFile): Promise<ClosedFile> {
  const last = await lastEntry(file);
  const { size, mtimeMs } = await stat(file.path).catch((error: unknown) => {
    throw journalFault(error, "read", file.path);
  });
  return { path: file.path, bytes: size, lastAt: last?.at ?? mtimeMs };
}
