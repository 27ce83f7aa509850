import fc from "fast-check";
import { expect, test } from "vitest";
import { isOurs, readOwned, writeOwned } from "./labels.ts";

test("what is written reads back the same, whatever the names", () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.array(fc.string()), (fields, secrets) => {
      expect(readOwned(writeOwned({ fields, secrets }))).toEqual({ fields, secrets });
    }),
  );
});

test.each([undefined, "", "x", "null", "1", "[]", "{}", '{"fields":"env"}', '{"fields":{"a":1},"secrets":[1,null]}'])(
  "a label that fleet did not write (%s) owns nothing",
  (text) => {
    expect(readOwned(text)).toEqual({ fields: [], secrets: [] });
  },
);

test("law 4: both labels make a container ours, and neither alone", () => {
  expect(isOurs("a", { "fleet.name": "a", "fleet.instance": "one" })).toBe(true);
  expect(isOurs("a", { "fleet.name": "a" })).toBe(false);
  expect(isOurs("a", { "fleet.instance": "one" })).toBe(false);
  expect(isOurs("a", { "fleet.name": "a", "fleet.instance": "" })).toBe(false);
  expect(isOurs("a", { "fleet.name": "ab", "fleet.instance": "one" })).toBe(false);
});
