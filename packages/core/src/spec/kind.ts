/** A value as YAML has it, before a field says what it means. */
export type Scalar = string | number | boolean;

/** What a field takes: how to read it, and how to say what would have been right. */
export interface Kind<T> {
  /** Completes "expected …". */
  readonly expected: string;
  read(value: Scalar): Reading<T>;
}

export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly hint?: string | undefined };

export function right<T>(value: T): Reading<T> {
  return { ok: true, value };
}

export function wrong(hint?: string): Reading<never> {
  return { ok: false, hint };
}

/** Any text; a number or boolean becomes the text that it is written as. */
export const text: Kind<string> = {
  expected: "text",
  read: (value) => (String(value).includes("\0") ? wrong("take the NUL character away") : right(String(value))),
};

/** Text that says something. */
export const filledText: Kind<string> = {
  expected: "text that is not empty",
  read: (value) => (value === "" ? wrong() : text.read(value)),
};

/** `true` or `false`, also as text. */
export const flag: Kind<boolean> = {
  expected: "true or false",
  read: (value) => {
    const word = String(value).toLowerCase();
    if (word === "true" || word === "false") return right(word === "true");
    if (["yes", "on", "y"].includes(word)) return wrong("write `true`");
    return ["no", "off", "n"].includes(word) ? wrong("write `false`") : wrong();
  },
};

/** A whole number from `least` to `most`, also as text. */
export function count(least: number, most: number = Number.MAX_SAFE_INTEGER): Kind<number> {
  const bounds = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  return {
    expected: `a whole number ${bounds}`,
    read: (value) => {
      const number = decimal(value);
      return number !== undefined && Number.isSafeInteger(number) && number >= least && number <= most
        ? right(number)
        : wrong();
    },
  };
}

/** One of a few words. */
export function choice<const T extends string>(...words: readonly T[]): Kind<T> & { readonly words: readonly T[] } {
  return {
    words,
    expected: `one of ${words.map((word) => `\`${word}\``).join(", ")}`,
    read: (value) => {
      const found = words.find((word) => word === value);
      return found === undefined ? wrong() : right(found);
    },
  };
}

/** A number, or text that is one in plain decimal notation without leading zeros. */
export function decimal(value: Scalar): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value !== "string" || !/^-?(0|[1-9]\d*)?(\.\d+)?$/.test(value) || !/\d/.test(value)) return undefined;
  return Number(value);
}
