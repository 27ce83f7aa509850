import type { InstanceEvent } from "@fleet/core";

/** Tells people what is going on while the runner works. */
export interface Progress {
  /** One thing that happened. */
  event(event: InstanceEvent): void;
  /** How far a pull is. */
  detail(instance: string, line: string): void;
  /** A word to the person, in lines of its own. */
  note(text: string): void;
  end(): void;
}
