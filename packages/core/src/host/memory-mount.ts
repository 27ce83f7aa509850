import type { StaleMount } from "../observe/mount.ts";
import type { BindMount } from "../spec/config.ts";
import type { MemoryTree } from "./memory-tree.ts";
import { entryAt } from "./memory-walk.ts";

/** Notes what each mount of a container that is being started gets. */
export function mount(tree: MemoryTree, container: string, mounts: readonly BindMount[]): void {
  const got = mounts.flatMap(({ source, target }) => {
    const entry = entryAt(tree, source);
    return entry === undefined ? [] : [[target, { device: entry.device, inode: entry.inode }] as const];
  });
  tree.mounted[container] = Object.fromEntries(got);
}

/** What is stale about one mount; null when nothing is, or nobody knows. */
export function staleMount(
  tree: MemoryTree,
  container: string,
  { source, target }: Pick<BindMount, "source" | "target">,
): StaleMount | null {
  const mounted = tree.mounted[container]?.[target];
  const now = entryAt(tree, source);
  if (mounted === undefined || now === undefined) return null;
  if (now.inode === mounted.inode && now.device === mounted.device) return null;
  const removed = !Object.values(tree.entries).some(({ inode }) => inode === mounted.inode);
  return { mounted, removed, source: { device: now.device, inode: now.inode } };
}
