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

/** One mount, as a mount table has it. */
export interface MountPoint {
  /** Unlike any other's as long as it is mounted. */
  readonly id: number;
  /** What it shows was removed; false also where the system's word for that cannot be relied on. */
  readonly removed: boolean;
}

/** The mounts that are seen, by mount point: paths without symlinks, from the text of a mount table. */
export function mountsByPoint(table: string): ReadonlyMap<string, MountPoint> {
  const seen = new Map<string, MountPoint>();
  for (const line of table.split("\n")) {
    const row = line.split(" ");
    const [id, , , root, point] = row;
    if (root === undefined || point === undefined) continue;
    const type = row[row.indexOf("-") + 1] ?? "";
    // A later one lies on top.
    seen.set(mountPointName(point), { id: Number(id), removed: root.endsWith("//deleted") && keepsNames.has(type) });
  }
  return seen;
}

/** Filesystems that forget a name only when it is removed; those over a network do so whenever they are in doubt. */
const keepsNames: ReadonlySet<string> = new Set(["btrfs", "ext2", "ext3", "ext4", "f2fs", "tmpfs", "xfs"]);

/** A path as the mount table writes it, in plain. */
export function mountPointName(escaped: string): string {
  return escaped.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
