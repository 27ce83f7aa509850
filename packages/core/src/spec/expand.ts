import { didYouMean } from "./suggest.ts";
import { parseText, type TextPart, type Variable } from "./text.ts";

/** What names in texts stand for. */
export interface Scope {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly placeholders: ReadonlyMap<string, string>;
}

/** A text with everything filled in. */
export interface Expanded {
  readonly value: string;
  /** Stretches of `value` in order. `literal` is what the spec itself says; the rest came from a name. */
  readonly pieces: readonly Piece[];
  /** Variables whose values are in `value`: it must not be shown when there are any. Sorted. */
  readonly variables: readonly string[];
}

export interface Piece {
  readonly text: string;
  readonly literal: boolean;
}

export interface TextProblem {
  readonly code: "Malformed" | "VariableUnset" | "UnknownPlaceholder";
  readonly message: string;
  readonly hint?: string | undefined;
}

/** Fills in a text. Every problem goes to `report`; the result is undefined when there was one. */
export function expand(text: string, scope: Scope, report: (problem: TextProblem) => void): Expanded | undefined {
  const parsed = parseText(text);
  if (!parsed.ok) {
    report({ code: "Malformed", message: parsed.message, hint: parsed.hint });
    return undefined;
  }
  const expansion = new Expansion(scope, report);
  expansion.add(parsed.parts, true);
  return expansion.result();
}

class Expansion {
  readonly #scope: Scope;
  readonly #report: (problem: TextProblem) => void;
  readonly #pieces: Piece[] = [];
  readonly #variables = new Set<string>();
  #failed = false;

  constructor(scope: Scope, report: (problem: TextProblem) => void) {
    this.#scope = scope;
    this.#report = report;
  }

  add(parts: readonly TextPart[], literal: boolean): void {
    for (const part of parts) {
      if (typeof part === "string") this.#pieces.push({ text: part, literal });
      else if (part.kind === "variable") this.#variable(part);
      else {
        const text = this.#scope.placeholders.get(part.name);
        if (text === undefined) this.#unknown(part.name);
        else this.#pieces.push({ text, literal: false });
      }
    }
  }

  result(): Expanded | undefined {
    if (this.#failed) return undefined;
    const value = this.#pieces.map(({ text }) => text).join("");
    return { value, pieces: this.#pieces, variables: [...this.#variables].sort() };
  }

  #variable({ name, operator, operand, message }: Variable): void {
    const value = Object.hasOwn(this.#scope.env, name) ? this.#scope.env[name] : undefined;
    const present = operator?.startsWith(":") === true ? value !== undefined && value !== "" : value !== undefined;
    if (operator?.endsWith("+") === true) {
      if (present) this.add(operand, false);
    } else if (present && value !== undefined) {
      this.#variables.add(name);
      this.#pieces.push({ text: value, literal: false });
    } else if (operator?.endsWith("-") === true) this.add(operand, false);
    else {
      const state = value === undefined ? "not set" : "empty";
      const reason = message === "" ? "" : `: ${message}`;
      this.#fail({
        code: "VariableUnset",
        message: `the variable ${name} is ${state}${reason}`,
        hint:
          operator === undefined ? `set it, or give a default: \`\${${name}:-…}\`` : "set it in fleet's environment",
      });
    }
  }

  #unknown(name: string): void {
    const names = [...this.#scope.placeholders.keys()].sort();
    this.#fail({
      code: "UnknownPlaceholder",
      message: `nothing is called {${name}} here`,
      hint:
        didYouMean(name, names) ??
        `there is ${names.map((known) => `{${known}}`).join(", ")}; write {{${name}}} for the text itself`,
    });
  }

  #fail(problem: TextProblem): void {
    this.#failed = true;
    this.#report(problem);
  }
}
