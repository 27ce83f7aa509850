/** A stretch of one line of a fleet file. */
export interface Span {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** At least 1, and never past the end of the line. */
  readonly length: number;
}

/** The text that a spec was read from, kept so that what is found out later can still be pointed at. */
export interface SpecSource {
  readonly file?: string;
  /** Where the value at `path` (map keys and list indices from the root) or its key is written; the nearest ancestor's when it is not written itself. */
  span(path: readonly (string | number)[], part: "key" | "value"): Span | undefined;
  /** Line `number`, from 1, without its line break. */
  line(number: number): string;
}

/** Of a spec that never was a text: there is nothing to point at. */
export const noSource: SpecSource = { span: () => undefined, line: () => "" };
