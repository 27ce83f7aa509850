import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { judge, liveness, markProgram, type ProgramMark, parseStat } from "./liveness.ts";

const mark: ProgramMark = {
  pid: 4121,
  host: "box",
  machine: "m1",
  boot: "b1",
  pids: "pid:[4026531836]",
  started: "5501",
};
const running = { ended: false, started: "5501" };

describe("a program is", () => {
  test.each([
    ["alive when it is there as it was", mark, running, "alive"],
    ["gone when nothing has its pid", mark, null, "gone"],
    ["gone when another has its pid", mark, { ended: false, started: "9000" }, "gone"],
    ["gone when it ended and nobody asked for its exit code", mark, { ended: true, started: "5501" }, "gone"],
    ["alive when the system does not tell when it began", mark, { ended: false, started: "" }, "alive"],
    ["gone when the system was booted since", { ...mark, boot: "b2" }, running, "gone"],
    [
      "unknown when the boot is another and maybe the system too",
      { ...mark, machine: "", boot: "b2" },
      null,
      "unknown",
    ],
    ["unknown on another host", { ...mark, host: "far" }, null, "unknown"],
    ["unknown on another host of that name", { ...mark, machine: "m2" }, null, "unknown"],
    ["unknown in another container", { ...mark, pids: "pid:[4026532000]" }, null, "unknown"],
  ] as const)("%s", (_, of, seen, expected) => {
    expect(judge(of, { ...mark, machine: of.machine === "" ? "" : mark.machine }, seen)).toBe(expected);
  });
});

test("the start of a program is found behind a name with blanks and brackets", () => {
  const behind = "S 1 4121 4121 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 5501 1000 2";
  expect(parseStat(`4121 (a) Z b) ${behind}`)).toEqual(running);
  expect(parseStat(`4121 (sh) ${behind.replace("S", "Z")}`)).toEqual({ ended: true, started: "5501" });
  expect(parseStat("")).toEqual({ ended: false, started: "" });
});

test("a real program is alive until it is killed, and one that began at another time is gone", async () => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  await once(child, "spawn");
  const of = await markProgram(child.pid ?? 0, "box");
  expect(await liveness(of, of)).toBe("alive");
  expect(await liveness({ ...of, started: "1" }, of)).toBe("gone");
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await liveness(of, of)).toBe("gone");
});
