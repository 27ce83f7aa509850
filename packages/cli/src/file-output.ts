import { writeSync } from "node:fs";
import { Writable } from "node:stream";

/**
 * stdout or stderr where that is a file or a device. Node's own stream for one takes for written what a disk that fills
 * up took half of. Every failure is an `error` event; what comes after it is tried again.
 */
export class FileOutput extends Writable {
  readonly #descriptor: number;

  constructor(descriptor: number) {
    super();
    this.#descriptor = descriptor;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    try {
      for (let at = 0; at < chunk.length; ) at += writeSync(this.#descriptor, chunk, at);
    } catch (error) {
      // A failure told to `done` would be the stream's last word.
      this.emit("error", error);
    }
    done();
  }
}
