import { posix } from "node:path";
import type { ResolveInputs } from "./inputs.ts";
import { normalizePath } from "./mount-kinds.ts";

/** An absolute, normalised path on the host; undefined for `~somebody`. */
export function resolveHostPath(
  path: string,
  { home, baseDir }: Pick<ResolveInputs, "home" | "baseDir">,
): string | undefined {
  if (path === "~" || path.startsWith("~/")) return normalizePath(posix.join(home, path.slice(1)));
  if (path.startsWith("~")) return undefined;
  return normalizePath(path.startsWith("/") ? path : posix.join(baseDir, path));
}
