import { probedPath } from "../exec/write-probe.ts";
import type { ExecObservation } from "../observe/exec.ts";
import type { ExecRequest, ExecResult } from "./engine.ts";
import { putExec } from "./memory-index.ts";
import { runs } from "./memory-life.ts";
import { pathOf, resolvePath } from "./memory-path.ts";
import { endless, type Program, run } from "./memory-program.ts";
import { Refusal } from "./memory-refusal.ts";
import { findContainer, type MemoryContainer, type MemoryState, nextId } from "./memory-state.ts";
import type { MemoryStore } from "./memory-store.ts";
import { checkEnv } from "./translate-exec.ts";

/** Those that run, sorted by id. */
export function execsOf({ execs }: MemoryContainer): readonly ExecObservation[] {
  return execs.map(({ endsAt: _, ...exec }) => exec).toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

/** Notes a process beside the main program. One without `endsAt` runs until its container ends. */
export function startExec(
  state: MemoryState,
  container: MemoryContainer,
  { user, endsAt }: { readonly user?: string | undefined; readonly endsAt?: number | undefined } = {},
): ExecObservation {
  checkRuns(container);
  const id = nextId(state);
  const exec = { id, pid: 40_000 + (Number.parseInt(id.slice(0, 4), 16) % 20_000), ...(user ? { user } : {}) };
  putExec(state, container, { ...exec, ...(endsAt === undefined ? {} : { endsAt }) });
  return exec;
}

/**
 * Runs a command: what main programs understand, a write probe, and `test` with `-d`, `-e`, `-f` or `-w`. Whatever else runs for ever,
 * and succeeds at once where every image exists.
 */
export async function exec(
  store: MemoryStore,
  id: string,
  request: ExecRequest,
  anyImage: boolean,
  ended: AbortSignal,
): Promise<ExecResult> {
  checkEnv(request);
  const begun = store.change((state, now) => begin(state, findContainer(state, id), request, anyImage, now));
  if ("output" in begun) return begun;
  const { container, exec, program, startedAt } = begun;
  const cut = await store.until((state) => {
    const found = state.containers[container];
    if (found === undefined) throw new Refusal(404, `No such exec instance: ${exec.id}`);
    if (found.execs.some((each) => each.id === exec.id)) return undefined;
    return !runs(found) || found.state.startedAt !== startedAt;
  }, ended);
  return cut
    ? { exitCode: 137, pid: exec.pid, output: "" }
    : { exitCode: program.exitCode, pid: exec.pid, output: program.output };
}

interface Begun {
  readonly container: string;
  readonly exec: ExecObservation;
  readonly program: Program;
  /** Of the run that it is part of. */
  readonly startedAt: number | undefined;
}

/** A result at once where nothing begins. */
function begin(
  state: MemoryState,
  container: MemoryContainer,
  request: ExecRequest,
  anyImage: boolean,
  now: number,
): Begun | ExecResult {
  checkRuns(container);
  if (request.command.length === 0) throw new Refusal(400, "No exec command specified");
  const program = programOf(container, request, anyImage);
  const failure = failureOf(container, request, program);
  if (failure !== undefined) return { exitCode: 126, pid: 0, output: `${failure}\r\n` };
  const endsAt = program.runsFor === undefined ? undefined : now + program.runsFor;
  const exec = startExec(state, container, { user: request.user, endsAt });
  return { container: container.id, exec, program, startedAt: container.state.startedAt };
}

function checkRuns({ id, phase }: MemoryContainer): void {
  if (phase === "running") return;
  if (phase === "paused") throw new Refusal(409, `Container ${id} is paused, unpause the container before exec`);
  if (phase === "restarting") {
    throw new Refusal(409, `Container ${id} is restarting, wait until the container is running`);
  }
  throw new Refusal(409, `Container ${id} is not running`);
}

function programOf(container: MemoryContainer, request: ExecRequest, anyImage: boolean): Program {
  const [binary, ...words] = request.command;
  const probed = probedPath(request.command);
  if (probed !== undefined) {
    return { ...endless, runsFor: 0, exitCode: test(container, request, ["-w", probed]) ? 0 : 1 };
  }
  if (binary === "test") return { ...endless, runsFor: 0, exitCode: test(container, request, words) ? 0 : 1 };
  const program = run(request.command);
  return anyImage && program.runsFor === undefined ? { ...program, runsFor: 0 } : program;
}

function test(container: MemoryContainer, request: ExecRequest, [flag, path = ""]: readonly string[]): boolean {
  const found = pathOf(container, resolvePath(container, request, path));
  switch (flag) {
    case "-d":
      return found?.type === "directory";
    case "-e":
      return found !== undefined;
    case "-f":
      return found?.type === "file";
    default:
      return flag === "-w" && found?.writable === true;
  }
}

/** What an engine says to a command that it cannot begin, in the order in which it looks. By convention nobody is named `nonexistent`. */
function failureOf(container: MemoryContainer, request: ExecRequest, program: Program): string | undefined {
  const { user, workingDir } = request;
  if (user?.startsWith("nonexistent")) return `unable to find user ${user}: no matching entries in passwd file`;
  const failed = "OCI runtime exec failed: exec failed:";
  if (workingDir && !workingDir.startsWith("/")) return `${failed} Cwd must be an absolute path: unknown`;
  const path = resolvePath(container, request, ".");
  const found = pathOf(container, path);
  if (found?.type !== "directory") {
    const why = found === undefined ? "no such file or directory" : "not a directory";
    return `${failed} unable to start container process: chdir to cwd ("${path}") set in config.json failed: ${why}: unknown`;
  }
  const binary = request.command[0] ?? "";
  if (!program.missing && container.paths[binary] !== null) return undefined;
  return `${failed} unable to start container process: exec: "${binary}": stat ${binary}: no such file or directory: unknown`;
}
