import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";

const executable = join(import.meta.dirname, "../../packages/cli/dist/fleet.cjs");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ChildOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Sees everything written to stdout so far, and may write to the child or signal it. */
  readonly watch?: (stdout: string, child: ChildProcess) => void;
  /** Inside a terminal of its own, made by script(1): stdout and stderr are one there. */
  readonly terminal?: true;
}

/** Runs the built command as a process of its own. */
export function runExecutable(argv: readonly string[], options: ChildOptions): Promise<Ended> {
  const line = [process.execPath, executable, ...argv];
  const [program = "", ...rest] = options.terminal
    ? ["script", "--quiet", "--return", "--command", line.map((word) => `'${word}'`).join(" "), "/dev/null"]
    : line;
  const { PATH = "" } = process.env;
  const child = spawn(program, rest, {
    cwd: options.cwd,
    env: { PATH, HOME: options.cwd, XDG_STATE_HOME: join(options.cwd, "state"), TERM: "xterm", ...options.env },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
    options.watch?.(stdout, child);
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}
