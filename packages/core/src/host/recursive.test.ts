import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
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
import fc from "fast-check";
import { describe, expect, onTestFinished, type TestContext, test } from "vitest";
import type { Ownership, SourceSpec } from "../spec/instance.ts";
import { localHost } from "./local.ts";

const host = localHost({ engine: null, uid: 0 });
const ownership: Ownership = { uid: 4711, gid: 4712, repair: "auto", recursive: true };
const everything = (path: string): SourceSpec => ({ path, type: "directory", target: "/t", nested: [], ownership });

function scratch(): string {
  const path = mkdtempSync(join(tmpdir(), "fleet-recursive-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function mount(context: TestContext, ...words: readonly string[]): void {
  try {
    execFileSync("mount", words, { stdio: "pipe" });
  } catch (error) {
    context.skip(`this machine does not permit a mount: ${String(error)}`);
  }
  onTestFinished(() => {
    execFileSync("umount", ["-l", words.at(-1) ?? ""]);
  });
}

/** Every entry with owner, mode and kind, links as links: by path. */
function snapshot(root: string): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (path: string) => {
    const { uid, gid, mode } = lstatSync(path);
    found[path] = `${uid}:${gid} ${mode.toString(8)}`;
    if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) visit(join(path, name));
  };
  visit(root);
  return found;
}

describe.runIf(process.geteuid?.() === 0)("recursive ownership (as root)", { timeout: 60_000 }, () => {
  test("look counts what differs and lists it in order; mend sets owners and leaves modes", async () => {
    const root = scratch();
    mkdirSync(join(root, "b/c"), { recursive: true, mode: 0o700 });
    writeFileSync(join(root, "a"), "", { mode: 0o640 });
    expect(await host.look(everything(root))).toMatchObject({
      uid: 0,
      wrongBelow: { count: 3, paths: [join(root, "a"), join(root, "b"), join(root, "b/c")], skipped: [] },
    });
    expect(await host.mend(everything(root), ownership)).toEqual({ by: "direct", skipped: [] });
    expect(await host.look(everything(root))).toMatchObject({
      uid: 4711,
      gid: 4712,
      wrongBelow: { count: 0, paths: [], skipped: [] },
    });
    expect(Object.values(snapshot(root))).toEqual(
      ["40700", "100640", "40700", "40700"].map((mode) => `4711:4712 ${mode}`),
    );
  });

  test("C36: without recursive nothing below is even looked at", async () => {
    const root = scratch();
    writeFileSync(join(root, "a"), "");
    const topOnly = { ...ownership, recursive: false };
    expect(await host.look({ ...everything(root), ownership: topOnly })).not.toHaveProperty("wrongBelow");
    await host.mend(everything(root), topOnly);
    expect([lstatSync(root).uid, lstatSync(join(root, "a")).uid]).toEqual([4711, 0]);
  });

  test("C36: a walk that is stopped says so, and the next one does the rest", async () => {
    const root = scratch();
    for (let index = 0; index < 2000; index++) writeFileSync(join(root, `f${index}`), "");
    const stop = new AbortController();
    const walking = host.mend(everything(root), ownership, { signal: stop.signal });
    setTimeout(() => stop.abort(), 5);
    await expect(walking).rejects.toMatchObject({ code: "Cancelled" });
    // Itself last: as long as anything below is wrong, so is the directory.
    expect(lstatSync(root).uid).toBe(0);
    await host.mend(everything(root), ownership);
    expect(await host.look(everything(root))).toMatchObject({ uid: 4711, wrongBelow: { count: 0 } });
  });

  test("C33: another filesystem below is skipped and reported, read-only or not, and the plan is empty after", async (context) => {
    const root = scratch();
    for (const name of ["rw", "ro", "same", "ours"]) mkdirSync(join(root, name));
    const elsewhere = scratch();
    writeFileSync(join(elsewhere, "f"), "");
    mount(context, "-t", "tmpfs", "-o", "size=64k", "fleet-test", join(root, "rw"));
    mount(context, "-t", "tmpfs", "-o", "size=64k,ro", "fleet-test", join(root, "ro"));
    // A bind mount of the same filesystem: its device number is the same.
    mount(context, "--bind", elsewhere, join(root, "same"));
    writeFileSync(join(root, "rw/f"), "");

    const skipped = ["ro", "rw", "same"].map((name) => join(root, name));
    const mended = await host.mend(everything(root), ownership);
    expect([...mended.skipped].sort((a, b) => (a.path < b.path ? -1 : 1))).toEqual(
      skipped.map((path) => ({ path, why: "another filesystem is mounted there" })),
    );
    expect(await host.look(everything(root))).toMatchObject({
      uid: 4711,
      wrongBelow: { count: 0, paths: [], skipped },
    });
    expect(["rw", "rw/f", "ro", "same", "same/f"].map((name) => lstatSync(join(root, name)).uid)).toEqual([
      0, 0, 0, 0, 0,
    ]);
    expect(lstatSync(join(root, "ours")).uid).toBe(4711);
  });

  test("C33: the source itself on a read-only filesystem is refused by name", async (context) => {
    const root = scratch();
    mount(context, "-t", "tmpfs", "-o", "size=64k,ro", "fleet-test", root);
    await expect(host.mend(everything(root), ownership)).rejects.toMatchObject({
      code: "Forbidden",
      retry: false,
      message: `cannot mend ${root}: ${root}: EROFS, the filesystem is read-only`,
      hint: `sudo find '${root}' -xdev -exec chown -h 4711:4712 {} +`,
    });
  });

  test("C34: entries that come and go during the walk are tolerated", async () => {
    const root = scratch();
    for (let index = 0; index < 200; index++) mkdirSync(join(root, `d${index}`));
    const churn = spawn(process.execPath, [
      "-e",
      `const { mkdirSync, rmSync, writeFileSync } = require("node:fs");
       for (let n = 0; ; n++) {
         const path = ${JSON.stringify(root)} + "/d" + (n % 200) + "/x";
         mkdirSync(path); writeFileSync(path + "/f", ""); rmSync(path, { recursive: true });
       }`,
    ]);
    const ended = new Promise((resolve) => churn.once("close", resolve));
    try {
      for (let round = 0; round < 4; round++) {
        await host.mend(everything(root), { ...ownership, uid: 4711 + round });
        expect(await host.look(everything(root))).toMatchObject({ kind: "present" });
      }
    } finally {
      churn.kill("SIGKILL");
      await ended;
    }
    await host.mend(everything(root), ownership);
    expect(await host.look(everything(root))).toMatchObject({ wrongBelow: { count: 0 } });
  });

  test("names that are no text are mended too", async () => {
    const root = scratch();
    const name = Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe])]);
    mkdirSync(name);
    writeFileSync(Buffer.concat([name, Buffer.from([0x2f, 0x80])]), "");
    await host.mend(everything(root), ownership);
    expect(await host.look(everything(root))).toMatchObject({ wrongBelow: { count: 0 } });
    expect(lstatSync(name).uid).toBe(4711);
  });

  test("a tree deeper than any that is meant ends, and is reported", async () => {
    const root = scratch();
    mkdirSync(join(root, Array(205).fill("d").join("/")), { recursive: true });
    const { skipped } = await host.mend(everything(root), ownership);
    expect(skipped).toEqual([{ path: join(root, Array(201).fill("d").join("/")), why: "more than 200 levels down" }]);
  });

  test("whoever swaps directories for links meanwhile gets nothing", async () => {
    const root = scratch();
    const victim = scratch();
    mkdirSync(join(victim, "projects"));
    writeFileSync(join(victim, "projects/secret"), "");
    const before = snapshot(victim);
    const parent = join(root, "agent");
    mkdirSync(join(parent, "projects"), { recursive: true });
    writeFileSync(join(parent, "projects/f"), "");
    lchownSync(parent, 1000, 1000);
    symlinkSync(victim, join(root, "evil"));
    symlinkSync(join(victim, "projects"), join(root, "evil-projects"));
    for (const name of ["evil", "evil-projects"]) lchownSync(join(root, name), 1000, 1000);
    // Exchanges, without a pause, the parent and the source itself for links to somewhere else.
    const swap = spawn(process.execPath, [
      "-e",
      `const { renameSync } = require("node:fs");
       const root = ${JSON.stringify(root)};
       const exchange = (a, b) => { renameSync(a, root + "/t"); renameSync(b, a); renameSync(root + "/t", b); };
       process.stdout.write("go");
       for (;;) {
         exchange(root + "/agent", root + "/evil"); exchange(root + "/agent", root + "/evil");
         exchange(root + "/agent/projects", root + "/evil-projects"); exchange(root + "/agent/projects", root + "/evil-projects");
       }`,
    ]);
    const ended = new Promise((resolve) => swap.once("close", resolve));
    await new Promise((resolve) => swap.stdout.once("data", resolve));
    const outcomes = new Set<string>();
    try {
      for (let round = 0; round < 300; round++) {
        const source = { ...everything(join(parent, "projects")), nested: ["n"] };
        const uid = 5000 + round;
        const done = (verb: string) => (error?: { code?: string }) => outcomes.add(`${verb} ${error?.code ?? "done"}`);
        await host.mend(source, { ...ownership, uid }).then(() => done("mend")(), done("mend"));
        await host.make(source).then(() => done("make")(), done("make"));
      }
    } finally {
      swap.kill("SIGKILL");
      await ended;
    }
    expect(snapshot(victim)).toEqual(before);
    expect(outcomes).toContain("mend done");
    expect([...outcomes].filter((outcome) => !/ (done|Conflict|NotFound)$/.test(outcome))).toEqual([]);
  });
});

describe.runIf(process.geteuid?.() === 0)("random trees (as root)", { timeout: 60_000 }, () => {
  const owner = fc.constantFrom([0, 0], [4711, 4712], [4711, 0], [1000, 4712]);
  const entry = fc.record({
    at: fc.array(fc.constantFrom("a", "b", "ü", " ", "-"), { minLength: 1, maxLength: 4 }),
    kind: fc.constantFrom("directory", "file", "setuid", "link", "dangling"),
    owner,
  });

  test("after a mend nothing is wrong, and nothing outside was touched", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 25 }), owner, async (entries, [uid = 0, gid = 0]) => {
        const root = mkdtempSync(join(tmpdir(), "fleet-tree-"));
        try {
          const outside = join(root, "outside");
          const inside = join(root, "inside");
          mkdirSync(join(outside, "d"), { recursive: true });
          writeFileSync(join(outside, "d/f"), "");
          mkdirSync(inside);
          chownSync(inside, uid, gid);
          for (const {
            at,
            kind,
            owner: [u = 0, g = 0],
          } of entries)
            build(inside, outside, at, kind, u, g);
          const before = snapshot(outside);
          const modes = Object.entries(snapshot(inside)).map(([path, text]) => [path, text.split(" ")[1]]);

          await host.mend(everything(inside), ownership);

          expect(await host.look(everything(inside))).toMatchObject({
            uid: 4711,
            gid: 4712,
            wrongBelow: { count: 0, paths: [], skipped: [] },
          });
          expect(snapshot(outside)).toEqual(before);
          const after = Object.entries(snapshot(inside)).map(([path, text]) => [path, text.split(" ")[1]]);
          expect(after.map(([path, mode]) => [path, withoutSetuid(mode)])).toEqual(
            modes.map(([path, mode]) => [path, withoutSetuid(mode)]),
          );
        } finally {
          rmSync(root, { recursive: true, force: true });
        }
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  function build(inside: string, outside: string, at: string[], kind: string, uid: number, gid: number): void {
    const path = join(inside, ...at);
    try {
      mkdirSync(join(path, ".."), { recursive: true });
      if (kind === "directory") mkdirSync(path);
      else if (kind === "link") symlinkSync(join(outside, "d"), path);
      else if (kind === "dangling") symlinkSync("nowhere", path);
      else writeFileSync(path, "", { flag: "wx" });
      lchownSync(path, uid, gid);
      if (kind === "setuid") chmodSync(path, 0o4755);
    } catch {
      // The random path is taken, or leads through a file or a link.
    }
  }

  function withoutSetuid(mode: string | undefined): number {
    return Number.parseInt(mode ?? "", 8) & ~0o4000;
  }
});
