import { expect, test } from "vitest";
import { FleetError } from "../errors.ts";
import { checkEnv, type ExecJson, type ExecListJson, execRequest, readExec } from "./translate-exec.ts";

const plain: ExecListJson = { Config: { Healthcheck: null } };
const running: ExecJson = {
  ID: "35e0",
  Running: true,
  ExitCode: null,
  ProcessConfig: { entrypoint: "sleep", arguments: ["5"], user: "1000" },
  Pid: 11505,
};

test("an exec that runs, without its command line", () => {
  expect(readExec(running, plain)).toEqual({ id: "35e0", pid: 11505, user: "1000" });
  const { user: _, ...program } = running.ProcessConfig ?? {};
  expect(readExec({ ...running, ProcessConfig: program }, plain)).toEqual({ id: "35e0", pid: 11505 });
});

test("one that was made and not started, that is about to start, or has ended, is none", () => {
  const others = [{ Running: false, Pid: 0 }, { Pid: 0 }, { Running: false, ExitCode: 3 }];
  expect(others.map((other) => readExec({ ...running, ...other }, plain))).toEqual([undefined, undefined, undefined]);
});

test.each<[string, ExecListJson["Config"], string, readonly string[]]>([
  ["words", { Healthcheck: { Test: ["CMD", "curl", "-f", "x"] } }, "curl", ["-f", "x"]],
  ["a line", { Healthcheck: { Test: ["CMD-SHELL", "sleep 3"] } }, "/bin/sh", ["-c", "sleep 3"]],
  [
    "a line for another shell",
    { Healthcheck: { Test: ["CMD-SHELL", "a b"] }, Shell: ["/bin/bash", "-ec"] },
    "/bin/bash",
    ["-ec", "a b"],
  ],
])("a health probe of %s is no exec of anybody's", (_, Config, entrypoint, args) => {
  const exec = (words: readonly string[]) => ({ ...running, ProcessConfig: { entrypoint, arguments: words } });
  expect(readExec(exec(args), { Config })).toBeUndefined();
  expect(readExec(exec([...args, "more"]), { Config })).toEqual({ id: "35e0", pid: 11505 });
});

test("a disabled health check leaves nothing out", () => {
  const none = { Config: { Healthcheck: { Test: ["NONE"] } } };
  expect(readExec({ ...running, ProcessConfig: null }, none)).toEqual({ id: "35e0", pid: 11505 });
});

test("a request attaches the output and no input, and has no more than it was given", () => {
  expect(execRequest({ command: ["true"] })).toEqual({
    Cmd: ["true"],
    Env: [],
    AttachStdout: true,
    AttachStderr: true,
  });
  expect(execRequest({ command: ["a", "b"], user: "1000", workingDir: "/x", env: { A: "1=2", B: "" } })).toEqual({
    Cmd: ["a", "b"],
    User: "1000",
    WorkingDir: "/x",
    Env: ["A=1=2", "B="],
    AttachStdout: true,
    AttachStderr: true,
  });
});

test("a variable without a name is refused here: an engine would repeat its value", () => {
  const error = new FleetError(
    "Invalid",
    "Cannot run a command: the name of an environment variable is empty or has a `=`.",
  );
  expect(() => checkEnv({ command: ["true"], env: { "": "s3cret" } })).toThrow(error);
  expect(() => checkEnv({ command: ["true"], env: { "A=s3cret": "" } })).toThrow(error);
  expect(() => checkEnv({ command: ["true"], env: { A: "=" } })).not.toThrow();
});
