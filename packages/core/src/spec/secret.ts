/** What stands for a secret wherever it would be shown. */
export const redacted = "‹secret›";

/**
 * A value that must not leave the process except inside a create request. It prints, serialises and inspects as
 * `‹secret›`; only {@link Secret.reveal} gives the text.
 */
export class Secret {
  readonly #value: string;
  /** Where the value came from, for messages: `env FORGE_TOKEN`, `file ~/.token`. */
  readonly source: string;

  /** `source` is shown: it must not tell the value. */
  constructor(value: string, source: string) {
    this.#value = value;
    this.source = source;
  }

  /** The plain text. */
  reveal(): string {
    return this.#value;
  }

  /** `‹secret›`. */
  toString(): string {
    return redacted;
  }

  /** `‹secret›`. */
  toJSON(): string {
    return redacted;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return redacted;
  }
}

/** The plain text of a literal or a secret. For comparison and for the create request only. */
export function reveal(value: string | Secret): string {
  return value instanceof Secret ? value.reveal() : value;
}
