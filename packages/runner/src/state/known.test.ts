import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { isConfirmed, readKnown, writeKnown } from "./known.ts";

const hold = {
  kind: "Breaker",
  message: "2 of 2 containers vanished at once: a, b",
  hint: "look first",
  since: 5,
} as const;

function scratch(): string {
  const path = mkdtempSync(join(tmpdir(), "fleet-known-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test("what is known is what was written last, and leaves no other file", async () => {
  const folder = scratch();
  expect(await readKnown(folder)).toBeUndefined();
  await writeKnown(folder, { engineId: "e1", instances: ["b", "a"] });
  expect(await readKnown(folder)).toEqual({ engineId: "e1", instances: ["a", "b"] });
  await writeKnown(folder, { engineId: "e2", instances: [] });
  expect(await readKnown(folder)).toEqual({ engineId: "e2", instances: [] });
  await writeKnown(folder, { engineId: "e2", instances: [], hold });
  expect(await readKnown(folder)).toEqual({ engineId: "e2", instances: [], hold });
  expect(readdirSync(folder)).toEqual(["known.json"]);
});

test.each([
  ["cut off", '{"schema":"fleet.known/v1","engineId":"e1","inst'],
  ["empty", ""],
  ["of another schema", '{"schema":"fleet.known/v2","engineId":"e1","instances":[]}'],
  ["with names that are none", '{"schema":"fleet.known/v1","engineId":"e1","instances":[1]}'],
  ["null", "null"],
  ["with a hold that is none", '{"schema":"fleet.known/v1","engineId":"e1","instances":[],"hold":{"kind":"Breaker"}}'],
  ["with null for a hold", '{"schema":"fleet.known/v1","engineId":"e1","instances":[],"hold":null}'],
])("nothing is known from a file that is %s, and it can be written again", async (_, text) => {
  const folder = scratch();
  writeFileSync(join(folder, "known.json"), text);
  expect(await readKnown(folder)).toBeUndefined();
  await writeKnown(folder, { engineId: "e1", instances: ["a"] });
  expect(await readKnown(folder)).toEqual({ engineId: "e1", instances: ["a"] });
});

test("a file that an earlier version wrote is read as it is", async () => {
  const folder = scratch();
  writeFileSync(join(folder, "known.json"), '{"schema":"fleet.known/v1","engineId":"e1","instances":["a","b"]}\n');
  expect(await readKnown(folder)).toEqual({ engineId: "e1", instances: ["a", "b"] });
});

test("a hold ends with a confirmation that is no older than it", () => {
  const by = "alice";
  expect([undefined, { at: 4, by }, { at: 5, by }].map((confirmed) => isConfirmed(hold, confirmed))).toEqual([
    false,
    false,
    true,
  ]);
});

test("a folder that is not there is an error, since what is written would be lost", async () => {
  const folder = join(scratch(), "none");
  await expect(writeKnown(folder, { engineId: "e1", instances: [] })).rejects.toMatchObject({
    code: "NotFound",
    message: `cannot write ${folder}/known.json: ENOENT, does not exist`,
  });
});
