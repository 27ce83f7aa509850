import fc from "fast-check";
import { expect, test } from "vitest";
import { expand } from "./expand.ts";

/* biome-ignore-start lint/suspicious/noTemplateCurlyInString: that is what is tested */
const env = { A: "a", EMPTY: "", MONEY: "$A {name} ${A}" };
const placeholders = new Map([
  ["name", "dev"],
  ["type", "worker"],
]);

function filled(text: string): string {
  const problems: string[] = [];
  const expanded = expand(text, { env, placeholders }, ({ code, message }) => problems.push(`${code}: ${message}`));
  return expanded === undefined ? problems.join("; ") : expanded.value;
}

test.each([
  ["${A}", "a"],
  ["x${A}y${A}z", "xayaz"],
  ["${EMPTY}", ""],
  ["${B:-d}", "d"],
  ["${B-d}", "d"],
  ["${EMPTY:-d}", "d"],
  ["${EMPTY-d}", ""],
  ["${A:-${B}}", "a"],
  ["${B:-}", ""],
  ["${B:-${C:-c}}", "c"],
  ["${B:-${A}-{name}}", "a-dev"],
  ['${B:-{"x":{"y":1}}}', '{"x":{"y":1}}'],
  ["${A:+x}", "x"],
  ["${B:+x}", ""],
  ["${EMPTY:+x}", ""],
  ["${EMPTY+x}", "x"],
  ["${A:?needed}", "a"],
])("C75: %s is %s", (text, value) => {
  expect(filled(text)).toBe(value);
});

test.each([
  ["$$", "$"],
  ["$$$$", "$$"],
  ["$$A", "$A"],
  ["$${A}", "${A}"],
  ["$${name}", "${name}"],
  ["$$$${A}", "$${A}"],
  ["$$2a$$14$$x", "$2a$14$x"],
  ["end$$", "end$"],
])("C75: %s is the text %s", (text, value) => {
  expect(filled(text)).toBe(value);
});

test.each(["$2a$14$x", "end$", "$A", "$ x", "a$-b"])("C75: a dollar sign by itself is an error: %s", (text) => {
  expect(filled(text)).toBe("Malformed: a `$` that begins no variable");
});

test.each(["${", "${A", "${}", "${1}", "${A!}", "${A:}", "${A:-x", "${A:-${B}", "${ A }"])(
  "C75: %s is malformed",
  (text) => {
    expect(filled(text)).toMatch(/^Malformed: .* is no variable: .* should follow after /);
  },
);

test("C75: what is not set is an error with the spec's own message, and never blank", () => {
  expect(filled("${B}")).toBe("VariableUnset: the variable B is not set");
  expect(filled("${B:?set it to the token}")).toBe("VariableUnset: the variable B is not set: set it to the token");
  expect(filled("${EMPTY:?}")).toBe("VariableUnset: the variable EMPTY is empty");
  expect(filled("${B} ${C}")).toBe(
    "VariableUnset: the variable B is not set; VariableUnset: the variable C is not set",
  );
  expect(filled("${B:?${A}}")).toBe("VariableUnset: the variable B is not set: ${A}");
  expect(filled("${constructor}")).toBe("VariableUnset: the variable constructor is not set");
});

test("a value is never filled in again", () => {
  expect(filled("${MONEY}")).toBe("$A {name} ${A}");
});

test.each([
  ["{name}-{type}", "dev-worker"],
  ["{{name}}", "{name}"],
  ["{{{name}}}", "{{name}}"],
  ['{"a":{"b":1}}', '{"a":{"b":1}}'],
  ["{{.Name}}", "{{.Name}}"],
  ["awk '{print $$1}'", "awk '{print $1}'"],
  ["{}", "{}"],
  ["{a,b}", "{a,b}"],
  ["{", "{"],
  ["}", "}"],
])("placeholders: %s is %s", (text, value) => {
  expect(filled(text)).toBe(value);
});

test("an unknown placeholder is an error that suggests or lists", () => {
  expect(filled("{nam}")).toBe("UnknownPlaceholder: nothing is called {nam} here");
  const hints: (string | undefined)[] = [];
  for (const text of ["{nam}", "{http_code}"]) {
    expand(text, { env, placeholders }, ({ hint }) => hints.push(hint));
  }
  expect(hints).toEqual(["did you mean `name`?", "there is {name}, {type}; write {{http_code}} for the text itself"]);
});

test("which variables a text holds is known, so that it is not shown", () => {
  const report = () => {};
  expect(expand("${A}", { env, placeholders }, report)?.variables).toEqual(["A"]);
  expect(expand("${B:-${A}}", { env, placeholders }, report)?.variables).toEqual(["A"]);
  expect(expand("${B:-x}{name}", { env, placeholders }, report)?.variables).toEqual([]);
});

test("a text without a dollar sign or a brace is itself", () => {
  fc.assert(
    fc.property(
      fc.string().map((text) => text.replaceAll(/[${}]/g, "")),
      (text) => {
        expect(filled(text)).toBe(text);
      },
    ),
  );
});

test("any text can be written", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("$", "{", "}", "a", "-", ":", " ") }), (text) => {
      const written = text.replaceAll("$", "$$$$").replaceAll(/\{([a-z_][a-z0-9_-]*)\}/gi, "{{$1}}");
      const safe = text.includes("${") || /\{\{+a/.test(text) ? "" : written;
      expect(filled(safe)).toBe(safe === "" ? "" : text);
    }),
  );
});

test("no text makes it throw", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("$", "{", "}", "A", "-", ":", "?", "+", "name") }), (text) => {
      expect(filled(text)).toBeTypeOf("string");
    }),
  );
});
/* biome-ignore-end lint/suspicious/noTemplateCurlyInString: that is what is tested */
