import type { EngineEvent } from "../observe/engine-event.ts";
import { readEvent } from "./translate-event.ts";

/** Reads the event stream as it arrives: one JSON document to a line, cut anywhere. */
export class EventLines {
  readonly #onEvent: (event: EngineEvent) => void;
  readonly #decoder = new TextDecoder();
  #rest = "";

  constructor(onEvent: (event: EngineEvent) => void) {
    this.#onEvent = onEvent;
  }

  /** Throws what the listener throws. */
  push(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      const event = readEvent(parse(line));
      if (event !== undefined) this.#onEvent(event);
    }
  }
}

/** Undefined for what is no JSON: a line lost is found by the next look, a stream given up costs all of them. */
function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
