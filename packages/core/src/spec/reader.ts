import type { Diagnostics } from "./diagnostic.ts";
import { type Expanded, expand, type Scope } from "./expand.ts";
import { type Fields, fieldsByKey, type Written } from "./fields.ts";
import type { Kind, Scalar } from "./kind.ts";
import type { Path } from "./path.ts";
import { cannotBe, show } from "./show.ts";
import { hasParts } from "./text.ts";

const none: Fields = new Map();

/** Reads one instance's fields: fills in their texts and says what a field does not take. */
export class Reader {
  readonly #fields: Fields;
  readonly #scope: Scope;
  #byKey: ReadonlyMap<string, Fields> | undefined;
  readonly diagnostics: Diagnostics;

  constructor(fields: Fields, scope: Scope, diagnostics: Diagnostics) {
    this.#fields = fields;
    this.#scope = scope;
    this.diagnostics = diagnostics;
  }

  written(field: string): Written | undefined {
    return this.#fields.get(field);
  }

  below(field: string): Fields {
    this.#byKey ??= fieldsByKey(this.#fields);
    return this.#byKey.get(field) ?? none;
  }

  /** Undefined when the field is not there, or when it does not hold what it should, which is then reported. */
  field<T>(field: string, kind: Kind<T>): T | undefined {
    const written = this.#fields.get(field);
    return written === undefined ? undefined : this.read(kind, written);
  }

  /** Every item of a list that `kind` reads. */
  list<T>(field: string, kind: Kind<T>): readonly T[] | undefined {
    const written = this.#fields.get(field);
    if (written === undefined) return undefined;
    const items = itemsOf(written).map((item) => this.read(kind, item));
    return items.filter((item) => item !== undefined);
  }

  read<T>(kind: Kind<T>, { value, path }: Written): T | undefined {
    const scalar = value as Scalar;
    const filled = this.expand(String(scalar), path);
    if (filled === undefined) return undefined;
    const reading = kind.read(typeof scalar === "string" && hasParts(scalar) ? filled.value : scalar);
    if (reading.ok) return reading.value;
    const hidden = filled.variables.length > 0;
    const found = hidden ? `what \`${String(scalar)}\` stands for, which is not shown` : show(filled.value);
    this.diagnostics.error("InvalidValue", path, cannotBe(path, found), {
      found,
      expected: kind.expected,
      hint: hidden ? undefined : reading.hint,
    });
    return undefined;
  }

  expand(text: string, path: Path): Expanded | undefined {
    return expand(text, this.#scope, ({ code, message, hint }) =>
      this.diagnostics.error(code, path, message, { hint }),
    );
  }
}

/** A list's items, each with its place; a value that stands alone is a list of one. */
export function itemsOf({ value, path }: Written): readonly Written[] {
  return Array.isArray(value)
    ? value.map((item: unknown, index) => ({ value: item, path: [...path, index] }))
    : [{ value, path }];
}

/** The keys of a map that are said, each with its place. */
export function entriesOf({ value, path }: Written): ReadonlyMap<string, Written> {
  return new Map(
    Object.entries(value as object)
      .filter(([, item]) => item !== undefined && item !== null)
      .map(([key, item]: [string, unknown]) => [key, { value: item, path: [...path, key] }]),
  );
}
