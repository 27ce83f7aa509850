import { type Paint, painter } from "@fleet/core";
import type { OutputOptions } from "./options.ts";
import type { OutputStream, Program } from "./program.ts";
import { wantsColor } from "./terminal/color.ts";

/** Where a command's words go. With `-o json`, stdout gets one document and nothing else. */
export interface Output {
  readonly json: boolean;
  /** Carries text for people: stdout, or stderr when stdout is for the document. */
  readonly people: OutputStream;
  /** For `people`. */
  readonly color: boolean;
  readonly paint: Paint;
  /** For stderr. */
  readonly errorColor: boolean;
  readonly errorPaint: Paint;
  /** Writes a text for people. */
  text(text: string): void;
  /** Writes to stderr, whatever the output is. */
  note(text: string): void;
  /** Writes a JSON document, the command's only one unless it writes one a line; nothing when the output is for people. */
  document(value: unknown): void;
}

/** `lines`: the command writes many documents, each in one line. */
export function createOutput(program: Program, options: OutputOptions, { lines = false } = {}): Output {
  const { stdout, stderr } = program;
  const json = options.output === "json";
  const people = json ? stderr : stdout;
  const color = wantsColor(program, people, options.color);
  const errorColor = wantsColor(program, stderr, options.color);
  return {
    json,
    people,
    color,
    paint: painter(color),
    errorColor,
    errorPaint: painter(errorColor),
    text: (text) => void people.write(text),
    note: (text) => void stderr.write(text),
    document: (value) => {
      if (json) stdout.write(`${JSON.stringify(value, null, lines ? 0 : 2)}\n`);
    },
  };
}
