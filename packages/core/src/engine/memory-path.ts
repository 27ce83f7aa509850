import { posix } from "node:path";
import type { ExecRequest } from "./engine.ts";
import type { MemoryContainer, MemoryPath } from "./memory-state.ts";

/**
 * What is at an absolute path in a container. By themselves there are the root, `/tmp`, the container's working
 * directory and the targets of its mounts, with what lies above them: directories, writable unless they are read-only.
 */
export function pathOf(container: MemoryContainer, path: string): MemoryPath | undefined {
  const { mounts = [], workingDir = "/", readOnly } = container.config;
  const put = container.paths[path];
  if (put !== undefined) return put ?? undefined;
  const above = ancestors(path).find((ancestor) => container.paths[ancestor] === null);
  if (above !== undefined) return undefined;
  const mount = mounts.find(({ target }) => target === path);
  if (mount !== undefined) return { type: "directory", writable: !("readOnly" in mount && mount.readOnly === true) };
  const present = ["/", "/tmp", workingDir, ...mounts.map(({ target }) => target), ...given(container)];
  const isThere = present.some((each) => each === path || ancestors(each).includes(path));
  return isThere ? { type: "directory", writable: readOnly !== true } : undefined;
}

/** A path as a command of this request means it. */
export function resolvePath(container: MemoryContainer, { workingDir }: ExecRequest, path: string): string {
  return posix.resolve("/", workingDir || container.config.workingDir || "/", path);
}

function given({ paths }: MemoryContainer): readonly string[] {
  return Object.keys(paths).filter((path) => paths[path] !== null);
}

/** Those above it, the root among them. */
function ancestors(path: string): readonly string[] {
  const parts = path.split("/").filter((part) => part !== "");
  return parts.map((_, index) => `/${parts.slice(0, index).join("/")}`);
}
