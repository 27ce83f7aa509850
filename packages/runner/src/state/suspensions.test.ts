import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FleetError } from "@fleet/core";
import { ManualClock } from "@fleet/core/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  activeSuspension,
  confirm,
  readSuspensions,
  resume,
  type Suspensions,
  suspend,
  watchSuspensions,
} from "./suspensions.ts";

const schema = "fleet.suspensions/v1";
const said = { since: 1000, reason: "debugging", by: "ann" };

function scratch(): string {
  const path = mkdtempSync(join(tmpdir(), "fleet-suspensions-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test("what was said is read back, sorted, and leaves no other file", async () => {
  const folder = scratch();
  expect(await readSuspensions(folder)).toEqual({ schema, instances: {} });
  await suspend(folder, "web", said);
  await suspend(folder, "db", { ...said, until: 5000 });
  await confirm(folder, { at: 2000, by: "bob" });
  await suspend(folder, "web", { ...said, reason: "still debugging" });
  const text = readFileSync(join(folder, "suspensions.json"), "utf8");
  expect(Object.keys(JSON.parse(text).instances)).toEqual(["db", "web"]);
  expect(await readSuspensions(folder)).toEqual({
    schema,
    instances: { db: { ...said, until: 5000 }, web: { ...said, reason: "still debugging" } },
    confirmed: { at: 2000, by: "bob" },
  });
  expect(readdirSync(folder)).toEqual(["suspensions.json"]);
});

test("one suspension is ended, or all, and the rest stays", async () => {
  const folder = scratch();
  for (const name of ["c", "a", "b"]) await suspend(folder, name, said);
  await confirm(folder, { at: 2000, by: "bob" });
  expect(await resume(folder, "none")).toEqual([]);
  expect(await resume(folder, "b")).toEqual(["b"]);
  expect(await resume(folder, undefined)).toEqual(["a", "c"]);
  expect(await readSuspensions(folder)).toEqual({ schema, instances: {}, confirmed: { at: 2000, by: "bob" } });
});

test("a suspension is in force until its end", () => {
  const suspensions: Suspensions = { schema, instances: { web: { ...said, until: 5000 }, db: said } };
  expect(activeSuspension(suspensions, "web", 4999)).toEqual({ ...said, until: 5000 });
  expect(activeSuspension(suspensions, "web", 5000)).toBeUndefined();
  expect(activeSuspension(suspensions, "db", Number.MAX_SAFE_INTEGER)).toEqual(said);
  expect(activeSuspension(suspensions, "other", 0)).toBeUndefined();
});

test("an instance may be called what every object has", async () => {
  const folder = scratch();
  expect(activeSuspension(await readSuspensions(folder), "constructor", 0)).toBeUndefined();
  await suspend(folder, "constructor", said);
  expect(activeSuspension(await readSuspensions(folder), "constructor", 0)).toEqual(said);
  expect(await resume(folder, "constructor")).toEqual(["constructor"]);
});

describe("a broken file is named, and nothing in it is lost:", () => {
  test.each([
    ["cut off", `{"schema":"${schema}","inst`, `expected suspensions (${schema})`],
    ["empty", "", `expected suspensions (${schema})`],
    ["of another schema", '{"schema":"fleet.suspensions/v2","instances":{}}', `expected suspensions (${schema})`],
    ["without instances", `{"schema":"${schema}"}`, "expected an object at instances"],
    [
      "with half a suspension",
      `{"schema":"${schema}","instances":{"web":{"since":1,"by":"ann"}}}`,
      "expected since, until, reason and by at instances.web",
    ],
    [
      "with half a confirmation",
      `{"schema":"${schema}","instances":{},"confirmed":{"at":"now"}}`,
      "expected at and by at confirmed",
    ],
  ])("%s", async (_, text, why) => {
    const folder = scratch();
    const path = join(folder, "suspensions.json");
    writeFileSync(path, text);
    const broken = new FleetError("Invalid", `${path}: ${why}`, {
      hint: "Mend it by hand, or remove it: then nothing is suspended.",
    });
    await expect(readSuspensions(folder)).rejects.toEqual(broken);
    await expect(suspend(folder, "web", said)).rejects.toEqual(broken);
    await expect(resume(folder, undefined)).rejects.toEqual(broken);
    await expect(confirm(folder, { at: 1, by: "ann" })).rejects.toEqual(broken);
    expect(readFileSync(path, "utf8")).toBe(text);
    expect(readdirSync(folder)).toEqual(["suspensions.json"]);
  });
});

test("a folder that is not there is an error of its own", async () => {
  const folder = join(scratch(), "none");
  expect(await readSuspensions(folder)).toEqual({ schema, instances: {} });
  await expect(suspend(folder, "web", said)).rejects.toMatchObject({ code: "NotFound" });
});

test("none of many changes at once is lost", async () => {
  const folder = scratch();
  const names = Array.from({ length: 12 }, (_, index) => `n${String(index).padStart(2, "0")}`);
  await Promise.all(names.map((name) => suspend(folder, name, said)));
  expect(Object.keys((await readSuspensions(folder)).instances)).toEqual(names);
});

test("who watches sees what is there, each change, a broken file, and nothing after the signal", async () => {
  const folder = scratch();
  const clock = new ManualClock();
  const stopping = new AbortController();
  await suspend(folder, "web", said);
  const seen: (string | readonly string[])[] = [];
  const watch = (change: Suspensions | FleetError): void => {
    seen.push(change instanceof FleetError ? change.code : Object.keys(change.instances));
  };
  await watchSuspensions(folder, watch, { clock, signal: stopping.signal });
  const withinOneSecond = async (): Promise<void> => {
    for (let passed = 0; passed < 1000; passed += 200) {
      clock.advance(200);
      while (clock.pending === 0) await new Promise(setImmediate);
    }
  };
  expect(seen).toEqual([["web"]]);
  await suspend(folder, "db", said);
  await withinOneSecond();
  expect(seen).toEqual([["web"], ["db", "web"]]);
  writeFileSync(join(folder, "suspensions.json"), "{");
  await withinOneSecond();
  rmSync(join(folder, "suspensions.json"));
  await withinOneSecond();
  expect(seen).toEqual([["web"], ["db", "web"], "Invalid", []]);
  stopping.abort();
  expect(clock.pending).toBe(0);
});
