import type { ContainerConfig, Healthcheck } from "../spec/config.ts";

/** What a container's main program does, as far as an engine can see it. */
export interface Program {
  /** Milliseconds until it ends by itself; absent: it runs until it is stopped. */
  readonly runsFor?: number;
  /** When it ends by itself. */
  readonly exitCode: number;
  /** Exit code after the stop signal; absent: it ignores the signal, as a first process without a trap does. */
  readonly stopCode?: number;
  readonly output: string;
  /** Whether the binary is there at all. By convention whatever lies under `/nonexistent` is not. */
  readonly missing: boolean;
}

/** Runs for ever, and ignores the stop signal. */
export const endless: Program = { exitCode: 0, output: "", missing: false };

/**
 * Understands what tests write: `sleep`, `true`, `false`, `echo`, and `sh -c` with those, `exit`, `trap 'exit N' TERM`
 * and endless `while` loops. Anything else runs for ever.
 */
export function programOf(config: Pick<ContainerConfig, "entrypoint" | "command" | "init">): Program {
  const argv = [...(config.entrypoint ?? []), ...(config.command ?? [])];
  const program = run(argv);
  return config.init === true && program.stopCode === undefined ? { ...program, stopCode: 143 } : program;
}

/** What a health check comes to. */
export interface Probe {
  readonly code: number;
  readonly output: string;
  /** Milliseconds after the start: one interval when it succeeds, start period and all retries when it fails. */
  readonly after: number;
}

/** Undefined without a health check. */
export function probeOf(check: Healthcheck | undefined): Probe | undefined {
  const [kind = "NONE", ...words] = check?.test ?? [];
  if (kind === "NONE") return undefined;
  const { exitCode: code, output } = run(kind === "CMD-SHELL" ? ["sh", "-c", ...words] : words);
  const interval = check?.interval || 30_000;
  return { code, output, after: code === 0 ? interval : (check?.startPeriod ?? 0) + interval * (check?.retries || 3) };
}

/** What a command line does. */
export function run(argv: readonly string[]): Program {
  const [binary = "", ...words] = argv;
  if (binary.startsWith("/nonexistent")) return { ...endless, missing: true };
  if (/^(\/bin\/)?sh$/.test(binary) && words[0] === "-c") return script(words[1] ?? "");
  return simple(binary, words) ?? endless;
}

function simple(binary: string, words: readonly string[]): Program | undefined {
  switch (binary) {
    case "true":
      return { ...endless, runsFor: 0 };
    case "false":
      return { ...endless, runsFor: 0, exitCode: 1 };
    case "echo":
      return { ...endless, runsFor: 0, output: `${words.filter((word) => word !== ">&2").join(" ")}\n` };
    case "sleep": {
      const seconds = Number(words[0]);
      return Number.isFinite(seconds) ? { ...endless, runsFor: seconds * 1000 } : endless;
    }
    default:
      return undefined;
  }
}

function script(text: string): Program {
  let runsFor = 0;
  let exitCode = 0;
  let output = "";
  const trapped = /\btrap\s+(['"])exit\s*(\d*)\1\s+(?:SIG)?TERM\b/.exec(text);
  const stop = trapped === null ? {} : { stopCode: Number(trapped[2] || 0) };
  for (const statement of text.split(/;|&&|\n/)) {
    const [first = "", ...words] = statement.trim().split(/\s+/);
    if (first === "" || first === "trap") continue;
    if (first === "exit") return { runsFor, exitCode: Number(words[0] ?? exitCode), output, missing: false, ...stop };
    const part = first === "exec" ? run(words) : simple(first, words);
    if (part?.runsFor === undefined)
      return { exitCode: 0, output: output + (part?.output ?? ""), missing: false, ...stop };
    runsFor += part.runsFor;
    exitCode = part.exitCode;
    output += part.output;
  }
  return { runsFor, exitCode, output, missing: false, ...stop };
}
