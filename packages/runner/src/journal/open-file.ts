import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { FleetError } from "@fleet/core";
import { journalFault } from "./fault.ts";
import { firstEntry, lastEntry } from "./file-ends.ts";
import { type JournalFile, journalFile } from "./files.ts";
import { makeFolder, syncFolder } from "./folder.ts";
import type { Line } from "./line.ts";

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDWR } = constants;

/** What is asked of a file's descriptor. */
export type Descriptor = Pick<FileHandle, "write" | "datasync" | "stat" | "close">;

/** What the file held when it was opened; times in milliseconds since the epoch. */
export interface Content {
  readonly bytes: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** Whether the last line lacks its end. */
  readonly midLine: boolean;
}

/** The file that is being written. */
export class OpenFile {
  readonly path: string;
  /** No entry in it has a lower number. */
  readonly first: number;
  readonly firstAt: number;
  readonly #descriptor: Descriptor;
  #lastAt: number;
  #bytes: number;
  #midLine: boolean;
  #isNew: boolean;
  #isRemoved = false;

  constructor({ path, first }: JournalFile, descriptor: Descriptor, content: Content) {
    this.path = path;
    this.first = first;
    this.firstAt = content.firstAt;
    this.#descriptor = descriptor;
    this.#lastAt = content.lastAt;
    this.#bytes = content.bytes;
    this.#midLine = content.midLine;
    this.#isNew = content.bytes === 0;
  }

  /** Begins a file with `line`, which is not written yet. Throws a FleetError. */
  static async create(folder: string, { first, at }: Line): Promise<OpenFile> {
    const file = journalFile(folder, first);
    try {
      await makeFolder(folder);
      const descriptor = await open(file.path, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
      return new OpenFile(file, descriptor, { bytes: 0, firstAt: at, lastAt: at, midLine: false });
    } catch (error) {
      throw journalFault(error, "write", file.path);
    }
  }

  /** Goes on with a file; an entry that a crash tore keeps a line to itself. Throws a FleetError. */
  static async reopen(file: JournalFile): Promise<{ readonly opened: OpenFile; readonly last: number }> {
    const first = await firstEntry(file);
    const last = await lastEntry(file);
    const descriptor = await open(file.path, O_RDWR | O_APPEND | O_NOFOLLOW).catch((error: unknown) => {
      throw journalFault(error, "write", file.path);
    });
    try {
      const { size, mtimeMs } = await descriptor.stat();
      const end = Buffer.alloc(1);
      if (size > 0) await descriptor.read(end, 0, 1, size - 1);
      const content = {
        bytes: size,
        firstAt: first?.at ?? mtimeMs,
        lastAt: last?.at ?? mtimeMs,
        midLine: size > 0 && end[0] !== 0x0a,
      };
      return { opened: new OpenFile(file, descriptor, content), last: last?.seq ?? file.first - 1 };
    } catch (error) {
      await descriptor.close();
      throw journalFault(error, "read", file.path);
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  get lastAt(): number {
    return this.#lastAt;
  }

  /** Whether somebody removed it: what was and is written to it is gone. Known once `sync` has failed for it. */
  get isRemoved(): boolean {
    return this.#isRemoved;
  }

  /** Returns how many of the lines are written as a whole, and the error that kept it from more. */
  async write(lines: readonly Line[]): Promise<{ readonly written: number; readonly fault?: FleetError }> {
    const start = this.#midLine ? "\n" : "";
    const bytes = Buffer.from(`${start}${lines.map((line) => `${line.text}\n`).join("")}`);
    let done = 0;
    let fault: FleetError | undefined;
    while (done < bytes.length && fault === undefined) {
      try {
        const { bytesWritten } = await this.#descriptor.write(bytes, done, bytes.length - done, null);
        if (bytesWritten === 0) fault = new FleetError("NoSpace", `write ${this.path}: nothing more is taken`);
        done += bytesWritten;
      } catch (error) {
        fault = journalFault(error, "write", this.path);
      }
    }
    this.#bytes += done;
    if (done > 0) this.#midLine = bytes[done - 1] !== 0x0a;
    const written = wholeLines(lines, done - start.length);
    this.#lastAt = lines[written - 1]?.at ?? this.#lastAt;
    return { written, ...(fault && { fault }) };
  }

  /** Everything written is on disk, and the file's name with it. Throws a FleetError; what was written is uncertain then. */
  async sync(): Promise<void> {
    try {
      if ((await this.#descriptor.stat()).nlink === 0) {
        this.#isRemoved = true;
        throw new FleetError("NotFound", `write ${this.path}: somebody removed it`);
      }
      await this.#descriptor.datasync();
      if (this.#isNew) await syncFolder(dirname(this.path));
      this.#isNew = false;
    } catch (error) {
      // What comes next must not be part of whatever the disk has made of the last line.
      this.#midLine = true;
      throw journalFault(error, "write", this.path);
    }
  }

  async close(): Promise<void> {
    await this.#descriptor.close().catch(() => {
      // It was synced before, or that failed and was reported.
    });
  }
}

/** How many lines `bytes` hold. A line that lacks but its end is an entry: whatever is written next brings the end. */
function wholeLines(lines: readonly Line[], bytes: number): number {
  let end = 0;
  for (const [index, line] of lines.entries()) {
    end += line.bytes;
    if (end - 1 > bytes) return index;
  }
  return lines.length;
}
