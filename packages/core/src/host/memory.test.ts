import { expect, test } from "vitest";
import { FleetError } from "../errors.ts";
import { sourceSpec } from "../spec/builders.ts";
import type { Ownership } from "../spec/instance.ts";
import { memoryHost } from "./memory.ts";

const owner: Ownership = { uid: 1000, gid: 1000, repair: "auto", recursive: false };

test("C41: what cannot be looked at is unreadable, below it too, until it can", async () => {
  const host = memoryHost();
  host.addDirectory("/mnt/fuse/data");
  host.setUnreadable("/mnt/fuse", "ENOTCONN");
  expect(await host.look(sourceSpec({ path: "/mnt/fuse/data" }))).toEqual({
    kind: "unreadable",
    code: "ENOTCONN",
    message: "/mnt/fuse: ENOTCONN",
  });
  host.setUnreadable("/mnt/fuse", null);
  expect(await host.look(sourceSpec({ path: "/mnt/fuse/data" }))).toMatchObject({ kind: "present" });
});

test("C35: what may not be changed is Forbidden with the errno and the command, unless it is right already", async () => {
  const host = memoryHost();
  host.addDirectory("/nfs/data");
  host.setLocked("/nfs", "EPERM");
  const source = sourceSpec({ path: "/nfs/data" });
  const error: unknown = await host.mend(source, owner).catch((rejected: unknown) => rejected);
  expect(error).toEqual(
    new FleetError("Forbidden", "cannot mend /nfs/data: /nfs/data: EPERM", {
      hint: "sudo chown -h 1000:1000 '/nfs/data'",
    }),
  );
  expect(host.entries()["/nfs/data"]).toMatchObject({ uid: 0, gid: 0 });
  host.change("/nfs/data", { uid: 1000, gid: 1000 });
  expect(await host.mend(source, owner)).toEqual({ by: "direct", skipped: [] });
});

test("C33: a foreign or read-only filesystem below is skipped and reported", async () => {
  const host = memoryHost();
  host.addDirectory("/srv/data/other", { device: 9 });
  host.addFile("/srv/data/other/file");
  host.addDirectory("/srv/data/frozen");
  host.addFile("/srv/data/plain");
  host.setLocked("/srv/data/frozen", "EROFS");
  const ownership = { ...owner, recursive: true };
  const source = sourceSpec({ path: "/srv/data", ownership });
  expect(await host.look(source)).toMatchObject({
    wrongBelow: { count: 2, paths: ["/srv/data/frozen", "/srv/data/plain"], skipped: ["/srv/data/other"] },
  });
  expect(await host.mend(source, ownership)).toEqual({
    by: "direct",
    skipped: [
      { path: "/srv/data/other", why: "another filesystem is mounted there" },
      { path: "/srv/data/frozen", why: "read-only file system" },
    ],
  });
  const owners = Object.entries(host.entries()).map(([path, { uid }]) => [path, uid]);
  expect(Object.fromEntries(owners)).toEqual({
    "/": 0,
    "/srv": 0,
    "/srv/data": 1000,
    "/srv/data/other": 0,
    "/srv/data/other/file": 0,
    "/srv/data/frozen": 0,
    "/srv/data/plain": 1000,
  });
});

test("looking is not recorded, making and mending are", async () => {
  const host = memoryHost();
  const source = sourceSpec({ path: "/srv/a" });
  await host.look(source);
  await host.make(source);
  await host.mend(source, owner);
  expect(host.calls).toEqual([
    { verb: "make", path: "/srv/a" },
    { verb: "mend", path: "/srv/a" },
  ]);
});

test("an engine sees through symlinks", () => {
  const host = memoryHost();
  host.addDirectory("/data/real");
  host.addSymlink("/srv/link", "/data/real");
  host.addSymlink("/srv/dangling", "nowhere");
  host.addSymlink("/srv/loop", "loop");
  const found = ["/data/real", "/srv/link", "/srv/dangling", "/srv/loop", "/none"].map((path) => host.exists(path));
  expect(found).toEqual([true, true, false, false, false]);
});

test("C39: a container keeps what its sources led to when it was started", async () => {
  const host = memoryHost();
  host.addDirectory("/srv/old");
  host.addSymlink("/srv/link", "old");
  host.addFile("/srv/file");
  const container = { id: "c".repeat(64), pid: 7 };
  const mounts = [
    { kind: "bind", source: "/srv/link", target: "/dir", readOnly: false },
    { kind: "bind", source: "/srv/file", target: "/file", readOnly: false },
  ] as const;
  expect(await host.staleMounts(container, mounts)).toEqual({});
  host.mount(container.id, mounts);
  expect(await host.staleMounts(container, mounts)).toEqual({});
  host.remove("/srv/link");
  host.addDirectory("/srv/new");
  host.addSymlink("/srv/link", "new");
  host.remove("/srv/file");
  const dir = { mounted: { device: 1, inode: 4 }, removed: false, source: { device: 1, inode: 7 } };
  expect(await host.staleMounts(container, mounts)).toEqual({ "/dir": dir });
  host.addFile("/srv/file");
  const file = { mounted: { device: 1, inode: 6 }, removed: true, source: { device: 1, inode: 9 } };
  expect(await host.staleMounts(container, mounts)).toEqual({ "/dir": dir, "/file": file });
  host.mount(container.id, mounts);
  expect(await host.staleMounts(container, mounts)).toEqual({});
});
