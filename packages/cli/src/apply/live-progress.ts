import type { Clock, InstanceEvent } from "@fleet/core";
import type { Output } from "../output.ts";
import { LiveArea } from "../terminal/live-area.ts";
import { runningTime } from "../terminal/time.ts";
import { type Columns, EventLines } from "./event-lines.ts";
import type { Progress } from "./progress.ts";

interface Act {
  readonly description: string;
  /** Monotonic milliseconds. */
  readonly since: number;
  detail: string;
}

/** For a terminal: what has ended scrolls by, what is under way is drawn below it with the time it has taken so far. */
export class LiveProgress implements Progress {
  readonly #clock: Clock;
  readonly #columns: Columns;
  readonly #total: number;
  readonly #began: number;
  readonly #lines: EventLines;
  readonly #area: LiveArea;
  readonly #acts = new Map<string, Act>();
  readonly #atRest = new Set<string>();

  constructor(output: Output, clock: Clock, columns: Columns, total: number) {
    this.#clock = clock;
    this.#columns = columns;
    this.#total = total;
    this.#began = clock.monotonic();
    this.#lines = new EventLines(columns, output.paint);
    this.#area = new LiveArea(
      output.people,
      clock,
      () => this.#rows(),
      (mark) => output.paint("accent", mark),
    );
    this.#area.start();
  }

  event(event: InstanceEvent): void {
    this.#follow(event);
    this.#area.print(this.#lines.of(event));
  }

  detail(instance: string, line: string): void {
    const act = this.#acts.get(instance);
    if (act !== undefined) act.detail = line;
  }

  note(text: string): void {
    this.#area.print(text);
  }

  end(): void {
    this.#area.stop();
  }

  #follow({ reason, instance, action, message }: InstanceEvent): void {
    this.#acts.delete(instance);
    if (reason === "Settled" || reason === "Stalled" || reason === "Retired") this.#atRest.add(instance);
    if (reason !== "ActionStarted") return;
    this.#atRest.delete(instance);
    const description = action?.description ?? message;
    this.#acts.set(instance, { description, since: this.#clock.monotonic(), detail: "" });
  }

  #rows(): string[] {
    const now = this.#clock.monotonic();
    const { instance: width, description: wide } = this.#columns;
    const acting = [...this.#acts].map(([instance, { description, since, detail }]) => {
      const row = `${instance.padEnd(width)}  ${description.padEnd(wide)}  ${runningTime(now - since)}`;
      return detail === "" ? row : `${row}  ${detail}`;
    });
    const count = `${this.#atRest.size} of ${this.#total} done`.padEnd(width + 2 + wide);
    return [...acting, `${count}  ${runningTime(now - this.#began)}`];
  }
}
