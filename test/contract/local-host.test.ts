import { chmod, chown, lchown, lstat, mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { localHost } from "@fleet/core";
import { realEngines } from "../support/engines.ts";
import { Operator } from "../support/operator.ts";
import { World } from "../support/world.ts";
import { type Entry, hostContract, type Owned } from "./host-contract.ts";

hostContract("the local host, as root", async () => {
  if (process.getuid?.() !== 0) throw new Error("the contract of the local host gives files away: run it as root");
  const root = await mkdtemp(join(tmpdir(), "fleet-host-"));
  await chmod(root, 0o755);
  const engine = realEngines()[0]?.host ?? "";
  const operator = new Operator(engine);
  const name = basename(root);
  const running = async () => {
    const { Id, State } = await new World(engine).container(name);
    return { id: Id, pid: State.Pid };
  };
  const own = async (path: string, mode: number, { uid = 0, gid = 0, mode: wanted = mode }: Partial<Owned>) => {
    await chown(path, uid, gid);
    await chmod(path, wanted);
  };
  return {
    host: localHost({ engine: null, uid: 0 }),
    root,
    directory: async (path, owned = {}) => {
      await mkdir(path, { recursive: true, mode: 0o755 });
      await own(path, 0o755, owned);
    },
    file: async (path, { size = 0, ...owned } = {}) => {
      await writeFile(path, "x".repeat(size));
      await own(path, 0o644, owned);
    },
    symlink: async (path, to, { uid, gid } = { uid: 0, gid: 0 }) => {
      await symlink(to, path);
      await lchown(path, uid, gid);
    },
    remove: (path) => rm(path, { recursive: true }),
    rename,
    run: async (mounts) => {
      const Mounts = mounts.map(({ source, target }) => ({ Type: "bind", Source: source, Target: target }));
      await operator.run(name, { HostConfig: { Mounts } });
      return running();
    },
    restart: async () => {
      await operator.stop(name);
      await operator.start(name);
      return running();
    },
    entry: async (path) => {
      const found = await lstat(path).catch(() => undefined);
      if (found === undefined) return undefined;
      const type: Entry["type"] = found.isDirectory() ? "directory" : found.isSymbolicLink() ? "symlink" : "file";
      return { type, uid: found.uid, gid: found.gid, mode: found.mode & 0o7777 };
    },
    close: async () => {
      await operator.clean(name);
      await rm(root, { recursive: true });
    },
  };
});
