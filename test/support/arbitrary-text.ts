import fc from "fast-check";
import type { Spelled } from "./flat-spec.ts";

/** A text so that the spec reads it literally: `$` and `{name}` mean something there. */
export function literal(text: string): string {
  return text.replaceAll("$", "$$$$").replace(/\{([A-Za-z_][A-Za-z0-9_-]*)\}/g, "{{$1}}");
}

/* biome-ignore-start lint/suspicious/noTemplateCurlyInString: what a shell or another tool would fill in */
const awkward = [
  "",
  " ",
  "0",
  "no",
  "null",
  "db://h/?rs=a=b",
  "two\nlines\n",
  "a: b # c",
  "$HOME",
  "${HOME}",
  "$$",
  "{name}",
  "{{name}}",
  "${A:-{name}}",
  "'\"`\\",
  "é 漢 🚢",
  "\t\u001b[31m",
];
/* biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above */

/** Any text that fits in an environment: no NUL. */
export const text: fc.Arbitrary<Spelled> = fc
  .oneof(
    fc.constantFrom(...awkward),
    fc.string({ maxLength: 20 }),
    fc.string({ unit: "binary", maxLength: 8 }).map((value) => value.replaceAll("\0", "")),
  )
  .map((value) => ({ written: literal(value), means: value }));

/** One of some values, each in one of its spellings. */
export function oneOf(
  ...values: readonly (readonly [means: string, ...spellings: readonly unknown[]])[]
): fc.Arbitrary<Spelled> {
  return fc.constantFrom(
    ...values.flatMap(([means, ...spellings]) => spellings.map((spelling) => ({ written: spelling, means }))),
  );
}

/** Values that are their own meaning. */
export function plain(...values: readonly (string | number | boolean)[]): fc.Arbitrary<Spelled> {
  return fc.constantFrom(...values.map((value) => ({ written: value, means: String(value) })));
}
