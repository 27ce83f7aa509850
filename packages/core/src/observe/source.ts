/** What is at a bind source's path on the engine's host. Never the target of a symlink: the link itself. */
export type SourceObservation =
  | {
      readonly kind: "present";
      readonly type: "directory" | "file" | "symlink" | "other";
      readonly uid: number;
      readonly gid: number;
      /** Permission bits, 0 to 0o7777. */
      readonly mode: number;
      readonly device: number;
      readonly inode: number;
      /** For a directory: whether it holds nothing; for a file: whether its size is 0. */
      readonly empty: boolean;
      /** For a recursive look: entries below that differ from the wanted owner; at most the first 100 paths. */
      readonly wrongBelow?: {
        readonly count: number;
        readonly paths: readonly string[];
        readonly skipped: readonly string[];
      };
      /** The declared nested mountpoints that are missing. */
      readonly missingNested: readonly string[];
    }
  | {
      readonly kind: "missing";
      /** Nearest ancestor that exists. */
      readonly ancestor: string;
    }
  | {
      /** Not to be seen from here: permission, a dead mount, an untrusted symlink on the way, a remote engine. */
      readonly kind: "unreadable";
      /** `EACCES`, `ENOTCONN`, `ELOOP` (untrusted symlink), `EREMOTE`, … */
      readonly code: string;
      readonly message: string;
    };
