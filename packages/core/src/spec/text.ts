/** One stretch of a text in a spec: itself, a `${…}` or a `{…}`. */
export type TextPart = string | Variable | Placeholder;

/** `${NAME}` or `${NAME:-operand}` and its like, as Docker Compose has them. */
export interface Variable {
  readonly kind: "variable";
  readonly name: string;
  readonly operator?: Operator;
  readonly operand: readonly TextPart[];
  /** The operand as written, for a `?` message: what it names is never filled in there. */
  readonly message: string;
}

/** `{name}`. */
export interface Placeholder {
  readonly kind: "placeholder";
  readonly name: string;
}

export type Operator = ":-" | "-" | ":?" | "?" | ":+" | "+";

export type ParsedText =
  | { readonly ok: true; readonly parts: readonly TextPart[] }
  | { readonly ok: false; readonly message: string; readonly hint: string };

/** Whether a text has anything that {@link parseText} would not take literally. */
export function hasParts(text: string): boolean {
  return text.includes("$") || text.includes("{");
}

/**
 * Splits a text. The rules:
 *
 * - `$$` is a dollar sign; `${…}` is a variable; any other `$` is an error, since it is as likely meant for a shell.
 * - `{name}` is a placeholder; `{{name}}` is the text `{name}`; braces around anything but a name are text.
 * - What follows `$$` is text up to the brace that ends it, so that `$${HOME}` is the text `${HOME}`.
 */
export function parseText(text: string): ParsedText {
  if (!hasParts(text)) return { ok: true, parts: text === "" ? [] : [text] };
  try {
    return { ok: true, parts: new Scanner(text).parts() };
  } catch (error) {
    if (error instanceof MalformedText) return { ok: false, message: error.message, hint: error.hint };
    throw error;
  }
}

class MalformedText extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

const variableName = /[A-Za-z_][A-Za-z0-9_]*/y;
const operatorText = /:?[-?+]/y;
const placeholder = /\{([A-Za-z_][A-Za-z0-9_-]*)\}/y;
const escapedPlaceholder = /\{(\{[A-Za-z_][A-Za-z0-9_-]*\})\}/y;
const escapedVariable = /\$\$\{[^{}]*\}/y;
const plain = /[^${}]+/y;

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parts(): readonly TextPart[] {
    return this.#scan(0);
  }

  /** To the end of the text, or inside a variable to the brace that closes it, which it leaves. */
  #scan(depth: number): readonly TextPart[] {
    const parts: TextPart[] = [];
    let literal = "";
    let open = 0;
    while (this.#at < this.#text.length) {
      literal += this.#take(plain)?.[0] ?? "";
      const char = this.#text.charAt(this.#at);
      if (char === "") break;
      const escaped = this.#take(escapedVariable) ?? this.#take(escapedPlaceholder);
      if (escaped !== undefined) literal += escaped[1] ?? escaped[0].slice(1);
      else if (this.#text.startsWith("$$", this.#at)) {
        literal += "$";
        this.#at += 2;
      } else {
        const part = char === "$" ? this.#variable(depth) : this.#placeholder();
        if (part !== undefined) {
          if (literal !== "") parts.push(literal);
          literal = "";
          parts.push(part);
          continue;
        }
        if (depth > 0 && char === "}" && open === 0) break;
        if (char === "{") open++;
        if (char === "}") open--;
        literal += char;
        this.#at++;
      }
    }
    if (literal !== "") parts.push(literal);
    return parts;
  }

  #placeholder(): Placeholder | undefined {
    const found = this.#take(placeholder);
    return found === undefined ? undefined : { kind: "placeholder", name: found[1] ?? "" };
  }

  #variable(depth: number): Variable {
    const start = this.#at;
    if (this.#text[start + 1] !== "{") {
      throw new MalformedText(
        "a `$` that begins no variable",
        `write \`\${NAME}\` for the value of a variable, or \`$$\` for a dollar sign`,
      );
    }
    if (depth >= 16) throw new MalformedText("variables nested too deeply", "simplify the default values");
    this.#at += 2;
    const name = this.#take(variableName)?.[0];
    if (name === undefined) throw this.#broken(start, "a name of letters, digits and `_`");
    const operator = this.#take(operatorText)?.[0] as Operator | undefined;
    const from = this.#at;
    const operand = operator === undefined ? [] : this.#scan(depth + 1);
    const message = this.#text.slice(from, this.#at);
    if (this.#text[this.#at] !== "}")
      throw this.#broken(start, operator === undefined ? "`}`, `:-`, `-`, `:?`, `?`, `:+` or `+`" : "a closing `}`");
    this.#at++;
    return { kind: "variable", name, ...(operator !== undefined && { operator }), operand, message };
  }

  #broken(start: number, wanted: string): MalformedText {
    const from = this.#text.slice(start, start + 24);
    return new MalformedText(
      `\`${from}${start + 24 < this.#text.length ? "…" : ""}\` is no variable: ${wanted} should follow after \`${this.#text.slice(start, Math.min(this.#at, start + 24))}\``,
      `write \`\${NAME}\`, \`\${NAME:-default}\`, \`\${NAME:?message}\`, \`\${NAME:+text}\`, or \`$$\` for a dollar sign`,
    );
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found !== null) this.#at = pattern.lastIndex;
    return found ?? undefined;
  }
}
