import { readFile, readlink } from "node:fs/promises";
import { errnoOf } from "@fleet/core";

/** Where a pid means something. What the system does not tell is "". */
export interface Whereabouts {
  readonly host: string;
  /** Id of the installed system: the same after a reboot. */
  readonly machine: string;
  /** Id of one boot. */
  readonly boot: string;
  /** The namespace that pids are counted in: each container has its own. */
  readonly pids: string;
}

/** A program, told apart from all others, earlier and later ones with its pid included. */
export interface ProgramMark extends Whereabouts {
  readonly pid: number;
  /** When it began, in clock ticks since the boot; "" when the system does not tell. */
  readonly started: string;
}

/** What is known of a program: `unknown` when it cannot be seen from here. */
export type Liveness = "alive" | "gone" | "unknown";

export async function markProgram(pid: number, host: string): Promise<ProgramMark> {
  const [machine, boot, pids, stat] = await Promise.all([
    told(readFile("/etc/machine-id", "utf8")),
    told(readFile("/proc/sys/kernel/random/boot_id", "utf8")),
    told(readlink("/proc/self/ns/pid")),
    told(readFile(`/proc/${pid}/stat`, "utf8")),
  ]);
  return { pid, host, machine, boot, pids, started: parseStat(stat).started };
}

export async function liveness(mark: ProgramMark, here: Whereabouts): Promise<Liveness> {
  return judge(mark, here, exists(mark.pid) ? parseStat(await told(readFile(`/proc/${mark.pid}/stat`, "utf8"))) : null);
}

/** `seen` is what has the mark's pid here and now; null when nothing has. */
export function judge(mark: ProgramMark, here: Whereabouts, seen: ProgramStat | null): Liveness {
  if (mark.host !== here.host || mark.machine !== here.machine) return "unknown";
  // Hosts may share a name, but an installed system that was booted again runs nothing of before.
  if (mark.boot !== here.boot) return mark.machine === "" ? "unknown" : "gone";
  if (mark.pids !== here.pids) return "unknown";
  if (seen === null || seen.ended) return "gone";
  return mark.started === "" || seen.started === "" || mark.started === seen.started ? "alive" : "gone";
}

export interface ProgramStat {
  /** It has ended, and nobody has asked for its exit code yet. */
  readonly ended: boolean;
  readonly started: string;
}

/** Of `/proc/PID/stat`; of an empty text nothing is known. */
export function parseStat(text: string): ProgramStat {
  // The second field is the program's name in brackets, and may hold blanks and brackets itself.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { ended: fields[0] === "Z" || fields[0] === "X", started: fields[19] ?? "" };
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errnoOf(error) !== "ESRCH";
  }
}

async function told(answer: Promise<string>): Promise<string> {
  try {
    return (await answer).trim();
  } catch {
    return "";
  }
}
