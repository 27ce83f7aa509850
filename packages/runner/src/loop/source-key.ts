import type { SourceObservation } from "@fleet/core";

/** Two looks at a source that give the same key found the same there. */
export function sourceKey(source: SourceObservation): string {
  switch (source.kind) {
    case "present": {
      const { type, uid, gid, mode, device, inode, missingNested } = source;
      return [type, uid, gid, mode, device, inode, ...missingNested].join(" ");
    }
    case "missing":
      return "missing";
    case "unreadable":
      return source.code;
  }
}
