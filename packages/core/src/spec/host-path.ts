import { join } from "node:path/posix";
import type { ResolveInputs } from "./inputs.ts";
import { normalizePath } from "./mount-kinds.ts";

/** An absolute, normalised path on the host; undefined for `~somebody`. */
export function resolveHostPath(
  path: string,
  { home, baseDir }: Pick<ResolveInputs, "home" | "baseDir">,
): string | undefined {
  if (path === "~" || path.startsWith("~/")) return normalizePath(join(home, path.slice(1)));
  if (path.startsWith("~")) return undefined;
  return normalizePath(path.startsWith("/") ? path : join(baseDir, path));
}
