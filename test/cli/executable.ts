import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";

export const executable = join(import.meta.dirname, "../../packages/cli/dist/fleet.cjs");

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
  /** Where they go instead of into what is answered. */
  readonly files?: { readonly stdout?: string; readonly stderr?: string };
  /** Called once, as soon as it is started. */
  readonly begun?: (child: ChildProcess) => void;
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
  const opened: number[] = [];
  const into = (path: string | undefined): number | "pipe" => {
    if (path === undefined) return "pipe";
    const file = openSync(path, "a");
    opened.push(file);
    return file;
  };
  const child = spawn(program, rest, {
    cwd: options.cwd,
    stdio: ["pipe", into(options.files?.stdout), into(options.files?.stderr)],
    env: { PATH, HOME: options.cwd, XDG_STATE_HOME: join(options.cwd, "state"), TERM: "xterm", ...options.env },
  });
  for (const file of opened) closeSync(file);
  options.begun?.(child);
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk) => {
    stdout += chunk;
    options.watch?.(stdout, child);
  });
  child.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}
