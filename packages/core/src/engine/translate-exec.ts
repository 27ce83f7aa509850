import { FleetError } from "../errors.ts";
import type { ExecObservation } from "../observe/exec.ts";
import { present } from "../spec/present.ts";
import type { ExecRequest } from "./engine.ts";

/** What an inspect of a container says about its execs. */
export interface ExecListJson {
  /** Those made and not started, and health probes, are among them. */
  readonly ExecIDs?: readonly string[] | null;
  readonly Config: {
    readonly Healthcheck?: { readonly Test?: readonly string[] | null } | null;
    /** What runs a health check's one line. */
    readonly Shell?: readonly string[] | null;
  };
}

/** An exec's inspect answer. */
export interface ExecJson {
  readonly ID: string;
  readonly Running: boolean;
  /** 0 when it never began, or not yet. */
  readonly Pid?: number;
  /** Null while it runs. */
  readonly ExitCode?: number | null;
  readonly ProcessConfig?: {
    readonly entrypoint?: string;
    readonly arguments?: readonly string[] | null;
    readonly user?: string;
  } | null;
}

/**
 * An exec that runs and is no health probe; undefined for any other. What somebody runs with the very words of the
 * health check cannot be told from a probe.
 */
export function readExec(json: ExecJson, { Config }: ExecListJson): ExecObservation | undefined {
  const { ID: id, Running, Pid: pid = 0, ProcessConfig: program } = json;
  const words = [program?.entrypoint ?? "", ...(program?.arguments ?? [])];
  if (!Running || pid === 0 || isSame(words, probeWords(Config))) return undefined;
  return { id, pid, ...(program?.user ? { user: program.user } : {}) };
}

function probeWords({ Healthcheck, Shell }: ExecListJson["Config"]): readonly string[] {
  const [kind, ...words] = Healthcheck?.Test ?? [];
  if (kind === "CMD") return words;
  return kind === "CMD-SHELL" ? [...(Shell?.length ? Shell : ["/bin/sh", "-c"]), ...words] : [];
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, index) => word === b[index]);
}

/** Rejects what an engine would repeat in its answer together with the value. */
export function checkEnv({ env = {} }: ExecRequest): void {
  if (!Object.keys(env).some((name) => name === "" || name.includes("="))) return;
  throw new FleetError("Invalid", "Cannot run a command: the name of an environment variable is empty or has a `=`.");
}

/** The body of a request to make an exec whose output is read. */
export function execRequest({ command, user, workingDir, env = {} }: ExecRequest): Readonly<Record<string, unknown>> {
  return present({
    Cmd: command,
    User: user,
    WorkingDir: workingDir,
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    AttachStdout: true,
    AttachStderr: true,
  });
}
