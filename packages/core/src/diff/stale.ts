import type { Inode, StaleMount } from "../observe/mount.ts";
import type { BindMount, ContainerConfig } from "../spec/config.ts";
import type { Drift } from "./drift.ts";

/** The bind mounts that a container has as the spec wants them: the same source at the same target. */
export function sharedBinds(desired: ContainerConfig, observed: ContainerConfig): readonly BindMount[] {
  const held = (observed.mounts ?? []).filter((mount) => mount.kind === "bind");
  return (desired.mounts ?? [])
    .filter((mount) => mount.kind === "bind")
    .filter(({ source, target }) => held.some((other) => other.source === source && other.target === target));
}

/**
 * Bind mounts whose source was replaced under the running container. What mends it is a start, so the remedy hangs on
 * what else is done to the container, and on the policy.
 */
export function diffStaleMounts(
  binds: readonly BindMount[],
  stale: Readonly<Record<string, StaleMount>>,
  remedy: "restart" | "none",
): readonly Drift[] {
  return binds.flatMap(({ target }) => {
    const found = stale[target];
    if (found === undefined) return [];
    const { mounted, removed, source } = found;
    const withDevice = mounted !== null && mounted.device !== source.device;
    const shown = mounted === null ? "" : showInode(mounted, withDevice);
    return [
      {
        path: `mounts.${target}.inode`,
        desired: showInode(source, withDevice),
        observed: mounted === null ? "removed" : removed ? `${shown} (removed)` : shown,
        cause: "sourceReplaced",
        remedy,
      } as const,
    ];
  });
}

/** Numbers of one device say which file or directory it is; on another device they say nothing by themselves. */
function showInode({ device, inode }: Inode, withDevice: boolean): string {
  return withDevice ? `${inode} on device ${device}` : String(inode);
}
