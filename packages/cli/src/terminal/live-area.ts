import type { Clock } from "@fleet/core";
import type { OutputStream } from "../program.ts";

const interval = 100;
const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/**
 * The last lines of a terminal, drawn anew as time passes. What is printed meanwhile scrolls by above them. `rows` gives
 * plain text; each gets a spinner in front.
 */
export class LiveArea {
  readonly #stream: OutputStream;
  readonly #clock: Clock;
  readonly #rows: () => readonly string[];
  readonly #paintSpinner: (text: string) => string;
  #drawn = 0;
  #frame = 0;
  #timer: unknown;

  constructor(
    stream: OutputStream,
    clock: Clock,
    rows: () => readonly string[],
    paintSpinner: (text: string) => string,
  ) {
    this.#stream = stream;
    this.#clock = clock;
    this.#rows = rows;
    this.#paintSpinner = paintSpinner;
  }

  start(): void {
    this.#draw("");
    this.#timer = this.#clock.setTimeout(() => {
      this.#frame += 1;
      this.start();
    }, interval);
  }

  /** Writes whole lines above the area. */
  print(text: string): void {
    this.#draw(text);
  }

  /** Takes the area off the terminal. */
  stop(): void {
    this.#clock.clearTimeout(this.#timer);
    if (this.#drawn > 0) this.#stream.write(`\u001b[${this.#drawn}A\u001b[J`);
    this.#drawn = 0;
  }

  /** In one write, so that nothing flickers. */
  #draw(above: string): void {
    const rows = this.#fitting();
    const up = this.#drawn > 0 ? `\u001b[${this.#drawn}A` : "";
    const clear = (line: string): string => `${line}\u001b[K\n`;
    const printed = above === "" ? "" : above.replace(/\n$/, "").split("\n").map(clear).join("");
    this.#stream.write(`${up}${printed}${rows.map(clear).join("")}\u001b[J`);
    this.#drawn = rows.length;
  }

  /** Rows that neither wrap nor scroll: the terminal could not be drawn over otherwise. */
  #fitting(): string[] {
    // A terminal that does not know its size says 0.
    const width = this.#stream.columns || 80;
    const all = this.#rows();
    const most = Math.max(1, (this.#stream.rows || 24) - 2);
    const shown = all.length <= most ? all : [...all.slice(0, most - 1), `and ${all.length - most + 1} more`];
    const mark = this.#paintSpinner(spinner[this.#frame % spinner.length] ?? "");
    return shown.map((row) => `  ${mark} ${clip(row, width - 5)}`);
  }
}

function clip(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join("")}…`;
}
