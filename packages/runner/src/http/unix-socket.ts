import { chmod, lstat, mkdtemp, rename, rm, rmdir } from "node:fs/promises";
import { connect, type Server } from "node:net";
import { basename, dirname, join } from "node:path";
import { errnoOf, FleetError, hostError } from "@fleet/core";

/** What the kernel takes as the path of a unix socket, in bytes. */
const longest = 107;

/**
 * Makes `server` listen on a unix socket that only its owner may open, in a directory that is there. One that nobody
 * listens on any more is replaced. Returns what removes the socket. Rejects with `Conflict` when somebody listens there
 * or something else is there, `Invalid` for a path that is too long, and as the filesystem does: `NotFound`,
 * `Forbidden`, …
 */
export async function listenOnSocket(server: Server, path: string): Promise<() => Promise<void>> {
  checkLength(path);
  try {
    await checkFree(path);
    // Made where nobody else may look, then moved: at no time is it open to others, and replacing leaves no gap.
    const directory = await mkdtemp(hidden(path));
    const made = join(directory, "s");
    try {
      await listening(server, made);
      await chmod(made, 0o600);
      await rename(made, path);
    } finally {
      await rm(made, { force: true });
      await rmdir(directory);
    }
    const { ino } = await lstat(path);
    return async () => {
      // Another one may have taken the place since.
      const there = await lstat(path).catch(() => undefined);
      if (there?.ino === ino) await rm(path, { force: true });
    };
  } catch (error) {
    throw hostError(error, `cannot listen on ${path}`, "choose a directory that this user may write to");
  }
}

async function checkFree(path: string): Promise<void> {
  const there = await lstat(path).catch((error: unknown) => {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  });
  if (there === undefined) return;
  if (!there.isSocket()) {
    throw new FleetError("Conflict", `${path}: expected a socket or nothing, found something else`, {
      hint: "choose another path for the socket",
    });
  }
  if (await answers(path)) {
    throw new FleetError("Conflict", `${path}: another process listens here already`, {
      hint: "stop it, or choose another path for the socket",
    });
  }
}

/** Whether somebody listens; rejects when it may not be asked. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error) => {
      const code = errnoOf(error);
      if (code === "EACCES" || code === "EPERM") reject(error);
      // Anything else, such as a full backlog, comes from one that is there.
      else resolve(code !== "ECONNREFUSED" && code !== "ENOENT");
    });
  });
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** What `mkdtemp` adds six characters to. Kept short: the socket's path in there must not be too long either. */
function hidden(path: string): string {
  return `${dirname(path)}/.`;
}

function checkLength(path: string): void {
  const needed = Math.max(Buffer.byteLength(path), Buffer.byteLength(`${hidden(path)}XXXXXX/s`));
  if (needed <= longest) return;
  throw new FleetError("Invalid", `${path}: needs ${needed} bytes, and the path of a socket may have ${longest}`, {
    hint: `choose a shorter directory for ${basename(path)}`,
  });
}
