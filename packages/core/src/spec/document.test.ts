import { expect, test } from "vitest";
import type { Diagnostic } from "./diagnostic.ts";
import { readDocument } from "./document.ts";

function value(text: string): unknown {
  const { value, diagnostics } = readDocument(text);
  expect(diagnostics.sorted()).toEqual([]);
  return value;
}

function problems(text: string): string[] {
  const { value, diagnostics } = readDocument(text);
  expect(value).toBeUndefined();
  return diagnostics.sorted().map(brief);
}

function brief({ code, line, column, message }: Diagnostic): string {
  return `${line}:${column} ${code}: ${message}`;
}

test("C68: a number that is not written the canonical way stays the text that it is", () => {
  expect(value('[0755, 0o755, 755, "0755", 1.10, 1.5, 1e3, .5, True, true, 0x1F, 99999999999999999999]')).toEqual([
    "0755",
    "0o755",
    755,
    "0755",
    "1.10",
    1.5,
    "1e3",
    ".5",
    "True",
    true,
    "0x1F",
    "99999999999999999999",
  ]);
});

test("C70: 2222:22 is text, and a YAML 1.1 document, where it is 133342, is refused", () => {
  expect(value("a: 2222:22")).toEqual({ a: "2222:22" });
  expect(problems("%YAML 1.1\n---\na: 2222:22\n")).toEqual(["1:1 Syntax: YAML 1.1 is not read"]);
});

test("C71: no, yes, on and off are text", () => {
  expect(value("[no, yes, on, off]")).toEqual(["no", "yes", "on", "off"]);
});

test("C72: forty maps share one merged map; of two merged the earlier wins; own keys win over both", () => {
  const items = Array.from({ length: 40 }, (_, index) => `  - { <<: *d, n: ${index} }`).join("\n");
  expect(value(`d: &d {a: 1, b: 2}\nlist:\n${items}`)).toEqual({
    d: { a: 1, b: 2 },
    list: Array.from({ length: 40 }, (_, n) => ({ a: 1, b: 2, n })),
  });
  expect(value("a: &a {x: 1, y: 1}\nb: &b {x: 2, z: 2}\nc: {<<: [*a, *b], y: 3}")).toEqual({
    a: { x: 1, y: 1 },
    b: { x: 2, z: 2 },
    c: { x: 1, y: 3, z: 2 },
  });
  expect(value('"<<": 1')).toEqual({ "<<": 1 });
  expect(problems("a: {<<: 1}")).toEqual(["1:5 Syntax: `<<` takes an alias of a map, or a list of them"]);
});

test("C72: an anchor may be given again; an alias means the last one before it", () => {
  expect(value("a: &x 1\nb: *x\nc: &x 2\nd: *x")).toEqual({ a: 1, b: 1, c: 2, d: 2 });
});

test("C73: an alias bomb and a value that holds itself are bounded errors", () => {
  const bomb = Array.from({ length: 30 }, (_, level) =>
    level === 0 ? "a0: &a0 [x, x, x]" : `a${level}: &a${level} [${`*a${level - 1}, `.repeat(9)}]`,
  ).join("\n");
  expect(problems(bomb)).toEqual(["1:1 TooLarge: aliases make more than 250000 values of this file"]);
  const merges = Array.from({ length: 60 }, (_, level) =>
    level === 0 ? "a0: &a0 {x: 1}" : `a${level}: &a${level} {<<: [*a${level - 1}, *a${level - 1}]}`,
  ).join("\n");
  expect(problems(merges)).toEqual(["1:1 TooLarge: aliases make more than 250000 values of this file"]);
  expect(problems("a: &a {b: *a}")).toEqual(["1:11 TooLarge: `*a` holds itself"]);
  expect(problems("a: &a {<<: *a}")).toEqual(["1:12 TooLarge: `*a` holds itself"]);
  expect(problems("a: *nowhere")).toEqual(["1:4 Syntax: nothing is anchored as `&nowhere` before this"]);
});

test("nesting is bounded", () => {
  expect(problems("[".repeat(70) + "]".repeat(70))).toEqual(["1:66 TooLarge: nested more than 64 deep"]);
  for (const levels of [1_000, 20_000]) {
    expect(problems("[".repeat(levels) + "]".repeat(levels))).toEqual([expect.stringMatching(/TooLarge: .*nested/)]);
    const maps = Array.from({ length: levels }, (_, level) => `${" ".repeat(level)}a:`).join("\n");
    if (levels < 5_000) expect(problems(maps)).toEqual([expect.stringMatching(/TooLarge: .*nested/)]);
  }
});

test('C74: a key that is there twice is an error at the second, also as `1` and `"1"`', () => {
  expect(problems("a: 1\nb: 2\na: 3")).toEqual(["3:1 DuplicateKey: `a` is there already, on line 1"]);
  expect(problems('1: x\n"1": y')).toEqual(["2:1 DuplicateKey: `1` is there already, on line 1"]);
  expect(value("8080: x")).toEqual({ "8080": "x" });
});

test("only plain words are keys", () => {
  expect(problems("? [a]\n: 1")).toEqual(["1:3 Syntax: this cannot be a key"]);
  expect(problems("__proto__: 1")).toEqual(["1:1 Syntax: this cannot be a key"]);
  expect(problems(": 1")).toEqual(["1:1 Syntax: this cannot be a key"]);
});

test("C76: an empty value is null, quotes make an empty text, an unknown tag is an error", () => {
  expect(value('a:\nb: ""\nc: ~')).toEqual({ a: null, b: "", c: null });
  expect(value("a: !!str 0755")).toEqual({ a: "0755" });
  expect(problems("a: !secret x")).toEqual(["1:4 Syntax: unresolved tag: !secret"]);
  expect(problems("a: !!binary aGk=")).toEqual([
    "1:13 Syntax: a fleet file has no use for the tag tag:yaml.org,2002:binary",
  ]);
  expect(problems("a: !!set {x, y}")).toEqual([
    "1:10 Syntax: a fleet file has no use for the tag tag:yaml.org,2002:set",
  ]);
});

test("C79: a BOM and CRLF are fine", () => {
  expect(value("\ufeffa: 1\r\nb: two\r\n")).toEqual({ a: 1, b: "two" });
});

test("C79: several documents, tabs and broken text are errors with line and column", () => {
  expect(problems("a: 1\n---\nb: 2\n").map((line) => line.split(":").slice(0, 2).join(":"))).toEqual(["2:1 Syntax"]);
  expect(problems("a:\n\tb: 1\n").map((line) => line.split(":").slice(0, 2).join(":"))[0]).toBe("2:1 Syntax");
  expect(problems("a: [1,\n").map((line) => line.split(":").slice(0, 2).join(":"))[0]).toBe("1:7 Syntax");
});

test("C79: a no-break space is pointed out", () => {
  const { diagnostics } = readDocument("a:\n  b:\u00a01\n  c: 2\n");
  expect(diagnostics.sorted()[0]).toMatchObject({
    code: "Syntax",
    line: 2,
    hint: "the line holds a no-break space (U+00A0); write a plain space",
  });
});

test("C79: a file with nothing in it says so", () => {
  expect(problems("")).toEqual(["1:1 Empty: there is nothing in the file"]);
  expect(problems("# only a comment\n")).toEqual(["1:1 Empty: there is nothing in the file"]);
  expect(problems("---\n...\n")).toEqual(["1:1 Empty: there is nothing in the file"]);
});

test("a span is where a value is written, through aliases and merges; a missing one is its nearest ancestor", () => {
  const { source } = readDocument("base: &base\n  image: app\nlist:\n  - <<: *base\n    user: me\n  - *base\n");
  expect(source.span(["list", 0, "image"], "value")).toEqual({ line: 2, column: 10, length: 3 });
  expect(source.span(["list", 0, "user"], "key")).toEqual({ line: 5, column: 5, length: 4 });
  expect(source.span(["list", 1, "image"], "key")).toEqual({ line: 2, column: 3, length: 5 });
  expect(source.span(["list", 0, "nothing"], "value")).toEqual({ line: 4, column: 5, length: 9 });
  expect(source.span(["list"], "key")).toEqual({ line: 3, column: 1, length: 4 });
});
