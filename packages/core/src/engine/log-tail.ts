/** The last bytes of a log as they arrive. */
export class LogTail {
  readonly #limit: number;
  #kept: Buffer = Buffer.alloc(0);
  #pending: Buffer = Buffer.alloc(0);
  /** Undefined until enough has arrived to tell. */
  #framed: boolean | undefined;

  /** `limit` in bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  push(chunk: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    if (this.#framed === undefined && this.#pending.length >= headerLength) this.#framed = isHeader(this.#pending);
    if (this.#framed === false) this.#keep(this.#take(this.#pending.length));
    while (this.#framed === true && this.#pending.length >= headerLength) {
      const length = headerLength + this.#pending.readUInt32BE(4);
      if (this.#pending.length < length) return;
      this.#keep(this.#take(length).subarray(headerLength));
    }
  }

  text(): string {
    // Shorter than a header: a terminal's output.
    const rest = this.#framed === undefined ? this.#pending : Buffer.alloc(0);
    const bytes = Buffer.concat([this.#kept, rest]);
    // A cut may have gone through a character.
    const start = bytes.length < this.#limit ? 0 : bytes.findIndex((byte) => (byte & 0b1100_0000) !== 0b1000_0000);
    return bytes.subarray(Math.max(start, 0)).toString("utf8");
  }

  #take(length: number): Buffer {
    const taken = this.#pending.subarray(0, length);
    this.#pending = this.#pending.subarray(length);
    return taken;
  }

  #keep(bytes: Buffer): void {
    this.#kept = Buffer.concat([this.#kept, bytes]).subarray(-this.#limit);
  }
}

const headerLength = 8;

/**
 * Without a terminal an engine puts a header before each piece: stream number, three zeros, length. Only newer ones say
 * in the response which form it is.
 */
function isHeader(bytes: Buffer): boolean {
  return (bytes[0] ?? 3) <= 2 && bytes[1] === 0 && bytes[2] === 0 && bytes[3] === 0;
}
