import type { FileHandle } from "node:fs/promises";
import { journalFault } from "./fault.ts";
import { type JournalFile, openToRead } from "./files.ts";
import { LineSplitter } from "./line-splitter.ts";

/** Bytes read at a time. */
export const chunkSize = 64 * 1024;

/** Reads one file forwards, and goes on where it stopped when there is more. */
export class Cursor {
  readonly file: JournalFile;
  readonly #opened: FileHandle;
  readonly #splitter = new LineSplitter();
  #offset = 0;

  private constructor(file: JournalFile, opened: FileHandle) {
    this.file = file;
    this.#opened = opened;
  }

  /** Null when the file is no longer there. */
  static async open(file: JournalFile): Promise<Cursor | null> {
    const opened = await openToRead(file);
    return opened === null ? null : new Cursor(file, opened);
  }

  /** The next lines, without their ends; null at what is now the end of the file. */
  async read(): Promise<Buffer[] | null> {
    const chunk = Buffer.allocUnsafe(chunkSize);
    const { bytesRead } = await this.#opened.read(chunk, 0, chunkSize, this.#offset).catch((error: unknown) => {
      throw journalFault(error, "read", this.file.path);
    });
    if (bytesRead === 0) return null;
    this.#offset += bytesRead;
    return this.#splitter.push(chunk.subarray(0, bytesRead));
  }

  /** What follows the last line's end: an entry that is being written, or one that a crash tore. Null when nothing does. */
  get rest(): Buffer | null {
    return this.#splitter.isMidLine ? this.#splitter.rest : null;
  }

  async close(): Promise<void> {
    await this.#opened.close();
  }
}
