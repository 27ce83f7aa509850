import { posix } from "node:path";
import { FleetError } from "../errors.ts";

export interface MemoryEntry {
  readonly type: "directory" | "file" | "symlink" | "other";
  readonly uid: number;
  readonly gid: number;
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number;
  readonly inode: number;
  /** Another number than the parent's is another filesystem. */
  readonly device: number;
  /** Bytes; 0 for directories. */
  readonly size: number;
  /** Of a symlink, as written. */
  readonly to?: string;
}

/** A filesystem as plain JSON. */
export interface MemoryTree {
  serial: number;
  /** By absolute path, the root included. */
  readonly entries: Record<string, MemoryEntry>;
  /** Errno by path: nothing there or below can be looked at. */
  readonly unreadable: Record<string, string>;
  /** Errno by path: nothing there or below can be changed. */
  readonly locked: Record<string, string>;
}

const rootDirectory: MemoryEntry = { type: "directory", uid: 0, gid: 0, mode: 0o755, inode: 2, device: 1, size: 0 };

export function emptyTree(): MemoryTree {
  return { serial: 2, entries: { "/": rootDirectory }, unreadable: {}, locked: {} };
}

/** Puts an entry where nothing is; its parent must be there and gives its device. */
export function put(
  tree: MemoryTree,
  path: string,
  type: MemoryEntry["type"],
  entry: Partial<Omit<MemoryEntry, "type" | "inode">>,
): void {
  const parent = tree.entries[posix.dirname(path)];
  if (parent?.type !== "directory") throw new FleetError("Invalid", `${path}: its parent is no directory`);
  tree.serial += 1;
  const mode = type === "directory" ? 0o755 : type === "symlink" ? 0o777 : 0o644;
  tree.entries[path] = { type, uid: 0, gid: 0, mode, device: parent.device, size: 0, ...entry, inode: tree.serial };
}

export function removeBelow(tree: MemoryTree, path: string): void {
  for (const found of [path, ...below(tree, path)]) delete tree.entries[found];
}

/** Paths of everything inside a directory, sorted. */
export function below(tree: MemoryTree, path: string): string[] {
  const prefix = path === "/" ? "/" : `${path}/`;
  return Object.keys(tree.entries)
    .filter((found) => found.startsWith(prefix) && found !== path)
    .sort();
}

export function errnoAt(errnos: Readonly<Record<string, string>>, path: string): string | undefined {
  return errnos[ancestors(path).find((above) => errnos[above] !== undefined) ?? ""];
}

/** From the root down to the path itself. */
export function ancestors(path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "");
  return ["/", ...parts.map((_part, index) => `/${parts.slice(0, index + 1).join("/")}`)];
}

export type Place =
  | { readonly kind: "found"; readonly path: string; readonly entry: MemoryEntry }
  | { readonly kind: "missing"; readonly ancestor: string; readonly path: string }
  | { readonly kind: "unreadable"; readonly code: string; readonly at: string };

/**
 * Walks down to `path`. Symlinks on the way are followed when root owns them (`/var/run`), as nobody else can turn
 * those; the last component is never followed.
 */
export function locate(tree: MemoryTree, path: string): Place {
  let here = "/";
  const parts = path.split("/").filter((part) => part !== "");
  for (const [index, part] of parts.entries()) {
    const next = posix.join(here, part);
    const errno = errnoAt(tree.unreadable, next);
    if (errno !== undefined) return { kind: "unreadable", code: errno, at: next };
    const entry = tree.entries[next];
    if (entry === undefined) return { kind: "missing", ancestor: here, path: posix.join(here, ...parts.slice(index)) };
    if (index === parts.length - 1) return { kind: "found", path: next, entry };
    if (entry.type === "directory") here = next;
    else if (entry.type !== "symlink") return { kind: "unreadable", code: "ENOTDIR", at: next };
    else if (entry.uid !== 0) return { kind: "unreadable", code: "ELOOP", at: next };
    else {
      const rest = parts.slice(index + 1);
      return locate(tree, posix.resolve(here, entry.to ?? "", ...rest));
    }
  }
  return { kind: "found", path: "/", entry: tree.entries["/"] ?? rootDirectory };
}
