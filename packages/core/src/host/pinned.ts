import { type BigIntStats, constants, existsSync } from "node:fs";
import { chmod, chown, lchown, lstat, open } from "node:fs/promises";
import { PathError } from "./errno.ts";

/**
 * One inode, held: whatever is renamed or swapped meanwhile, `at` still reaches it and nothing else. On Linux by a
 * descriptor that needs no permission on the inode itself (O_PATH) and its name under /proc. Where there is no /proc
 * `at` is the plain path: links are still never followed, but somebody who can rename on the way could win a race.
 */
export interface Pinned {
  /** For further calls: itself, and its children as `${at}/name`. */
  readonly at: string;
  /** As found when it was pinned. */
  readonly stats: BigIntStats;
  chown(uid: number, gid: number): Promise<void>;
  chmod(mode: number): Promise<void>;
  close(): Promise<void>;
}

/** Linux's value on every architecture that Node runs on; Node does not name it. */
const O_PATH = 0o10000000;

const descriptors = "/proc/self/fd";
const hasDescriptors = process.platform === "linux" && existsSync(descriptors);

/** Pins what is at `path`; a symlink there is pinned itself, not what it points to. Rejects with the system's error. */
export function pin(path: string | Buffer): Promise<Pinned> {
  return hasDescriptors ? pinDescriptor(path) : pinPath(path.toString());
}

async function pinDescriptor(path: string | Buffer): Promise<Pinned> {
  const file = await open(path, O_PATH | constants.O_NOFOLLOW);
  const at = `${descriptors}/${file.fd}`;
  try {
    return {
      at,
      stats: await file.stat({ bigint: true }),
      // fchown and fchmod refuse such descriptors (EBADF); their name under /proc does not.
      chown: (uid, gid) => chown(at, uid, gid),
      chmod: (mode) => chmod(at, mode),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function pinPath(path: string): Promise<Pinned> {
  return {
    at: path,
    stats: await lstat(path, { bigint: true }),
    chown: (uid, gid) => lchown(path, uid, gid),
    async chmod(mode) {
      if ((await lstat(path)).isSymbolicLink()) throw new PathError("ELOOP", `${path} became a symlink meanwhile`);
      await chmod(path, mode);
    },
    close: async () => {},
  };
}

/** Permission bits, 0 to 0o7777. */
export function modeOf(stats: BigIntStats): number {
  return Number(stats.mode & 0o7777n);
}
