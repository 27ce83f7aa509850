import { readFile } from "node:fs/promises";

/**
 * Mount points of this process that lie below a directory, relative to it. The device number alone does not tell them
 * all: a bind mount of the same filesystem has the same one. Empty where the system does not say (no /proc).
 *
 * @param real the directory's path with every symlink resolved, as the mount table has it
 */
export async function mountsBelow(real: string): Promise<ReadonlySet<string>> {
  const table = await readFile("/proc/self/mountinfo", "utf8").catch(() => "");
  return pointsBelow(table, real);
}

/** The same from the text of a mount table: the fifth column, with blanks and backslashes as `\\ooo`. */
export function pointsBelow(table: string, real: string): ReadonlySet<string> {
  const start = real === "/" ? "/" : `${real}/`;
  const found = new Set<string>();
  for (const line of table.split("\n")) {
    const point = mountPointName(line.split(" ")[4] ?? "");
    if (point.startsWith(start) && point.length > start.length) found.add(point.slice(start.length));
  }
  return found;
}

/** A path as the mount table writes it, in plain. */
export function mountPointName(escaped: string): string {
  return escaped.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
