import { expect, test } from "vitest";
import { type Program, probeOf, programOf } from "./memory-program.ts";

const runs: Program = { exitCode: 0, output: "", missing: false };
const programs: [readonly string[], Program][] = [
  [["sleep", "infinity"], runs],
  [["sleep", "1.5"], { ...runs, runsFor: 1500 }],
  [["true"], { ...runs, runsFor: 0 }],
  [["false"], { ...runs, runsFor: 0, exitCode: 1 }],
  [["echo", "a", "b"], { ...runs, runsFor: 0, output: "a b\n" }],
  [["bun", "run", "start"], runs],
  [["/nonexistent/program"], { ...runs, missing: true }],
  [
    ["sh", "-c", "echo one; sleep 1; echo two >&2; exit 3"],
    { ...runs, runsFor: 1000, exitCode: 3, output: "one\ntwo\n" },
  ],
  [["sh", "-c", "sleep 1 && false"], { ...runs, runsFor: 1000, exitCode: 1 }],
  [["sh", "-c", "echo up; exec serve --port 1"], { ...runs, output: "up\n" }],
  [["sh", "-c", "trap 'exit 7' TERM; while :; do sleep 1; done"], { ...runs, stopCode: 7 }],
  [["sh", "-c", "trap 'exit 0' TERM INT; sleep infinity & wait"], { ...runs, stopCode: 0 }],
];
for (const [command, program] of programs) {
  test(`${command.join(" ")} is understood`, () => {
    expect(programOf({ command })).toEqual(program);
  });
}

test("an init lets the stop signal end a program that has no trap", () => {
  expect(programOf({ command: ["sleep", "infinity"], init: true }).stopCode).toBe(143);
});

test("a probe takes one interval to succeed, and the start period and all retries to fail", () => {
  expect(probeOf({ test: ["CMD", "true"], interval: 2000 })).toEqual({ code: 0, output: "", after: 2000 });
  const failing = { test: ["CMD-SHELL", "exit 1"], interval: 2000, startPeriod: 500, retries: 2 };
  expect(probeOf(failing)).toEqual({ code: 1, output: "", after: 4500 });
  expect(probeOf({ test: ["NONE"], interval: 2000 })).toBeUndefined();
  expect(probeOf(undefined)).toBeUndefined();
});
