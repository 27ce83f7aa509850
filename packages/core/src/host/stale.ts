import { readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import type { Inode, StaleMount } from "../observe/mount.ts";
import type { BindMount } from "../spec/config.ts";
import type { RunningContainer } from "./host.ts";
import { type MountPoint, mountsByPoint } from "./mounts.ts";
import { type Pinned, pin } from "./pinned.ts";

type Bind = Pick<BindMount, "source" | "target">;

/**
 * The bind mounts of a container on this machine that have gone stale, by target. Two calls for each mount that has
 * not; only where the inodes differ is it looked at more closely. Of a process that this one may not look into nothing
 * is known but what its mount table, open to everybody, says was removed.
 */
export async function staleMounts(
  container: RunningContainer,
  mounts: readonly Bind[],
): Promise<Readonly<Record<string, StaleMount>>> {
  try {
    if ((await inodeAt(`/proc/${container.pid}/root/`)) === null) return await removedMounts(container, mounts);
    const current = await Promise.all(mounts.map((mount) => isCurrent(container, mount)));
    const suspects = mounts.filter((_, index) => !current[index]);
    return suspects.length === 0 ? {} : await replacedMounts(container, suspects);
  } catch {
    // The process is gone, or there is no /proc.
    return {};
  }
}

/** Whether nothing more is to be asked. A pid that is somebody else's by now may say yes: the next look knows better. */
async function isCurrent({ pid }: RunningContainer, { source, target }: Bind): Promise<boolean> {
  const [mounted, now] = await Promise.all([inodeAt(`/proc/${pid}/root${target}`), inodeAt(source)]);
  return now === null || (mounted !== null && isSame(mounted, now));
}

function replacedMounts(container: RunningContainer, suspects: readonly Bind[]) {
  return compareEach(container, suspects, async ({ source, target }, mount, main) => {
    const mounted = await inodeOn(mount.id, `${main.at}/root${target}`);
    // Once more, and last: between the two looks before it may have been replaced, and the container restarted.
    const now = await inodeAt(source);
    if (mounted === null || now === null || isSame(mounted, now)) return null;
    const { device, inode, removed } = mounted;
    return { mounted: { device, inode }, removed, source: now };
  });
}

function removedMounts(container: RunningContainer, mounts: readonly Bind[]) {
  return compareEach(container, mounts, async ({ source }, { removed }) => {
    const now = removed ? await inodeAt(source) : null;
    return now === null ? null : { mounted: null, removed, source: now };
  });
}

/** Rejects with the system's error when the process has ended. */
async function compareEach(
  { id, pid }: RunningContainer,
  mounts: readonly Bind[],
  compare: (bind: Bind, mount: MountPoint, main: Pinned) => Promise<StaleMount | null>,
): Promise<Record<string, StaleMount>> {
  // Held: if the process ends, its number may become another's, and what is read here fails instead of telling of that.
  const main = await pin(`/proc/${pid}`);
  try {
    // An engine in another pid namespace, or in a virtual machine, has other numbers than this machine.
    if (!readProc(`${main.at}/cgroup`).includes(id)) return {};
    const points = mountsByPoint(readProc(`${main.at}/mountinfo`));
    const found: Record<string, StaleMount> = {};
    for (const bind of mounts) {
      const mount = points.get(bind.target);
      const stale = mount === undefined ? null : await compare(bind, mount, main);
      if (stale !== null) found[bind.target] = stale;
    }
    return found;
  } finally {
    await main.close();
  }
}

/**
 * What is mounted by the mount of this number, and nothing else: what a path inside a container leads to is the
 * container's to choose. Null when the path leads elsewhere, or this process may not follow it.
 */
async function inodeOn(mountId: number, path: string): Promise<(Inode & { readonly removed: boolean }) | null> {
  let there: Pinned;
  try {
    there = await pin(path);
  } catch {
    return null;
  }
  try {
    const [, id] = /^mnt_id:\s*(\d+)$/m.exec(readProc(there.at.replace("/fd/", "/fdinfo/"))) ?? [];
    if (Number(id) !== mountId) return null;
    const { dev, ino, nlink } = there.stats;
    return { device: Number(dev), inode: Number(ino), removed: nlink === 0n };
  } finally {
    await there.close();
  }
}

/** Links followed, as an engine follows them; null when nothing is there or it may not be seen. */
async function inodeAt(path: string): Promise<Inode | null> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return { device: Number(dev), inode: Number(ino) };
  } catch {
    return null;
  }
}

function isSame(a: Inode, b: Inode): boolean {
  return a.inode === b.inode && a.device === b.device;
}

/** At once: no disk is behind it, and waiting for it costs several times as much as reading it. */
function readProc(path: string): string {
  return readFileSync(path, "utf8");
}
