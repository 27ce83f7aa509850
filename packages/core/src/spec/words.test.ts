import { expect, test } from "vitest";
import { splitWords } from "./words.ts";

function split(line: string) {
  return splitWords([{ text: line, literal: true }]);
}

test("C19: one line splits into the words of a list", () => {
  expect(split("sleep 1d")).toEqual(["sleep", "1d"]);
  expect(split("  sh -c 'echo \"a b\"; true'  ")).toEqual(["sh", "-c", 'echo "a b"; true']);
  expect(split('a "b \\" \\\\ \\n" c\\ d \'e\\f\'')).toEqual(["a", 'b " \\ \\n', "c d", "e\\f"]);
  expect(split("a '' \"\"")).toEqual(["a", "", ""]);
  expect(split("a; b | c && d > e *")).toEqual(["a;", "b", "|", "c", "&&", "d", ">", "e", "*"]);
  expect(split("")).toEqual([]);
  expect(split("a 'b")).toBeUndefined();
  expect(split("a \\")).toBeUndefined();
});

test("what a name stands for is never split, and an empty one makes no word outside of quotes", () => {
  const value = { text: "x y 'z", literal: false };
  const empty = { text: "", literal: false };
  expect(splitWords([{ text: "run ", literal: true }, value, { text: " --a=", literal: true }, value])).toEqual([
    "run",
    "x y 'z",
    "--a=x y 'z",
  ]);
  expect(
    splitWords([
      { text: "run ", literal: true },
      empty,
      { text: ' "', literal: true },
      empty,
      { text: '"', literal: true },
    ]),
  ).toEqual(["run", ""]);
});
