import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Ownership, SourceSpec } from "../spec/instance.ts";
import { localHost, localHostReader } from "./local.ts";
import { remoteHostReader } from "./remote.ts";

const isRoot = process.geteuid?.() === 0;
const host = localHost({ engine: null, uid: process.geteuid?.() ?? 0 });
const ownership: Ownership = { uid: 4711, gid: 4712, mode: 0o750, repair: "auto", recursive: false };
const { mode: _, ...ownerOnly } = ownership;

function scratch(): string {
  const path = mkdtempSync(join(tmpdir(), "fleet-local-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  chmodSync(path, 0o755);
  return path;
}

function owned(path: string, over: Partial<SourceSpec> = {}): SourceSpec {
  return { path, type: "directory", target: "/work", nested: [], ownership, ...over };
}

function plain(path: string, over: Partial<SourceSpec> = {}): SourceSpec {
  return { path, type: "directory", target: "/work", nested: [], ...over };
}

/** `4711:4712 0750` */
function owner(path: string): string {
  const { uid, gid, mode } = lstatSync(path);
  return `${uid}:${gid} ${(mode & 0o7777).toString(8).padStart(4, "0")}`;
}

describe("look", () => {
  test("says all of what is there", async () => {
    const root = scratch();
    chmodSync(root, 0o2750);
    const { uid, gid, dev, ino } = lstatSync(root);
    const seen = { kind: "present", type: "directory", uid, gid, mode: 0o2750, device: dev, inode: ino };
    expect(await localHostReader().look(plain(root, { nested: ["a/b", "c"] }))).toEqual({
      ...seen,
      empty: true,
      missingNested: ["a/b", "c"],
    });
    mkdirSync(join(root, "a/b"), { recursive: true });
    writeFileSync(join(root, "c"), "");
    expect(await host.look(plain(root, { nested: ["a/b", "c", "c/d"] }))).toEqual({
      ...seen,
      empty: false,
      missingNested: [],
    });
  });

  test("tells files, links and the rest apart, and never looks through a link", async () => {
    const root = scratch();
    writeFileSync(join(root, "empty"), "");
    writeFileSync(join(root, "full"), "x");
    symlinkSync("/", join(root, "link"));
    expect(await host.look(plain(join(root, "empty")))).toMatchObject({ type: "file", empty: true });
    expect(await host.look(plain(join(root, "full")))).toMatchObject({ type: "file", empty: false });
    expect(await host.look(plain(join(root, "link")))).toMatchObject({ type: "symlink", empty: false });
    expect(await host.look(plain("/dev/null"))).toMatchObject({ type: "other" });
  });

  test("names the nearest ancestor of what is missing", async () => {
    const root = scratch();
    mkdirSync(join(root, "a"));
    expect(await host.look(plain(join(root, "a/b/c")))).toEqual({ kind: "missing", ancestor: join(root, "a") });
  });

  test("a name with every odd byte", async () => {
    const root = join(scratch(), "it's \n\\ $(x) %s*?[é]");
    mkdirSync(root);
    expect(await host.look(plain(root))).toMatchObject({ kind: "present" });
  });

  test.runIf(isRoot)("a link on the way that a container's user made is unreadable", async () => {
    const root = scratch();
    symlinkSync("/etc", join(root, "agent"));
    lchownSync(join(root, "agent"), 1000, 1000);
    expect(await host.look(owned(join(root, "agent/ssl")))).toEqual({
      kind: "unreadable",
      code: "ELOOP",
      message: `${join(root, "agent")} is a symlink of uid 1000: only root's own links are followed`,
    });
  });

  test("what has an impossible name is unreadable", async () => {
    expect(await host.look(plain(`/${"x".repeat(300)}`))).toEqual({
      kind: "unreadable",
      code: "ENAMETOOLONG",
      message: `/${"x".repeat(300)}: ENAMETOOLONG, the name is too long`,
    });
  });
});

describe("a dead mount", () => {
  /** A FUSE mount whose program has ended; null where the system has no FUSE or this process may not mount. */
  function deadMount(): string | null {
    const path = scratch();
    const script = 'exec 3<>/dev/fuse && mount -i -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0 fleet-test "$1"';
    if (spawnSync("bash", ["-c", script, "bash", path]).status !== 0) return null;
    onTestFinished(() => {
      spawnSync("umount", ["-l", path]);
    });
    return path;
  }

  test.runIf(isRoot)("C41: is unreadable, and so is all below it", async ({ skip }) => {
    const path = deadMount();
    if (path === null) return skip("there is no FUSE here");
    const dead = {
      kind: "unreadable",
      code: "ENOTCONN",
      message: `${path}: ENOTCONN, a dead mount (the program behind it is gone)`,
    };
    expect(await host.look(plain(path))).toEqual(dead);
    expect(await host.look(plain(join(path, "a/b")))).toMatchObject({ kind: "unreadable", code: "ENOTCONN" });
    await expect(host.make(owned(path))).rejects.toMatchObject({ code: "Unreachable" });
    await expect(host.mend(owned(path), ownership)).rejects.toMatchObject({ code: "Unreachable" });
  });
});

describe("stale mounts", () => {
  const bind = { source: import.meta.dirname, target: "/tmp" };
  const none = "f".repeat(64);

  test("C39: a process that is no container's says nothing, nor one that is not there", async () => {
    expect(await host.staleMounts({ id: none, pid: process.pid }, [bind])).toEqual({});
    expect(await host.staleMounts({ id: none, pid: 2 ** 30 }, [bind])).toEqual({});
  });

  test("another machine's containers are not known", async () => {
    expect(await remoteHostReader("tcp://elsewhere").staleMounts({ id: none, pid: 1 }, [bind])).toEqual({});
  });
});

describe("make", () => {
  test("without an owner: directories of this process, whatever its umask", async () => {
    const path = join(scratch(), "a/b");
    const before = process.umask(0o077);
    onTestFinished(() => {
      process.umask(before);
    });
    const me = `${process.geteuid?.()}:${process.getegid?.()}`;
    expect(await host.make(plain(path, { nested: ["n/m"] }))).toEqual({ by: "direct", skipped: [] });
    expect(["..", ".", "n", "n/m"].map((below) => owner(join(path, below)))).toEqual(Array(4).fill(`${me} 0755`));
  });

  test("what is there already stays as it is", async () => {
    const root = scratch();
    chmodSync(root, 0o700);
    await host.make(plain(root));
    expect(owner(root)).toMatch(/0700$/);
  });

  test("what holds data is not replaced", async () => {
    const root = scratch();
    writeFileSync(join(root, "full"), "x");
    mkdirSync(join(root, "dir/inner"), { recursive: true });
    symlinkSync("/etc", join(root, "link"));
    const refused = (path: string, type: "directory" | "file") => ({
      code: "Conflict",
      message: `cannot make ${join(root, path)}: ${join(root, path)} exists and is not a ${type}`,
    });
    await expect(host.make(plain(join(root, "full")))).rejects.toMatchObject(refused("full", "directory"));
    await expect(host.make(plain(join(root, "dir"), { type: "file" }))).rejects.toMatchObject(refused("dir", "file"));
    await expect(host.make(plain(join(root, "link")))).rejects.toMatchObject(refused("link", "directory"));
    expect(readdirSync(root).sort()).toEqual(["dir", "full", "link"]);
  });

  test("a path that leads out of the source is refused", async () => {
    const root = scratch();
    await expect(host.make(plain(join(root, "a"), { nested: ["../../x"] }))).rejects.toMatchObject({ code: "Invalid" });
    expect(existsSync(join(root, "x"))).toBe(false);
  });

  test("a signal that has aborted leaves everything alone", async () => {
    const root = scratch();
    const signal = AbortSignal.abort();
    await expect(host.make(plain(join(root, "a")), { signal })).rejects.toMatchObject({ code: "Cancelled" });
    await expect(host.mend(owned(root), ownership, { signal })).rejects.toMatchObject({ code: "Cancelled" });
    expect(readdirSync(root)).toEqual([]);
  });

  describe.runIf(isRoot)("with an owner (as root)", () => {
    test("sources that lack the same ancestor are made side by side, and it gets the owner", async () => {
      const root = scratch();
      const paths = ["a", "b", "c", "d"].map((name) => join(root, "shared", name, "deep"));
      await Promise.all(paths.map((path) => host.make(owned(path, { ownership: ownerOnly }))));
      expect(["shared", "shared/a", "shared/d/deep"].map((path) => owner(join(root, path)))).toEqual([
        "4711:4712 0755",
        "4711:4712 0755",
        "4711:4712 0755",
      ]);
    });

    test("C30: each directory that is made gets the owner, and none that was there", async () => {
      const root = scratch();
      mkdirSync(join(root, "agent-env"), { mode: 0o711 });
      const path = join(root, "agent-env/dev/projects");
      expect(await host.make(owned(path))).toEqual({ by: "direct", skipped: [] });
      expect(owner(join(root, "agent-env"))).toBe("0:0 0711");
      expect(owner(join(root, "agent-env/dev"))).toBe("4711:4712 0755");
      expect(owner(path)).toBe("4711:4712 0750");
    });

    test("an absent mode is 0755 for a directory and 0644 for a file", async () => {
      const root = scratch();
      await host.make(owned(join(root, "d"), { ownership: ownerOnly }));
      await host.make(owned(join(root, "e/f"), { type: "file", ownership: ownerOnly }));
      expect([owner(join(root, "d")), owner(join(root, "e")), owner(join(root, "e/f"))]).toEqual([
        "4711:4712 0755",
        "4711:4712 0755",
        "4711:4712 0644",
      ]);
    });

    test("a setgid parent and a setgid mode", async () => {
      const root = scratch();
      chownSync(root, 0, 99);
      chmodSync(root, 0o2755);
      await host.make(owned(join(root, "a")));
      await host.make(owned(join(root, "b"), { ownership: { ...ownership, mode: 0o2775 } }));
      expect([owner(join(root, "a")), owner(join(root, "b"))]).toEqual(["4711:4712 0750", "4711:4712 2775"]);
    });

    test("C42: a nested mountpoint gets the declared owner; a link in its place is left to the engine", async () => {
      const root = scratch();
      symlinkSync("/etc", join(root, "link"));
      await host.make(owned(root, { nested: ["w/node_modules", "link/fleet-test"] }));
      expect([owner(join(root, "w")), owner(join(root, "w/node_modules"))]).toEqual([
        "4711:4712 0755",
        "4711:4712 0755",
      ]);
      expect(existsSync("/etc/fleet-test")).toBe(false);
    });

    test("something empty of the wrong type is replaced", async () => {
      const root = scratch();
      mkdirSync(join(root, "f"));
      writeFileSync(join(root, "d"), "");
      await host.make(owned(join(root, "f"), { type: "file" }));
      await host.make(owned(join(root, "d")));
      expect([await host.look(owned(join(root, "f"))), await host.look(owned(join(root, "d")))]).toMatchObject([
        { type: "file", uid: 4711, mode: 0o750 },
        { type: "directory", uid: 4711, mode: 0o750 },
      ]);
    });
  });
});

describe("mend", () => {
  test("what is not there, or is something else, is not mended", async () => {
    const root = scratch();
    writeFileSync(join(root, "f"), "");
    symlinkSync("/etc", join(root, "link"));
    await expect(host.mend(owned(join(root, "no")), ownership)).rejects.toMatchObject({ code: "NotFound" });
    await expect(host.mend(owned(join(root, "f")), ownership)).rejects.toMatchObject({ code: "Conflict" });
    await expect(host.mend(owned(join(root, "link")), ownership)).rejects.toMatchObject({ code: "Conflict" });
    expect(lstatSync("/etc").uid).toBe(0);
  });

  test.runIf(isRoot)("owner and mode, of itself alone", async () => {
    const root = scratch();
    mkdirSync(join(root, "p/inner"), { recursive: true });
    expect(await host.mend(owned(join(root, "p")), ownership)).toEqual({ by: "direct", skipped: [] });
    expect([owner(root), owner(join(root, "p")), owner(join(root, "p/inner"))]).toEqual([
      "0:0 0755",
      "4711:4712 0750",
      "0:0 0755",
    ]);
  });

  test.runIf(isRoot)("C35: what is right already is not touched", async () => {
    const root = scratch();
    writeFileSync(join(root, "f"), "");
    await host.mend(owned(root), { ...ownership, recursive: true });
    const before = [root, join(root, "f")].map((path) => lstatSync(path, { bigint: true }).ctimeNs);
    await host.mend(owned(root), { ...ownership, recursive: true });
    expect([root, join(root, "f")].map((path) => lstatSync(path, { bigint: true }).ctimeNs)).toEqual(before);
  });

  test.runIf(isRoot)("a directory keeps the mode it had where none is declared", async () => {
    const root = scratch();
    chmodSync(root, 0o2711);
    await host.mend(owned(root), ownerOnly);
    expect(owner(root)).toBe("4711:4712 2711");
  });

  test.runIf(isRoot)("a program that its new owner did not make does not run as them", async () => {
    const root = scratch();
    for (const name of ["itself", "below"]) {
      writeFileSync(join(root, name), "#!/bin/sh\n");
      chownSync(join(root, name), 1000, 1000);
      chmodSync(join(root, name), 0o6755);
    }
    await host.mend(owned(join(root, "itself"), { type: "file" }), ownerOnly);
    await host.mend(owned(root), { ...ownerOnly, recursive: true });
    expect([owner(join(root, "itself")), owner(join(root, "below"))]).toEqual(["4711:4712 0755", "4711:4712 0755"]);
  });
});
