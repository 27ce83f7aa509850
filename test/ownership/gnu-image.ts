import { execFileSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { call, callOrFail } from "../../scripts/lib/docker-api.mjs";
import type { RealEngine } from "../support/engines.ts";

/** An image with GNU's tools and dash, where the other test images have busybox's. `…-empty` has no program at all. */
export const gnuImage = "fleet-own:gnu";

const programs = ["chmod", "chown", "find", "ls", "mkdir", "rm", "rmdir", "sed", "stat"];

/** Made of this machine's own programs, once for each engine: they stay there, as its other images do. */
export async function ensureGnuImage({ host }: RealEngine): Promise<void> {
  const socket = host.replace("unix://", "");
  if ((await call(socket, "GET", `/images/${gnuImage}-empty/json`)).status === 200) return;
  const files = programs.map((name) => `/bin/${name}`);
  const libraries = execFileSync("ldd", ["/bin/sh", ...files], { encoding: "utf8" }).matchAll(/(\/[^ :]+) \(0x/g);
  const paths = ["/bin/sh", ...files, ...[...libraries].map(([, path]) => path ?? "")];
  await importImage(socket, gnuImage, archive([...new Set(paths)]));
  await importImage(socket, `${gnuImage}-empty`, archive(["/etc/hostname"]));
}

async function importImage(socket: string, ref: string, body: Buffer): Promise<void> {
  const [repo, tag] = ref.split(":");
  await callOrFail(socket, "POST", `/images/create?fromSrc=-&repo=${repo}&tag=${tag}`, {
    body,
    headers: { "Content-Type": "application/x-tar" },
  });
}

/** The files themselves under the names given, links resolved. */
function archive(paths: readonly string[]): Buffer {
  const relative = paths.filter((path) => realpathSync(path) !== "").map((path) => path.slice(1));
  return execFileSync("tar", ["-chf", "-", "-C", "/", ...relative], { maxBuffer: 64 * 1024 * 1024 });
}
