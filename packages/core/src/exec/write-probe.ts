/**
 * Writes for real: busybox's `test -w` goes by the mode alone, and does not know of a mount that is read-only. What is
 * in a file stays as it is.
 */
const script = 'if [ -d "$1" ]; then t="$1/.fleet-write-$$"; : > "$t" && rm -f "$t"; else : >> "$1"; fi';

/** A command that succeeds when whoever runs it can write at `path`, a directory or a file. It needs a shell. */
export function writeProbe(path: string): readonly string[] {
  return ["sh", "-c", script, "sh", path];
}

/** The path that a command of {@link writeProbe} is about; undefined for any other command. */
export function probedPath([shell, flag, text, , path]: readonly string[]): string | undefined {
  return shell === "sh" && flag === "-c" && text === script ? path : undefined;
}
