import { normalize } from "node:path/posix";
import { choice, count, type Kind, right, wrong } from "./kind.ts";

export const propagation = choice("private", "rprivate", "shared", "rshared", "slave", "rslave");
export const sourceType = choice("directory", "file");
export const repair = choice("never", "plan", "auto");
/** The last one is the kernel's "no change". */
export const ownerId = count(0, 4_294_967_294);

/** An absolute path in a container, normalised, without a trailing slash. */
export const containerPath: Kind<string> = {
  expected: "an absolute path in the container",
  read: (value) => {
    const path = String(value);
    if (!path.startsWith("/") || path.includes("\0")) return wrong();
    return right(normalizePath(path));
  },
};

/** Where something is mounted: any path in the container but its root. */
export const target: Kind<string> = {
  expected: "an absolute path in the container other than `/`",
  read: (value) => {
    const reading = containerPath.read(value);
    return reading.ok && reading.value === "/" ? wrong() : reading;
  },
};

/** Without `.`, `..`, doubled and trailing slashes; the root stays `/`. */
export function normalizePath(path: string): string {
  const normal = normalize(path);
  const rooted = normal.startsWith("//") ? normal.slice(1) : normal;
  return rooted.length > 1 && rooted.endsWith("/") ? rooted.slice(0, -1) : rooted;
}
