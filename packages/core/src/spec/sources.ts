import { relative } from "node:path/posix";
import { compareText } from "./diagnostic.ts";
import type { Ownership, SourceSpec } from "./instance.ts";
import type { PlacedMount } from "./mounts.ts";
import { present } from "./present.ts";

/** The bind sources of one instance, sorted by path; the first mount with an owner speaks for all of one path. */
export function sourcesOf(mounts: readonly PlacedMount[]): readonly SourceSpec[] {
  const sources = new Map<string, SourceSpec>();
  for (const placed of mounts) {
    const { mount, source } = placed;
    if (mount.kind !== "bind" || source === undefined) continue;
    const known = sources.get(mount.source);
    const nested = new Set([...(known?.nested ?? []), ...nestedIn(placed, mounts)]);
    const ownership: Ownership | undefined = known?.ownership ?? source.ownership;
    sources.set(mount.source, {
      path: mount.source,
      type: source.type,
      target: known?.target ?? mount.target,
      ...present({ ownership }),
      nested: [...nested].sort(compareText),
    });
  }
  return [...sources.values()].sort((a, b) => compareText(a.path, b.path));
}

/**
 * Where other mounts land inside of this one, relative to it; what lies inside of a nearer mount is that one's. A file
 * that is mounted there is left out: only directories are made.
 */
function nestedIn({ mount }: PlacedMount, mounts: readonly PlacedMount[]): readonly string[] {
  return mounts
    .filter(
      ({ mount: other, source }) => other !== mount && isBelow(other.target, mount.target) && source?.type !== "file",
    )
    .filter(
      ({ mount: other }) =>
        !mounts.some(
          ({ mount: nearer }) => isBelow(other.target, nearer.target) && isBelow(nearer.target, mount.target),
        ),
    )
    .map(({ mount: other }) => relative(mount.target, other.target));
}

function isBelow(path: string, ancestor: string): boolean {
  return path.startsWith(`${ancestor}/`);
}
