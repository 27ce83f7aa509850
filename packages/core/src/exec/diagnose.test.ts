import { expect, test } from "vitest";
import { FleetError } from "../errors.ts";
import type { ExecAsked } from "./asked.ts";
import { diagnoseExec, type ExecOutcome } from "./diagnose.ts";
import type { ExecReason } from "./reason.ts";

const id = "4b7bb64fc3e28b264a3fe1e8b52eac3511437d11e1b55fcba4b67ca0a5889d80";
const oci = "OCI runtime exec failed: exec failed: unable to start container process:";

/** What a case asks for, and how it was measured: the docker CLI's exit code, stdout and stderr together, or the API's answer. */
type Row = readonly [engines: string, what: string, end: Measured, reason: ExecReason, sure: boolean];
type Measured =
  | { readonly api: number; readonly message: string }
  | { readonly code: number; readonly said: string; readonly pid?: number };

const asked: ExecAsked = { container: id, command: ["agent", "--run"], user: "worker:staff", workingDir: "/nope/x" };

const missingDir = `${oci} chdir to cwd ("/nope/x") set in config.json failed: no such file or directory: unknown\r\n`;
const fileDir = `${oci} chdir to cwd ("/nope/x") set in config.json failed: not a directory: unknown: Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type\r\n`;
const noBinary = `${oci} exec: "agent": executable file not found in $PATH: unknown\r\n`;
const noPermission = `${oci} exec: "agent": permission denied: unknown\r\n`;
const noUser = "unable to find user worker: no matching entries in passwd file\r\n";
const noGroup = "unable to find group staff: no matching entries in group file\r\n";
const relative = "OCI runtime exec failed: exec failed: Cwd must be an absolute path: unknown\r\n";
const daemon = "Error response from daemon:";

/** By the CLI, and by the API, which says that it never began. */
function endedAsItBegan(engines: string, code: number, said: string): readonly Row[] {
  const end = { code, said: `${said}\r\n` };
  return [
    [engines, "ended as it was to begin", end, "ContainerStopped", false],
    [engines, "ended as it was to begin", { ...end, pid: 0 }, "ContainerStopped", true],
  ];
}

/** Both of 20.10.24 and 26.1.5 by the CLIs of 20.10, 26 and 28; of 28.5.2, which says 127 where something is missing and 128 where the container ended, the codes. */
const measured: readonly Row[] = [
  ["20.10, 26", "no container", { api: 404, message: `No such container: ${id}` }, "ContainerMissing", true],
  ["CLI 20.10", "no container", { code: 1, said: `Error: No such container: ${id}\n` }, "ContainerMissing", true],
  ["CLI 26, 28", "no container", { code: 1, said: `${daemon} No such container: ${id}\n` }, "ContainerMissing", true],
  ["20.10", "stopped", { api: 409, message: `Container ${id} is not running` }, "ContainerStopped", true],
  ["26", "stopped", { api: 409, message: `container ${id} is not running` }, "ContainerStopped", true],
  ["20.10", "stopped", { code: 1, said: `${daemon} Container ${id} is not running\n` }, "ContainerStopped", true],
  ["26", "created", { code: 1, said: `${daemon} container ${id} is not running\n` }, "ContainerStopped", true],
  [
    "20.10, 26",
    "paused",
    { api: 409, message: `Container ${id} is paused, unpause the container before exec` },
    "ContainerPaused",
    true,
  ],
  [
    "20.10, 26",
    "paused",
    { code: 1, said: `${daemon} Container ${id} is paused, unpause the container before exec\n` },
    "ContainerPaused",
    true,
  ],
  [
    "20.10, 26",
    "restarting",
    { api: 409, message: `Container ${id} is restarting, wait until the container is running` },
    "ContainerRestarting",
    true,
  ],
  [
    "20.10, 26",
    "restarting",
    { code: 1, said: `${daemon} Container ${id} is restarting, wait until the container is running\n` },
    "ContainerRestarting",
    true,
  ],
  ["20.10, 26", "C62: no directory", { code: 126, said: missingDir, pid: 0 }, "WorkingDirMissing", true],
  ["20.10, 26", "C62: no directory", { code: 126, said: missingDir }, "WorkingDirMissing", true],
  ["28", "C62: no directory", { code: 127, said: missingDir, pid: 0 }, "WorkingDirMissing", true],
  ["28", "C62: no directory", { code: 127, said: missingDir }, "WorkingDirMissing", true],
  ["20.10, 26", "directory is a file", { code: 126, said: fileDir, pid: 0 }, "WorkingDirMissing", true],
  ["20.10, 26", "directory is a file", { code: 126, said: fileDir }, "WorkingDirMissing", true],
  ["20.10, 26", "relative directory", { code: 126, said: relative, pid: 0 }, "Refused", true],
  ["20.10, 26", "relative directory", { code: 126, said: relative }, "Refused", false],
  ["20.10, 26", "no binary", { code: 126, said: noBinary, pid: 0 }, "BinaryMissing", true],
  ["20.10, 26", "no binary", { code: 126, said: noBinary }, "BinaryMissing", true],
  ["28", "no binary", { code: 127, said: noBinary, pid: 0 }, "BinaryMissing", true],
  ["20.10, 26", "binary not executable", { code: 126, said: noPermission, pid: 0 }, "Refused", true],
  ["20.10, 26", "no interpreter", { code: 1, said: "exec agent: no such file or directory\n" }, "BinaryMissing", false],
  [
    "20.10, 26",
    "no interpreter",
    { code: 1, said: "exec agent: no such file or directory\n", pid: 9395 },
    "BinaryMissing",
    false,
  ],
  ...[
    "cannot exec in a stopped state: unknown",
    "cannot exec in a deleted state: unknown",
    "container is not running",
    `container ${id} init process is not running: failed precondition`,
    `task ${id} not found: not found`,
    "ttrpc: closed: unknown",
    "OCI runtime exec failed: exec failed: cannot exec in a stopped container: unknown",
    ...[
      "unable to start container process: error executing setns process: exit status 1",
      "unable to start container process: error writing config to pipe: write init-p: broken pipe",
      "unable to start container process: read init-p: connection reset by peer",
      "unable to create new parent process: namespace path: lstat /proc/27099/ns/ipc: no such file or directory",
    ].map((how) => `OCI runtime exec failed: exec failed: ${how}: unknown`),
  ].flatMap((said) => endedAsItBegan("20.10, 26", 126, said)),
  ...[
    "cannot exec in a stopped state",
    `FailedPrecondition: container ${id} init process is not running: failed precondition`,
    "OCI runtime exec failed: exec failed: cannot exec in a stopped container",
    "OCI runtime exec failed: exec failed: unable to start container process: error executing setns process: exit status 1",
    "OCI runtime exec failed: exec failed: unable to start container process: read init-p: connection reset by peer",
  ].flatMap((said) => endedAsItBegan("28", 128, said)),
  [
    "20.10",
    "ended as it was to begin",
    { code: 1, said: "unable to upgrade to tcp, received 500\n" },
    "Refused",
    false,
  ],
  ["20.10, 26", "no user", { code: 126, said: noUser, pid: 0 }, "UserMissing", true],
  ["20.10, 26", "no user", { code: 126, said: noUser }, "UserMissing", true],
  ["20.10, 26", "no group", { code: 126, said: noGroup }, "UserMissing", true],
  ["20.10, 26", "killed, stopped or restarted under it", { code: 137, said: "begun\n" }, "KilledWithContainer", false],
  ["20.10, 26", "killed, stopped or restarted", { code: 137, said: "", pid: 7273 }, "KilledWithContainer", false],
  ["20.10, 26", "removed under it", { api: 404, message: `No such exec instance: ${id}` }, "KilledWithContainer", true],
  [
    "all CLIs",
    "no engine",
    { code: 1, said: "Cannot connect to the Docker daemon at unix:///x.sock. Is the docker daemon running?\n" },
    "EngineGone",
    false,
  ],
  ["CLI 26, 28", "engine gone under it", { code: 255, said: "begun\n" }, "EngineGone", false],
  [
    "CLI 28",
    "socket not ours",
    { code: 1, said: "permission denied while trying to connect to the Docker daemon socket at unix:///x: …\n" },
    "Refused",
    false,
  ],
  [
    "CLI 20.10, 26",
    "wrong argument",
    { code: 125, said: `invalid argument "=s3cret" for "-e, --env" flag: …\nSee 'docker exec --help'.\n` },
    "Refused",
    false,
  ],
  [
    "CLI 28",
    "no command",
    {
      code: 1,
      said: "docker: 'docker exec' requires at least 2 arguments\n\nUsage:  docker exec …\n\nSee 'docker exec --help' for more information\n",
    },
    "Refused",
    false,
  ],
];

function outcomeOf(end: Measured): ExecOutcome {
  if ("code" in end) {
    return { exitCode: end.code, output: end.said, asked, ...(end.pid === undefined ? {} : { pid: end.pid }) };
  }
  const { api: status, message } = end;
  const code = status === 404 && !message.includes("exec instance") ? "NotFound" : "Refused";
  return { error: new FleetError(code, `Cannot run a command in container x: ${message}`, { status }), asked };
}

const verdict = (outcome: ExecOutcome): readonly [ExecReason, boolean] => {
  const { reason, sure } = diagnoseExec(outcome);
  return [reason, sure];
};

for (const [engines, what, end, reason, sure] of measured) {
  const way = "api" in end ? `API ${end.api}` : `exit ${end.code}${end.pid === undefined ? " of the CLI" : ""}`;
  test(`${engines}: ${what} (${way}) is ${reason}, ${sure ? "for sure" : "by the look of it"}`, () => {
    expect(verdict(outcomeOf(end))).toEqual([reason, sure]);
  });
}

/** The same words from the command itself. */
const own: readonly [string, ExecOutcome, ExecReason, boolean][] = [
  ["a plain failure", { exitCode: 3, output: "out\nerr\n" }, "CommandFailed", true],
  ["an exit code of 1 with words of its own", { exitCode: 1, output: "Error: no\n" }, "CommandFailed", true],
  ["an exit code of 1 and nothing known of its output", { exitCode: 1 }, "CommandFailed", false],
  ["a process that says what the engine says", { exitCode: 126, output: missingDir, pid: 7 }, "CommandFailed", true],
  ["a process killed by anybody", { exitCode: 137, pid: 7 }, "KilledWithContainer", false],
  ["a git that fails", { exitCode: 128, output: "fatal: not a git repository\n" }, "CommandFailed", false],
  ["a shell that finds no program", { exitCode: 127, output: "sh: agent: not found\n" }, "CommandFailed", false],
  [
    "the engine's words without its line end",
    { exitCode: 126, output: missingDir.replace("\r", ""), asked },
    "WorkingDirMissing",
    false,
  ],
  ["the engine's words, trimmed", { exitCode: 127, output: missingDir.trim(), asked }, "WorkingDirMissing", false],
  [
    "the engine's words when nothing is known of what was asked",
    { exitCode: 126, output: missingDir },
    "WorkingDirMissing",
    false,
  ],
  [
    "the engine's words among others",
    { exitCode: 126, output: `log\n${missingDir}`, asked },
    "WorkingDirMissing",
    false,
  ],
  [
    "words about another directory, as a docker exec inside the container gives them",
    { exitCode: 126, output: missingDir.replace("/nope/x", "/other"), asked },
    "CommandFailed",
    false,
  ],
  [
    "words about another container",
    { exitCode: 1, output: `${daemon} No such container: other\n`, asked: { container: "dev-default" } },
    "CommandFailed",
    false,
  ],
  [
    "an id, when the container was asked for by name",
    { exitCode: 1, output: `${daemon} container ${id} is not running\n`, asked: { container: "dev-default" } },
    "ContainerStopped",
    false,
  ],
  [
    "a log that ends with the engine's words, or a warning of the CLI's before them",
    { exitCode: 1, output: `WARNING: x\n${daemon} No such container: ${id}\n`, asked },
    "ContainerMissing",
    false,
  ],
  [
    "a log with the engine's words in its middle",
    { exitCode: 126, output: `${missingDir}and on\n`, asked },
    "CommandFailed",
    false,
  ],
  ["an exit code of 255 of a process", { exitCode: 255, pid: 7 }, "CommandFailed", true],
  ["success", { exitCode: 0, output: `${daemon} No such container: ${id}\n` }, "Succeeded", true],
];
for (const [what, outcome, reason, sure] of own) {
  test(`${what}: ${reason}, ${sure ? "for sure" : "by the look of it"}`, () => {
    expect(verdict(outcome)).toEqual([reason, sure]);
  });
}

/** What else a caller may be left with. */
const faults: readonly [string, ExecOutcome, ExecReason, boolean][] = [
  ["a signal that ended the CLI", { exitCode: null, signal: "SIGTERM", output: "" }, "ClientKilled", true],
  ["nothing", { exitCode: null, signal: null }, "Unknown", false],
  ["no error at all", { error: undefined }, "Unknown", false],
  ["an engine that does not answer", { error: new FleetError("Unreachable", "x") }, "EngineGone", true],
  ["a deadline", { error: new FleetError("Timeout", "x") }, "Unknown", false],
  ["a permission", { error: new FleetError("Forbidden", "x") }, "Refused", true],
  [
    "another client's error",
    { error: { statusCode: 409, message: `(HTTP code 409) unexpected - Container ${id} is restarting, wait` } },
    "ContainerRestarting",
    true,
  ],
  ["a broken connection", { error: { code: "ECONNRESET", syscall: "read" } }, "EngineGone", true],
  ["no docker CLI", { error: { code: "ENOENT", syscall: "spawn docker" } }, "Refused", true],
  [
    "a child process's error",
    { error: { code: 126, message: `Command failed: docker exec\n`, stdout: missingDir, stderr: "" }, asked },
    "WorkingDirMissing",
    true,
  ],
  ["an error of something else that has the words", { error: new Error(`No such container: ${id}`) }, "Unknown", false],
];
for (const [what, outcome, reason, sure] of faults) {
  test(`after ${what}: ${reason}`, () => {
    expect(verdict(outcome)).toEqual([reason, sure]);
  });
}

test("older runtimes escape the quotes, and put a layer in front", () => {
  const said = `OCI runtime exec failed: exec failed: container_linux.go:345: starting container process caused "chdir to cwd (\\"/nope/x\\") set in config.json failed: no such file or directory": unknown\r\n`;
  expect(verdict({ exitCode: 126, output: said, asked })).toEqual(["WorkingDirMissing", true]);
});

test("C62: a missing working directory is told as one, with what to do and what not", () => {
  expect(diagnoseExec({ exitCode: 126, output: missingDir, pid: 0 })).toEqual({
    reason: "WorkingDirMissing",
    sure: true,
    message:
      "The working directory /nope/x is not there, or is no directory, in a container that runs: the command did not run.",
    hint: "Make the directory, or mend the mount that brings it. The container is not missing: replacing it mends nothing.",
  });
});

test("what is not sure says so", () => {
  expect(diagnoseExec({ exitCode: 126, output: missingDir }).message).toBe(
    "The working directory is not there, or is no directory, in a container that runs: the command did not run. So its end reads; the command itself could have ended like this.",
  );
});

test("no diagnosis repeats an output or a command line", () => {
  const secret = "s3cret";
  const outcomes: ExecOutcome[] = [
    { exitCode: 125, output: `invalid argument "=${secret}" for "-e"\nSee 'docker exec --help'.\n` },
    { exitCode: 126, pid: 0, output: `${oci} environment variable name can't be empty: "=${secret}": unknown\r\n` },
    { exitCode: 1, output: `${daemon} ${secret}\n` },
    { exitCode: 3, output: secret },
    { error: new Error(`Command failed: docker exec -e TOKEN=${secret}`) },
    { error: { statusCode: 500, message: secret } },
  ];
  expect(
    outcomes.map((outcome) => JSON.stringify(diagnoseExec(outcome))).filter((text) => text.includes(secret)),
  ).toEqual([]);
});
