import { memoryHost } from "@fleet/core/testing";
import { type Entry, hostContract } from "./host-contract.ts";

hostContract("the memory host", async () => {
  const host = memoryHost();
  host.addDirectory("/srv");
  return {
    host,
    root: "/srv",
    directory: async (path, owned) => host.addDirectory(path, owned),
    file: async (path, fields) => host.addFile(path, fields),
    symlink: async (path, to, owner) => host.addSymlink(path, to, owner),
    remove: async (path) => host.remove(path),
    entry: async (path) => {
      const found = host.entries()[path];
      if (found === undefined) return undefined;
      const { type, uid, gid, mode } = found;
      return { type, uid, gid, mode } as Entry;
    },
    close: async () => {},
  };
});
