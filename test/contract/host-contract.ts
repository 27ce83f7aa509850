import type { BindMount, Host, Inode, Ownership, RunningContainer, SourceSpec } from "@fleet/core";
import { sourceSpec } from "@fleet/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { codeOf } from "./engine-under-test.ts";

export interface Owned {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

export interface Entry extends Owned {
  readonly type: "directory" | "file" | "symlink";
}

/** A host that may change everything, and the hands of somebody who works on its disk past the port. */
export interface HostUnderTest {
  readonly host: Host;
  /** An empty directory of root's, 0755, that nobody else uses. */
  readonly root: string;
  directory(path: string, owned?: Partial<Owned>): Promise<void>;
  /** `size` in bytes, 0 by default. */
  file(path: string, owned?: Partial<Owned> & { readonly size?: number }): Promise<void>;
  symlink(path: string, to: string, owner?: Pick<Owned, "uid" | "gid">): Promise<void>;
  remove(path: string): Promise<void>;
  /** `mv`, over whatever is there. */
  rename(path: string, to: string): Promise<void>;
  /** A container that runs with these mounts, on an engine whose host this is. */
  run(mounts: readonly BindMount[]): Promise<RunningContainer>;
  /** Stops and starts it. */
  restart(container: RunningContainer): Promise<RunningContainer>;
  /** What is at the path itself; undefined when nothing is. */
  entry(path: string): Promise<Entry | undefined>;
  close(): Promise<void>;
}

const claude = { uid: 1000, gid: 1000 };
const owned = (more: Partial<Ownership> = {}): Ownership => ({ ...claude, repair: "auto", recursive: false, ...more });

/** What every implementation of the host port does: the memory host, and the local one as root. */
export function hostContract(name: string, open: () => Promise<HostUnderTest>): void {
  describe(name, () => {
    let disk: HostUnderTest;
    beforeEach(async () => {
      disk = await open();
    });
    afterEach(() => disk.close());

    const at = (path: string): string => `${disk.root}/${path}`;
    const source = (path: string, changes: Partial<SourceSpec> = {}): SourceSpec =>
      sourceSpec({ path: at(path), ...changes });
    const directory = (uid: number, gid: number, mode: number): Entry => ({ type: "directory", uid, gid, mode });
    const file = (uid: number, gid: number, mode: number): Entry => ({ type: "file", uid, gid, mode });

    describe("glance", () => {
      test("tells of another owner, mode, inode and mountpoint inside, and of nothing else", async () => {
        const glances: string[] = [];
        const glance = async (): Promise<void> =>
          void glances.push(await disk.host.glance(source("dir", { nested: ["in"] })));
        await glance();
        await disk.directory(at("dir"));
        await glance();
        await disk.directory(at("dir/in"));
        await glance();
        await disk.host.mend(source("dir"), owned());
        await glance();
        await disk.host.mend(source("dir"), owned({ mode: 0o700 }));
        await glance();
        await disk.directory(at("other"), { ...claude, mode: 0o700 });
        await disk.directory(at("other/in"));
        await disk.remove(at("dir"));
        await disk.rename(at("other"), at("dir"));
        await glance();
        expect(new Set(glances).size).toBe(glances.length);
        await disk.file(at("dir/file"));
        await glance();
        expect(glances.at(-1)).toBe(glances.at(-2));
      });
    });

    describe("look", () => {
      test("what is missing names the nearest ancestor that exists", async () => {
        await disk.directory(at("a"));
        expect(await disk.host.look(source("a/b/c"))).toEqual({ kind: "missing", ancestor: at("a") });
        expect(await disk.host.look(source("x"))).toEqual({ kind: "missing", ancestor: disk.root });
      });

      test("a directory shows owner, mode and whether it holds anything", async () => {
        await disk.directory(at("a"), { uid: 1000, gid: 1001, mode: 0o2750 });
        const found = {
          kind: "present",
          type: "directory",
          uid: 1000,
          gid: 1001,
          mode: 0o2750,
          device: expect.any(Number),
          inode: expect.any(Number),
          missingNested: [],
        };
        expect(await disk.host.look(source("a"))).toEqual({ ...found, empty: true });
        await disk.file(at("a/b"));
        expect(await disk.host.look(source("a"))).toEqual({ ...found, empty: false });
      });

      test("a file shows whether its size is 0", async () => {
        await disk.file(at("none"));
        await disk.file(at("some"), { size: 3, mode: 0o600 });
        expect(await disk.host.look(source("none"))).toMatchObject({ type: "file", mode: 0o644, empty: true });
        expect(await disk.host.look(source("some"))).toMatchObject({ type: "file", mode: 0o600, empty: false });
      });

      test("C15: a symlink at the end is the link itself, not what it points to", async () => {
        await disk.directory(at("real"), { uid: 1000, gid: 1000 });
        await disk.symlink(at("link"), at("real"));
        expect(await disk.host.look(source("link"))).toMatchObject({ type: "symlink", uid: 0, gid: 0, empty: false });
      });

      test("C39: a directory that was removed and made again is another inode", async () => {
        await disk.directory(at("a"));
        const before = await disk.host.look(source("a"));
        await disk.remove(at("a"));
        await disk.directory(at("b"));
        await disk.directory(at("a"));
        const after = await disk.host.look(source("a"));
        expect(after).toEqual({ ...before, inode: expect.any(Number) });
        expect(after).not.toEqual(before);
      });

      test("a path through a file is unreadable", async () => {
        await disk.file(at("a"));
        expect(await disk.host.look(source("a/b"))).toEqual({
          kind: "unreadable",
          code: "ENOTDIR",
          message: expect.stringContaining(at("a")),
        });
      });

      test("root's own link on the way is followed", async () => {
        await disk.directory(at("real/b"), { uid: 7 });
        await disk.symlink(at("link"), "real");
        expect(await disk.host.look(source("link/b"))).toMatchObject({ kind: "present", type: "directory", uid: 7 });
      });

      test("somebody else's link on the way is not: ELOOP", async () => {
        await disk.directory(at("real/b"));
        await disk.symlink(at("link"), "real", claude);
        expect(await disk.host.look(source("link/b"))).toEqual({
          kind: "unreadable",
          code: "ELOOP",
          message: expect.stringContaining(at("link")),
        });
      });

      test("a link of root's in a directory where others write is not followed either", async () => {
        await disk.directory(at("open"), { mode: 0o777 });
        await disk.directory(at("real/b"));
        await disk.symlink(at("open/link"), "../real");
        expect(await disk.host.look(source("open/link/b"))).toMatchObject({ kind: "unreadable", code: "ELOOP" });
      });

      test("a link on the way that points to nothing is unreadable, not missing", async () => {
        await disk.symlink(at("link"), "nowhere");
        expect(await disk.host.look(source("link/b"))).toMatchObject({ kind: "unreadable", code: "ENOENT" });
      });

      test("a recursive look lists what has another owner, links themselves included", async () => {
        await disk.directory(at("a"), claude);
        await disk.directory(at("a/right"), claude);
        await disk.file(at("a/right/wrong"), { ...claude, gid: 5 });
        await disk.symlink(at("a/link"), "right");
        const ownership = owned({ recursive: true });
        expect(await disk.host.look(source("a", { ownership }))).toMatchObject({
          wrongBelow: { count: 2, paths: [at("a/link"), at("a/right/wrong")], skipped: [] },
        });
      });

      test("C42: nested mountpoints that are missing are listed; a file in the way counts as there", async () => {
        await disk.directory(at("w/there"));
        await disk.file(at("w/file"));
        const nested = ["node_modules", "there", "there/deep", "file/in"];
        expect(await disk.host.look(source("w", { nested }))).toMatchObject({
          missingNested: ["node_modules", "there/deep"],
        });
      });
    });

    describe("stale mounts", () => {
      const bind = (path: string, target: string): BindMount => ({
        kind: "bind",
        source: at(path),
        target,
        readOnly: false,
      });
      const inode = async (path: string): Promise<Inode> => {
        const found = await disk.host.look(source(path));
        if (found.kind !== "present") throw new Error(`${path} is ${found.kind}`);
        return { device: found.device, inode: found.inode };
      };

      test("a container that has what its sources lead to has none, nor has a source that is gone", async () => {
        await disk.directory(at("dir"));
        await disk.file(at("file"));
        const mounts = [bind("dir", "/dir"), bind("file", "/etc/file")];
        const container = await disk.run(mounts);
        expect(await disk.host.staleMounts(container, mounts)).toEqual({});
        await disk.directory(at("dir/new"));
        await disk.remove(at("file"));
        expect(await disk.host.staleMounts(container, mounts)).toEqual({});
      });

      test("C39: a directory that was removed and made again, until the next start", async () => {
        await disk.directory(at("dir"));
        await disk.directory(at("kept"));
        const mounts = [bind("dir", "/dir"), bind("kept", "/kept")];
        const container = await disk.run(mounts);
        const mounted = await inode("dir");
        await disk.remove(at("dir"));
        await disk.directory(at("dir"));
        expect(await disk.host.staleMounts(container, mounts)).toEqual({
          "/dir": { mounted, removed: true, source: await inode("dir") },
        });
        expect(await disk.host.staleMounts(await disk.restart(container), mounts)).toEqual({});
      });

      test("C39: a file that another was renamed over, until the next start", async () => {
        await disk.file(at("file"));
        const mounts = [bind("file", "/etc/app/file")];
        const container = await disk.run(mounts);
        const mounted = await inode("file");
        await disk.file(at("draft"), { size: 3 });
        await disk.rename(at("draft"), at("file"));
        expect(await disk.host.staleMounts(container, mounts)).toEqual({
          "/etc/app/file": { mounted, removed: true, source: await inode("file") },
        });
        expect(await disk.host.staleMounts(await disk.restart(container), mounts)).toEqual({});
      });

      test("C39: one that was moved away still exists", async () => {
        await disk.directory(at("dir"));
        const mounts = [bind("dir", "/dir")];
        const container = await disk.run(mounts);
        await disk.rename(at("dir"), at("elsewhere"));
        await disk.directory(at("dir"));
        expect(await disk.host.staleMounts(container, mounts)).toEqual({
          "/dir": { mounted: await inode("elsewhere"), removed: false, source: await inode("dir") },
        });
      });

      test("C39: a source that is a symlink is what it leads to", async () => {
        await disk.directory(at("v1"));
        await disk.directory(at("v2"));
        await disk.symlink(at("current"), "v1");
        const mounts = [bind("current", "/dir")];
        const container = await disk.run(mounts);
        await disk.symlink(at("next"), "v1");
        await disk.rename(at("next"), at("current"));
        expect(await disk.host.staleMounts(container, mounts)).toEqual({});
        await disk.symlink(at("next"), "v2");
        await disk.rename(at("next"), at("current"));
        expect(await disk.host.staleMounts(container, mounts)).toEqual({
          "/dir": { mounted: await inode("v1"), removed: false, source: await inode("v2") },
        });
      });
    });

    describe("make", () => {
      test("C30: every component that is made gets the owner; those that exist are untouched", async () => {
        await disk.directory(at("etc"), { uid: 5, gid: 6, mode: 0o711 });
        const made = source("etc/env/dev/projects", { ownership: owned({ mode: 0o700 }) });
        expect(await disk.host.make(made)).toEqual({ by: "direct", skipped: [] });
        expect(await disk.entry(at("etc"))).toEqual(directory(5, 6, 0o711));
        expect(await disk.entry(at("etc/env"))).toEqual(directory(1000, 1000, 0o755));
        expect(await disk.entry(at("etc/env/dev"))).toEqual(directory(1000, 1000, 0o755));
        expect(await disk.entry(at("etc/env/dev/projects"))).toEqual(directory(1000, 1000, 0o700));
      });

      test("without a declared mode a directory is 0755 and a file 0644", async () => {
        await disk.host.make(source("a", { ownership: owned() }));
        await disk.host.make(source("b/c", { type: "file", ownership: owned() }));
        expect(await disk.entry(at("a"))).toEqual(directory(1000, 1000, 0o755));
        expect(await disk.entry(at("b"))).toEqual(directory(1000, 1000, 0o755));
        expect(await disk.entry(at("b/c"))).toEqual(file(1000, 1000, 0o644));
      });

      test("without a declared owner it is root's", async () => {
        await disk.host.make(source("a/b"));
        expect(await disk.entry(at("a"))).toEqual(directory(0, 0, 0o755));
        expect(await disk.entry(at("a/b"))).toEqual(directory(0, 0, 0o755));
      });

      test("what exists with the right type stays as it is, whoever owns it", async () => {
        await disk.directory(at("a"), { uid: 5, gid: 5, mode: 0o700 });
        await disk.file(at("a/kept"), { size: 1 });
        await disk.host.make(source("a", { ownership: owned() }));
        expect(await disk.entry(at("a"))).toEqual(directory(5, 5, 0o700));
        expect(await disk.entry(at("a/kept"))).toEqual(file(0, 0, 0o644));
      });

      test("something empty of the wrong type is replaced", async () => {
        await disk.file(at("a"));
        await disk.directory(at("b"));
        await disk.host.make(source("a", { ownership: owned() }));
        await disk.host.make(source("b", { type: "file", ownership: owned() }));
        expect(await disk.entry(at("a"))).toEqual(directory(1000, 1000, 0o755));
        expect(await disk.entry(at("b"))).toEqual(file(1000, 1000, 0o644));
      });

      test("something of the wrong type that holds data is a Conflict and stays", async () => {
        await disk.file(at("a"), { size: 1 });
        await disk.directory(at("b"));
        await disk.file(at("b/c"));
        expect(await codeOf(disk.host.make(source("a")))).toBe("Conflict");
        expect(await codeOf(disk.host.make(source("b", { type: "file" })))).toBe("Conflict");
        expect(await disk.entry(at("a"))).toEqual(file(0, 0, 0o644));
        expect(await disk.entry(at("b/c"))).toEqual(file(0, 0, 0o644));
      });

      test("a symlink in its place is a Conflict, even a dangling one, and nothing is made where it points", async () => {
        await disk.symlink(at("link"), at("target"));
        expect(await codeOf(disk.host.make(source("link", { ownership: owned() })))).toBe("Conflict");
        expect(await disk.entry(at("target"))).toBeUndefined();
        expect((await disk.entry(at("link")))?.type).toBe("symlink");
      });

      test("a file or somebody else's link on the way is a Conflict, and nothing is made", async () => {
        await disk.file(at("file"), { size: 1 });
        await disk.directory(at("real"));
        await disk.symlink(at("link"), "real", claude);
        expect(await codeOf(disk.host.make(source("file/a")))).toBe("Conflict");
        expect(await codeOf(disk.host.make(source("link/a")))).toBe("Conflict");
        expect(await disk.entry(at("real/a"))).toBeUndefined();
      });

      test("C42: nested mountpoints are made with the same owner, in a source that exists as well", async () => {
        await disk.directory(at("w"), { uid: 5, gid: 5 });
        await disk.host.make(source("w", { ownership: owned({ mode: 0o700 }), nested: ["node_modules", "a/b"] }));
        expect(await disk.entry(at("w"))).toEqual(directory(5, 5, 0o755));
        for (const path of ["w/node_modules", "w/a", "w/a/b"]) {
          expect(await disk.entry(at(path))).toEqual(directory(1000, 1000, 0o755));
        }
      });

      test("making again changes nothing", async () => {
        const made = source("a/b", { ownership: owned({ mode: 0o750 }), nested: ["c"] });
        await disk.host.make(made);
        const before = await disk.host.look(made);
        await disk.host.make(made);
        expect(await disk.host.look(made)).toEqual(before);
      });

      test("a signal that has aborted makes nothing", async () => {
        const call = disk.host.make(source("a/b"), { signal: AbortSignal.abort() });
        expect(await codeOf(call)).toBe("Cancelled");
        expect(await disk.entry(at("a"))).toBeUndefined();
      });
    });

    describe("mend", () => {
      test("owner, group and mode are set on the source, and on nothing below it", async () => {
        await disk.directory(at("a/b"));
        const result = await disk.host.mend(source("a"), owned({ mode: 0o2770 }));
        expect(result).toEqual({ by: "direct", skipped: [] });
        expect(await disk.entry(at("a"))).toEqual(directory(1000, 1000, 0o2770));
        expect(await disk.entry(at("a/b"))).toEqual(directory(0, 0, 0o755));
      });

      test("a mode that is not declared stays", async () => {
        await disk.file(at("a"), { mode: 0o640, size: 9 });
        await disk.host.mend(source("a", { type: "file" }), owned());
        expect(await disk.entry(at("a"))).toEqual(file(1000, 1000, 0o640));
      });

      test("what is right already stays the same", async () => {
        await disk.directory(at("a"), { ...claude, mode: 0o700 });
        const before = await disk.host.look(source("a"));
        await disk.host.mend(source("a"), owned({ mode: 0o700 }));
        expect(await disk.host.look(source("a"))).toEqual(before);
      });

      test("recursive gives all below to the owner and leaves every mode", async () => {
        await disk.directory(at("a/b"), { mode: 0o711 });
        await disk.file(at("a/b/c"), { uid: 5, gid: 1000, mode: 0o600 });
        await disk.host.mend(source("a"), owned({ mode: 0o750, recursive: true }));
        expect(await disk.entry(at("a"))).toEqual(directory(1000, 1000, 0o750));
        expect(await disk.entry(at("a/b"))).toEqual(directory(1000, 1000, 0o711));
        expect(await disk.entry(at("a/b/c"))).toEqual(file(1000, 1000, 0o600));
      });

      test("recursive changes a symlink, and never what it points to", async () => {
        await disk.directory(at("outside/kept"));
        await disk.directory(at("a"));
        await disk.symlink(at("a/link"), at("outside"));
        await disk.host.mend(source("a"), owned({ recursive: true }));
        expect(await disk.entry(at("a/link"))).toMatchObject({ type: "symlink", uid: 1000, gid: 1000 });
        expect(await disk.entry(at("outside"))).toEqual(directory(0, 0, 0o755));
        expect(await disk.entry(at("outside/kept"))).toEqual(directory(0, 0, 0o755));
      });

      test("after a recursive mend nothing below is wrong", async () => {
        await disk.directory(at("a/b/c"));
        await disk.file(at("a/b/d"));
        const ownership = owned({ recursive: true });
        await disk.host.mend(source("a", { ownership }), ownership);
        expect(await disk.host.look(source("a", { ownership }))).toMatchObject({
          wrongBelow: { count: 0, paths: [], skipped: [] },
        });
      });

      test("what is missing is NotFound, and is not made", async () => {
        expect(await codeOf(disk.host.mend(source("a"), owned()))).toBe("NotFound");
        expect(await disk.entry(at("a"))).toBeUndefined();
      });

      test("a symlink or another type in its place is a Conflict, and nothing changes", async () => {
        await disk.directory(at("real"));
        await disk.symlink(at("link"), "real");
        await disk.file(at("file"));
        expect(await codeOf(disk.host.mend(source("link"), owned()))).toBe("Conflict");
        expect(await codeOf(disk.host.mend(source("file"), owned()))).toBe("Conflict");
        expect(await disk.entry(at("real"))).toEqual(directory(0, 0, 0o755));
        expect(await disk.entry(at("file"))).toEqual(file(0, 0, 0o644));
      });

      test("somebody else's link on the way is a Conflict, and nothing changes", async () => {
        await disk.directory(at("real/a"));
        await disk.symlink(at("link"), "real", claude);
        expect(await codeOf(disk.host.mend(source("link/a"), owned()))).toBe("Conflict");
        expect(await disk.entry(at("real/a"))).toEqual(directory(0, 0, 0o755));
      });
    });
  });
}
