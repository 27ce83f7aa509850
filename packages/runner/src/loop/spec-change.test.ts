import { Secret } from "@fleet/core";
import { containerConfig, instanceSpec, resolvedFleet } from "@fleet/core/testing";
import { expect, test } from "vitest";
import { compareSpecs, describeChange, isNoChange } from "./spec-change.ts";

const withToken = (token: string) =>
  instanceSpec({ name: "a", config: containerConfig({ env: { TOKEN: new Secret(token, "env TOKEN"), A: "1" } }) });
const plain = instanceSpec({ name: "b" });

test("specs that say the same are no change, whichever objects say it", () => {
  const change = compareSpecs(resolvedFleet([withToken("x"), plain]), resolvedFleet([withToken("x"), plain]));
  expect(change).toEqual({ added: [], changed: [], dropped: [], policy: false });
  expect(isNoChange(change)).toBe(true);
  expect(describeChange(change)).toBe("no instance changed");
});

test("another value of a secret is a change, and is not told", () => {
  const change = compareSpecs(resolvedFleet([withToken("old"), plain]), resolvedFleet([withToken("new"), plain]));
  expect(change).toEqual({ added: [], changed: ["a"], dropped: [], policy: false });
  expect(describeChange(change)).toBe("1 changed");
});

test("what comes, goes, changes, and the policy", () => {
  const before = resolvedFleet([withToken("x"), plain]);
  const more = containerConfig({ env: { A: "1", B: "2" } });
  const after = resolvedFleet([instanceSpec({ name: "b", config: more }), instanceSpec({ name: "c" })]);
  const change = compareSpecs(before, { ...after, policy: { ...after.policy, resync: 1 } });
  expect(change).toEqual({ added: ["c"], changed: ["b"], dropped: ["a"], policy: true });
  expect(describeChange(change)).toBe("1 added, 1 changed, 1 dropped, another policy");
});

test("a list is not the map that has its indexes as keys, and one key more is a difference", () => {
  const spec = (config: object) => resolvedFleet([{ ...plain, config: { ...plain.config, ...config } }]);
  expect(compareSpecs(spec({ command: ["x"] }), spec({ command: { 0: "x" } })).changed).toEqual(["b"]);
  expect(compareSpecs(spec({}), spec({ hostname: "h" })).changed).toEqual(["b"]);
  expect(compareSpecs(spec({ hostname: "h" }), spec({})).changed).toEqual(["b"]);
});
