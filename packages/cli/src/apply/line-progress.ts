import type { Output } from "../output.ts";
import { type Columns, EventLines } from "./event-lines.ts";
import type { Progress } from "./progress.ts";

/** For a pipe or a log: a line for each action once it has ended. */
export function lineProgress(output: Output, columns: Columns): Progress {
  const lines = new EventLines(columns, output.paint);
  return {
    event: (event) => output.text(lines.of(event)),
    detail: () => undefined,
    note: (text) => output.text(text),
    end: () => undefined,
  };
}
