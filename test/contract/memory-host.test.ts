import { containerConfig, memoryEngine, memoryHost } from "@fleet/core/testing";
import { type Entry, hostContract } from "./host-contract.ts";

hostContract("the memory host", async () => {
  const host = memoryHost();
  host.addDirectory("/srv");
  const engine = memoryEngine({ host, anyImage: true });
  const running = async (id: string) => ({ id, pid: (await engine.inspectContainer(id)).state.pid });
  return {
    host,
    root: "/srv",
    directory: async (path, owned) => host.addDirectory(path, owned),
    file: async (path, fields) => host.addFile(path, fields),
    symlink: async (path, to, owner) => host.addSymlink(path, to, owner),
    remove: async (path) => host.remove(path),
    rename: async (path, to) => host.rename(path, to),
    run: async (mounts) => running(engine.addContainer("one", containerConfig({ mounts }))),
    restart: async ({ id }) => {
      await engine.stopContainer(id);
      await engine.startContainer(id);
      return running(id);
    },
    entry: async (path) => {
      const found = host.entries()[path];
      if (found === undefined) return undefined;
      const { type, uid, gid, mode } = found;
      return { type, uid, gid, mode } as Entry;
    },
    close: () => engine.close(),
  };
});
