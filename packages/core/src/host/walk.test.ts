import { chmodSync, lchownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { walk } from "./walk.ts";

/** A directory of root's that only root can write in, below the system's own temporary one. */
function scratch(): string {
  const path = mkdtempSync(join(tmpdir(), "fleet-walk-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  chmodSync(path, 0o755);
  return path;
}

const reached = (path: string) =>
  walk(path, async ({ last, lastPath, missing }) => ({
    at: lastPath,
    inode: last.stats.ino,
    type: last.stats.isDirectory() ? "directory" : last.stats.isSymbolicLink() ? "symlink" : "file",
    missing,
  }));

test("says how far it got, and what is missing from there", async () => {
  const root = scratch();
  mkdirSync(join(root, "a"));
  expect(await reached(join(root, "a"))).toMatchObject({ at: join(root, "a"), type: "directory", missing: [] });
  expect(await reached(join(root, "a/b/c"))).toMatchObject({ at: join(root, "a"), missing: ["b", "c"] });
  expect(await reached("/")).toMatchObject({ at: "/", type: "directory", missing: [] });
});

test("a file on the way is named", async () => {
  const root = scratch();
  writeFileSync(join(root, "f"), "");
  await expect(reached(join(root, "f/x"))).rejects.toMatchObject({
    code: "ENOTDIR",
    message: `${join(root, "f")} is not a directory`,
  });
});

test("a symlink at the end is what is found, wherever it points", async () => {
  const root = scratch();
  symlinkSync("/etc", join(root, "l"));
  expect(await reached(join(root, "l"))).toMatchObject({ at: join(root, "l"), type: "symlink", missing: [] });
});

describe.skipIf(process.geteuid?.() !== 0)("symlinks on the way (as root)", () => {
  test("root's own are followed, absolute and relative ones, up and down", async () => {
    const root = scratch();
    mkdirSync(join(root, "real/deep"), { recursive: true });
    mkdirSync(join(root, "side"));
    symlinkSync(join(root, "real"), join(root, "absolute"));
    symlinkSync("../real/./deep", join(root, "side/relative"));
    const there = await reached(join(root, "real/deep"));
    expect(await reached(join(root, "absolute/deep"))).toEqual({ ...there, at: join(root, "absolute/deep") });
    expect(await reached(join(root, "side/relative/x"))).toEqual({
      ...there,
      at: join(root, "side/relative"),
      missing: ["x"],
    });
  });

  test("somebody else's is not", async () => {
    const root = scratch();
    symlinkSync("/etc", join(root, "l"));
    lchownSync(join(root, "l"), 1000, 1000);
    await expect(reached(join(root, "l/ssl"))).rejects.toMatchObject({
      code: "ELOOP",
      message: `${join(root, "l")} is a symlink of uid 1000: only root's own links are followed`,
    });
  });

  test("root's in a directory where others can rename it is not", async () => {
    const root = scratch();
    symlinkSync("/etc", join(root, "l"));
    for (const [uid, mode] of [
      [1000, 0o755],
      [0, 0o777],
      [0, 0o775],
    ] as const) {
      lchownSync(root, uid, 0);
      chmodSync(root, mode);
      await expect(reached(join(root, "l/ssl"))).rejects.toMatchObject({ code: "ELOOP" });
    }
    chmodSync(root, 0o1777);
    expect(await reached(join(root, "l/ssl"))).toMatchObject({ at: join(root, "l/ssl"), missing: [] });
  });

  test("one that points to nothing, or in a circle, is named", async () => {
    const root = scratch();
    symlinkSync("nowhere/at/all", join(root, "dangling"));
    symlinkSync("circle", join(root, "circle"));
    await expect(reached(join(root, "dangling/x"))).rejects.toMatchObject({
      code: "ENOENT",
      message: `${join(root, "dangling")} is a symlink that points to nothing`,
    });
    await expect(reached(join(root, "circle/x"))).rejects.toMatchObject({ code: "ELOOP" });
  });
});
