import type { InstanceEvent, Paint } from "@fleet/core";
import { shortDuration } from "../terminal/time.ts";

/** Width of the columns, in characters. */
export interface Columns {
  readonly instance: number;
  readonly description: number;
}

/** Turns events into the record that scrolls by. */
export class EventLines {
  readonly #columns: Columns;
  readonly #paint: Paint;
  /** What each instance failed with last: it is not told twice. */
  readonly #failures = new Map<string, string>();

  constructor(columns: Columns, paint: Paint) {
    this.#columns = columns;
    this.#paint = paint;
  }

  /** Whole lines; empty for an event that only moves things along. */
  of(event: InstanceEvent): string {
    const { instance, reason, message, type } = event;
    switch (reason) {
      case "ActionDone":
        return this.#ended("good", "✓", event) + (type === "Warning" ? this.#below("warning", "warning", message) : "");
      case "ActionFailed":
        this.#failures.set(instance, message);
        return this.#ended("error", "✗", event) + this.#below("error", "failed", message);
      case "BackingOff":
      case "EngineUnreachable":
        if (this.#failures.get(instance) === message) return "";
        return `  ${this.#paint("warning", "!")} ${this.#name(instance)}  ${words[reason]}: ${message}\n`;
      default:
        return "";
    }
  }

  #ended(style: "good" | "error", mark: string, { instance, action, message }: InstanceEvent): string {
    const what = (action?.description ?? message).padEnd(this.#columns.description);
    const time = this.#paint("dim", shortDuration(action?.duration ?? 0));
    return `  ${this.#paint(style, mark)} ${this.#name(instance)}  ${what}  ${time}\n`;
  }

  #below(style: "warning" | "error", word: string, text: string): string {
    return `${" ".repeat(this.#columns.instance + 6)}${this.#paint(style, `${word}:`)} ${text}\n`;
  }

  #name(instance: string): string {
    return instance.padEnd(this.#columns.instance);
  }
}

const words = {
  BackingOff: "waits before it tries again",
  EngineUnreachable: "the engine does not answer",
};
