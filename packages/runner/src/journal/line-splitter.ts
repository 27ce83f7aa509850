import { longestLine } from "./line.ts";

const newline = 0x0a;
/** In place of a line that is too long to be an entry; is none itself. */
const tooLong = Buffer.from("too long");

/** Cuts bytes into lines, whatever the pieces in which they come. */
export class LineSplitter {
  #pieces: Buffer[] = [];
  #length = 0;

  /** The lines that end in `chunk`, without their ends. */
  push(chunk: Buffer): Buffer[] {
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      this.#add(chunk.subarray(start, end));
      lines.push(this.rest);
      this.#pieces = [];
      this.#length = 0;
      start = end + 1;
    }
    this.#add(chunk.subarray(start));
    return lines;
  }

  /** What came after the last line's end. */
  get rest(): Buffer {
    if (this.#length > longestLine) return tooLong;
    return Buffer.concat(this.#pieces);
  }

  /** Whether anything came after the last line's end. */
  get isMidLine(): boolean {
    return this.#length > 0;
  }

  #add(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#length += piece.length;
    if (this.#length > longestLine) this.#pieces = [];
    else this.#pieces.push(piece);
  }
}
