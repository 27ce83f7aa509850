import { expect, test } from "vitest";
import { didYouMean, suggest } from "./suggest.ts";

test.each([
  ["imgae", "image"],
  ["comand", "command"],
  ["read_only", "readOnly"],
  ["Mounts", "mounts"],
])("%s was meant to be %s", (name, meant) => {
  expect(suggest(name, ["privileged", meant, "hostname"])).toBe(meant);
});

test.each(["hots", "x", ""])("nothing is near to %j", (name) => {
  expect(suggest(name, ["privileged", "hostname", "image"])).toBeUndefined();
});

test("the nearest wins, the first among equals", () => {
  expect(didYouMean("prot", ["ports", "port"])).toBe("did you mean `port`?");
  expect(suggest("ab", ["aa", "bb"])).toBe("aa");
});
