import { type FleetError, isFleetError } from "../errors.ts";
import { clientWords, type ExecAnswer, failures, refusals } from "./answer.ts";
import { type ExecAsked, fitsBinary } from "./asked.ts";
import { describe, type ExecReason } from "./reason.ts";

/** What somebody is left with who ran a command in a container, through the API or through `docker exec`. */
export type ExecOutcome = ExecFault | ExecEnd;

/** The call did not go through, or its client threw. */
export interface ExecFault {
  /** What the call rejected with: of this port, of another client of the API, or of a child process. */
  readonly error: unknown;
  readonly asked?: ExecAsked;
}

/** The call went through, or the docker CLI ended. */
export interface ExecEnd {
  /** Null when the docker CLI was ended by a signal. */
  readonly exitCode: number | null;
  /** That ended the docker CLI: `SIGKILL`. */
  readonly signal?: string | null;
  /** stdout and stderr, or their end, as they are: the line ends tell something. */
  readonly output?: string;
  /** As the API gives it, 0 for a command that never began; the docker CLI does not say. */
  readonly pid?: number;
  readonly asked?: ExecAsked;
}

/** What happened to a command that was to run in a container. */
export interface ExecDiagnosis {
  readonly reason: ExecReason;
  /**
   * False when the command's own exit code and output could read the same: look at the container before anything is done
   * about it. The docker CLI says all in a command's exit code and output, so through it a refusal is sure only where it
   * names what was `asked` for, and is all that was said.
   */
  readonly sure: boolean;
  /** One sentence or two, without any of the command's output. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** Tells why a command in a container failed: for want of the container, of something in it, or by itself. */
export function diagnoseExec(outcome: ExecOutcome): ExecDiagnosis {
  return "exitCode" in outcome ? ofEnd(outcome) : ofFault(outcome);
}

function ofFault({ error, asked = {} }: ExecFault): ExecDiagnosis {
  const fault = Object(error) as Readonly<Record<string, unknown>>;
  const { code, syscall, message } = fault;
  // A child process's own error, whose message repeats the command line and the output.
  if (typeof code === "number" || "stderr" in fault) return ofEnd(childEnd(fault, asked));
  const status = fault.statusCode ?? fault.status;
  if (isFleetError(error) || typeof status === "number") {
    const found = find([...refusals, ...failures], String(message), asked);
    if (found !== undefined) return surely(found);
  }
  if (isFleetError(error)) return ofFleetError(error, asked);
  // Of a spawn it is the docker CLI that is missing, or the directory that it was to run in here.
  if (typeof status === "number" || String(syscall).startsWith("spawn")) return diagnosis("Refused", true);
  const isGone = typeof code === "string" && gone.has(code);
  return isGone ? diagnosis("EngineGone", true) : diagnosis("Unknown", false);
}

/** What connections end with. */
const gone: ReadonlySet<string> = new Set(["ENOENT", "ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT"]);

/** Its own words say more than ours. */
function ofFleetError({ code, message, hint }: FleetError, asked: ExecAsked): ExecDiagnosis {
  const say = (reason: ExecReason, sure: boolean): ExecDiagnosis => {
    const ours = diagnosis(reason, sure);
    return { ...ours, message, ...(hint === undefined ? {} : { hint }) };
  };
  switch (code) {
    case "NotFound":
      return diagnosis("ContainerMissing", true, asked.container);
    case "Unreachable":
      return say("EngineGone", true);
    case "Timeout":
    case "Cancelled":
      return say("Unknown", false);
    default:
      return say("Refused", true);
  }
}

function childEnd(fault: Readonly<Record<string, unknown>>, asked: ExecAsked): ExecEnd {
  const text = (part: unknown): string => (part === undefined || part === null ? "" : String(part));
  return {
    exitCode: typeof fault.code === "number" ? fault.code : null,
    signal: typeof fault.signal === "string" ? fault.signal : null,
    output: text(fault.stdout) + text(fault.stderr),
    asked,
  };
}

function ofEnd(end: ExecEnd): ExecDiagnosis {
  const { exitCode, signal, pid } = end;
  if (exitCode === 0) return diagnosis("Succeeded", true);
  if (exitCode === null) return signal ? diagnosis("ClientKilled", true) : diagnosis("Unknown", false);
  if (exitCode === 137) return diagnosis("KilledWithContainer", false);
  if (pid === 0 && exitCode >= 126 && exitCode <= 128) return ofFailure(end);
  return pid ? ofProgram(end) : ofClient(end, exitCode);
}

/** How each line begins that an engine says in place of a command's output. */
const isOfEngine =
  /^(OCI runtime|unable to find|uids|cannot exec|container is|container \S+ init|task \S+ not|ttrpc:|FailedPrecondition:) /;

/** It never began: the output is the engine's. */
function ofFailure({ output = "", asked = {} }: ExecEnd): ExecDiagnosis {
  const found = find(failures, output, asked);
  return found === undefined ? diagnosis("Refused", false) : surely(found);
}

/** It began: exit code and output are its own. */
function ofProgram({ output = "", asked = {} }: ExecEnd): ExecDiagnosis {
  // The runtime's last words, where what interprets a script is missing.
  const named = /^exec (\S+): (no such file or directory|exec format error)\r?\n?$/.exec(output)?.[1];
  const isBinary = named !== undefined && fitsBinary(named, asked) !== false;
  return isBinary ? diagnosis("BinaryMissing", false) : diagnosis("CommandFailed", true);
}

/** Through the docker CLI: what the engine and the CLI say is in the exit code and the output, with the command's own. */
function ofClient(end: ExecEnd, exitCode: number): ExecDiagnosis {
  const { output = "", asked = {} } = end;
  // Warnings of the CLI's own may stand before it.
  const [said = ""] = /[^\n]*$/.exec(output.replace(/\n$/, "")) ?? [];
  const isAll = output === said || output === `${said}\n`;
  switch (exitCode) {
    case 126:
    case 127:
    case 128: {
      const found = isOfEngine.test(said) && find(failures, said, asked);
      // The engine ends its line as a terminal would.
      return found ? likely(found, isAll && output.endsWith("\r\n")) : diagnosis("CommandFailed", false);
    }
    case 1:
    case 125: {
      const found = /^Error( response from daemon)?: /.test(said) && find(refusals, said, asked);
      if (found) return likely(found, isAll && exitCode === 1);
      const own = clientWords.find(({ text }) => text.test(output));
      if (own !== undefined) return diagnosis(own.reason, false);
      break;
    }
  }
  const own = ofProgram(end);
  if (own.reason !== "CommandFailed") return own;
  // All that the CLI says when the engine goes away under a command.
  if (exitCode === 255) return diagnosis("EngineGone", false);
  return diagnosis("CommandFailed", end.output !== undefined || exitCode !== 1);
}

interface Found extends Pick<ExecAnswer, "reason"> {
  readonly named: string;
  /** Whether that is what was asked for. */
  readonly fits: boolean | undefined;
}

function find(answers: readonly ExecAnswer[], text: string, asked: ExecAsked): Found | undefined {
  for (const { reason, text: pattern, fits } of answers) {
    const match = pattern.exec(text);
    if (match === null) continue;
    const named = match.groups?.named ?? "";
    return { reason, named, fits: fits?.(named, asked) };
  }
  return undefined;
}

function surely({ reason, named }: Found): ExecDiagnosis {
  return diagnosis(reason, true, named);
}

/** About something that nobody asked for: the command talked to an engine of its own. */
function likely({ reason, named, fits }: Found, isExact: boolean): ExecDiagnosis {
  if (fits === false) return diagnosis("CommandFailed", false);
  return isExact && fits === true ? diagnosis(reason, true, named) : diagnosis(reason, false);
}

function diagnosis(reason: ExecReason, sure: boolean, named = ""): ExecDiagnosis {
  const { message, hint } = describe(reason, named);
  const isOwn = reason === "CommandFailed" || reason === "Unknown";
  return {
    reason,
    sure,
    message: sure || isOwn ? message : `${message} So its end reads; the command itself could have ended like this.`,
    ...(hint === undefined ? {} : { hint }),
  };
}
