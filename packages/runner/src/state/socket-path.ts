import { createHash } from "node:crypto";
import { dirname, isAbsolute, join } from "node:path";
import { makePrivateFolder } from "./private-folder.ts";

/** What the kernel takes as the path of a unix socket, in bytes. */
const longest = 107;

/** What the choice of a socket's path rests on. */
export interface SocketInputs {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid: number;
}

/**
 * Where the loop whose state is in `folder` listens: there, unless the path would be too long for a socket; then by a
 * hash of the folder's path below XDG_RUNTIME_DIR, or below `/tmp/fleet-UID`.
 */
export function socketPath(folder: string, { env, uid }: SocketInputs): string {
  const short = `${createHash("sha256").update(folder).digest("hex").slice(0, 16)}.sock`;
  const runtime = env.XDG_RUNTIME_DIR;
  const candidates = [
    join(folder, "fleet.sock"),
    ...(runtime !== undefined && isAbsolute(runtime) ? [join(runtime, "fleet", short)] : []),
  ];
  return candidates.find((path) => Buffer.byteLength(path) <= longest) ?? `/tmp/fleet-${uid}/${short}`;
}

/** Makes the folder that a socket goes into, for its owner alone. Errors as those of the state folder. */
export function makeSocketFolder(path: string, uid: number): Promise<void> {
  return makePrivateFolder(
    dirname(path),
    uid,
    `Remove ${dirname(path)}, or set XDG_RUNTIME_DIR to a folder of your own.`,
  );
}
