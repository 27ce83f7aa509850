import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readKnown, writeKnown } from "./known.ts";

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
  expect(readdirSync(folder)).toEqual(["known.json"]);
});

test.each([
  ["cut off", '{"schema":"fleet.known/v1","engineId":"e1","inst'],
  ["empty", ""],
  ["of another schema", '{"schema":"fleet.known/v2","engineId":"e1","instances":[]}'],
  ["with names that are none", '{"schema":"fleet.known/v1","engineId":"e1","instances":[1]}'],
  ["null", "null"],
])("nothing is known from a file that is %s, and it can be written again", async (_, text) => {
  const folder = scratch();
  writeFileSync(join(folder, "known.json"), text);
  expect(await readKnown(folder)).toBeUndefined();
  await writeKnown(folder, { engineId: "e1", instances: ["a"] });
  expect(await readKnown(folder)).toEqual({ engineId: "e1", instances: ["a"] });
});

test("a folder that is not there is an error, since what is written would be lost", async () => {
  const folder = join(scratch(), "none");
  await expect(writeKnown(folder, { engineId: "e1", instances: [] })).rejects.toMatchObject({
    code: "NotFound",
    message: `cannot write ${folder}/known.json: ENOENT, does not exist`,
  });
});
