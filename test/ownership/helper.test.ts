import { chownSync, lchownSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dockerEngine, localHost, type Ownership, parseEndpoint, remoteHost, type SourceSpec } from "@fleet/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { realEngines } from "../support/engines.ts";
import { ensureGnuImage, gnuImage } from "./gnu-image.ts";
import { makeImmutable, mount } from "./machine.ts";
import { asService, owner, scratch } from "./service.ts";

const ownership: Ownership = { uid: 1000, gid: 1000, mode: 0o755, repair: "auto", recursive: false };
const declared = (path: string, over: Partial<SourceSpec> = {}): SourceSpec => ({
  path,
  type: "directory",
  target: "/work",
  nested: [],
  ownership,
  ...over,
});
const inSync = { drifts: [], steps: [], blocks: [], stepsBeforeCreate: [] };
const helped = { by: "helper", skipped: [] };

describe.each(realEngines())("bind sources on engine $version, seen by uid 1000", (real) => {
  const engine = dockerEngine(parseEndpoint(real.host));
  const helpers = async () =>
    (await engine.listContainers()).filter(({ name }) => name.startsWith("fleet-helper-")).map(({ name }) => name);

  beforeAll(() => ensureGnuImage(real));
  afterAll(() => engine.close());

  test("the seed incident: projects/ is root's; one mend by the helper, and uid 1000 in a container can write", async () => {
    const root = scratch();
    const path = join(root, "agent-env/dev/projects");
    mkdirSync(path, { recursive: true });
    expect(await asService(real, { source: declared(path), helperImage: "fleet-test:1" })).toMatchObject({
      seen: { kind: "present", type: "directory", uid: 0, gid: 0, mode: 0o755 },
      diff: {
        drifts: [{ path: `ownership.${path}`, desired: "1000:1000 0755", observed: "0:0 0755", remedy: "host" }],
        steps: [{ kind: "mendSource" }],
        blocks: [],
      },
      done: [helped],
      after: inSync,
    });
    expect([owner(path), owner(join(path, ".."))]).toEqual(["1000:1000 0755", "0:0 0755"]);

    const name = `fleet-own-writes-${real.version}`;
    const id = await engine.createContainer(name, {
      image: "fleet-test:user",
      command: ["sh", "-c", "echo kept > /work/session"],
      user: "1000:1000",
      mounts: [{ kind: "bind", source: path, target: "/work", readOnly: false }],
    });
    try {
      await engine.startContainer(id);
      expect(await engine.waitContainer(id)).toBe(0);
    } finally {
      await engine.removeContainer(id, { force: true });
    }
    expect(owner(join(path, "session"))).toBe("1000:1000 0644");
  });

  test.each(["fleet-test:1", gnuImage])("C30: what is missing is made with the owner, by %s", async (helperImage) => {
    const root = scratch();
    const path = join(root, "it's a/$(b)/*/c d");
    const source = declared(path, { ownership: { ...ownership, mode: 0o2770 }, nested: ["w/node_modules", "x"] });
    expect(await asService(real, { source, helperImage })).toMatchObject({
      seen: { kind: "missing", ancestor: root },
      done: [helped],
      after: inSync,
    });
    expect(owner(root)).toBe("0:0 0755");
    expect(
      ["../../..", "../..", "..", ".", "w", "w/node_modules", "x"].map((below) => owner(join(path, below))),
    ).toEqual([
      "1000:1000 0755",
      "1000:1000 0755",
      "1000:1000 0755",
      "1000:1000 2770",
      "1000:1000 0755",
      "1000:1000 0755",
      "1000:1000 0755",
    ]);
  });

  test.each(["fleet-test:1", gnuImage])(
    "files are made, mended and put in an empty directory's place, by %s",
    async (helperImage) => {
      const root = scratch();
      mkdirSync(join(root, "auto-created"));
      writeFileSync(join(root, "present"), "token");
      const file = (name: string) =>
        declared(join(root, name), { type: "file", ownership: { ...ownership, mode: 0o600 } });
      for (const name of ["a/new", "auto-created", "present"]) {
        expect(await asService(real, { source: file(name), helperImage })).toMatchObject({
          done: [helped],
          after: inSync,
        });
        expect(owner(join(root, name))).toBe("1000:1000 0600");
      }
    },
  );

  test.each(["fleet-test:1", gnuImage])(
    "recursive: contents and links, and nothing that a link leads to, by %s",
    async (helperImage) => {
      const root = scratch();
      const path = join(root, "p");
      mkdirSync(join(path, "a b/c"), { recursive: true });
      mkdirSync(join(root, "victim"));
      writeFileSync(join(path, "a b/c/f"), "");
      symlinkSync(join(root, "victim"), join(path, "link"));
      symlinkSync("/etc", join(path, "a b/etc"));
      const source = declared(path, { ownership: { ...ownership, recursive: true } });
      expect(await asService(real, { source, helperImage })).toMatchObject({
        seen: { wrongBelow: { count: 5 } },
        done: [helped],
        after: inSync,
      });
      expect(["p/a b/c/f", "p/link", "p/a b/etc", "victim"].map((name) => owner(join(root, name)))).toEqual([
        "1000:1000 0644",
        "1000:1000 0777",
        "1000:1000 0777",
        "0:0 0755",
      ]);
      expect(owner("/etc")).toBe("0:0 0755");
    },
  );

  test("C33: what is mounted below is skipped and reported, by the helper too", async (context) => {
    const root = scratch();
    const elsewhere = scratch();
    for (const name of ["rw [x]", "ro", "same", "ours"]) mkdirSync(join(root, name));
    mount(context, "-t", "tmpfs", "-o", "size=64k", "fleet-test", join(root, "rw [x]"));
    mount(context, "-t", "tmpfs", "-o", "size=64k,ro", "fleet-test", join(root, "ro"));
    mount(context, "--bind", elsewhere, join(root, "same"));
    writeFileSync(join(root, "rw [x]/f"), "");
    const source = declared(root, { ownership: { ...ownership, recursive: true } });
    const { done, after } = await asService(real, { source, helperImage: "fleet-test:1" });
    const skipped = ["ro", "rw [x]", "same"].map((name) => ({
      path: join(root, name),
      why: "another filesystem is mounted there",
    }));
    expect(done).toEqual([{ by: "helper", skipped: expect.arrayContaining(skipped) }]);
    expect(after).toEqual(inSync);
    expect(["rw [x]", "rw [x]/f", "ro", "same", "ours"].map((name) => owner(join(root, name)))).toEqual([
      "0:0 1777",
      "0:0 0644",
      "0:0 1777",
      "0:0 0755",
      "1000:1000 0755",
    ]);
  });

  test("C35: a filesystem that refuses even root is named, is not tried again, and is left alone when right", async (context) => {
    const root = scratch();
    const wrong = join(root, "wrong");
    const right = join(root, "right");
    for (const path of [wrong, right]) mkdirSync(path);
    chownSync(right, 1000, 1000);
    for (const path of [wrong, right]) makeImmutable(context, path);
    expect((await asService(real, { source: declared(wrong), helperImage: "fleet-test:1" })).done).toEqual([
      {
        code: "Forbidden",
        message: expect.stringContaining(`the helper container could not mend ${wrong}: EPERM`),
        hint: `sudo chown -h 1000:1000 '${wrong}' && sudo chmod 00755 '${wrong}'`,
        retry: false,
      },
    ]);
    const asRoot = localHost({ engine, uid: 0 });
    await expect(asRoot.mend(declared(wrong), ownership, { helperImage: "fleet-test:1" })).rejects.toMatchObject({
      code: "Forbidden",
      message: `cannot mend ${wrong}: ${wrong}: EPERM, operation not permitted`,
    });
    expect(await asRoot.mend(declared(right), ownership)).toEqual({ by: "direct", skipped: [] });
    expect(await asService(real, { source: declared(right) })).toMatchObject({ diff: inSync, done: [] });
    expect(await helpers()).toEqual([]);
  });

  test("somebody who swaps the source for a link between look and helper gets nothing", async () => {
    const root = scratch();
    const parent = join(root, "theirs");
    const victim = join(root, "victim");
    for (const path of [join(parent, "projects"), victim]) mkdirSync(path, { recursive: true });
    // May rename what is in it.
    chownSync(parent, 1000, 1000);
    const path = join(parent, "projects");
    const { done } = await asService(real, {
      source: declared(path),
      helperImage: "fleet-test:1",
      swapBeforeHelper: victim,
    });
    expect(done).toEqual([
      { code: "Conflict", message: `${path} was swapped: it is not what was there a moment ago`, retry: true },
    ]);
    expect([owner(victim), owner(`${path}.away`)]).toEqual(["0:0 0755", "0:0 0755"]);
    expect(await helpers()).toEqual([]);
  });

  test("a parent that was swapped for a link blocks before anything runs", async () => {
    const root = scratch();
    mkdirSync(join(root, "victim/projects"), { recursive: true });
    symlinkSync(join(root, "victim"), join(root, "agent"));
    lchownSync(join(root, "agent"), 1000, 1000);
    const { diff, done } = await asService(real, {
      source: declared(join(root, "agent/projects")),
      helperImage: "fleet-test:1",
    });
    expect(diff.blocks).toMatchObject([{ reason: "SourceUnreadable", waits: false }]);
    expect(done).toEqual([]);
    expect(owner(join(root, "victim/projects"))).toBe("0:0 0755");
  });

  test("without an engine, an image, or a shell in it: refused with the exact command", async () => {
    const root = scratch();
    const source = declared(root);
    const hint = `sudo chown -h 1000:1000 '${root}' && sudo chmod 00755 '${root}'`;
    const denied = `this process (uid 1000) may not: ${root}: EPERM, operation not permitted`;
    const may = `may not mend ${root}`;
    expect((await asService(real, { source, withEngine: false })).done).toEqual([
      { code: "Forbidden", message: denied, hint, retry: false },
    ]);
    expect((await asService(real, { source })).done).toEqual([
      {
        code: "Forbidden",
        message: `${denied}; ${may}: there is no image to run a helper container with`,
        hint,
        retry: false,
      },
    ]);
    expect((await asService(real, { source, helperImage: "fleet-test:none" })).done).toEqual([
      {
        code: "Forbidden",
        message: `${denied}; ${may}: the engine does not hold the image fleet-test:none to run a helper container with`,
        hint,
        retry: false,
      },
    ]);
    expect((await asService(real, { source, helperImage: `${gnuImage}-empty` })).done).toMatchObject([
      { code: "Forbidden", hint, retry: false },
    ]);
    expect(owner(root)).toBe("0:0 0755");
    expect(await helpers()).toEqual([]);
  });

  test("an engine of another machine: made and mended from its root, through no link at all", async () => {
    const root = scratch();
    const host = remoteHost(engine);
    const helperImage = "fleet-test:1";
    expect(await host.look(declared(root))).toEqual({
      kind: "unreadable",
      code: "EREMOTE",
      message: `the filesystem of ${engine.address} is not this machine's`,
    });
    const path = join(root, "a/b");
    expect(await host.make(declared(path, { nested: ["n"] }), { helperImage })).toEqual(helped);
    expect([owner(root), owner(join(root, "a")), owner(path), owner(join(path, "n"))]).toEqual([
      "0:0 0755",
      "1000:1000 0755",
      "1000:1000 0755",
      "1000:1000 0755",
    ]);
    writeFileSync(join(path, "f"), "");
    expect(await host.mend(declared(path), { ...ownership, mode: 0o700, recursive: true }, { helperImage })).toEqual(
      helped,
    );
    expect([owner(path), owner(join(path, "f"))]).toEqual(["1000:1000 0700", "1000:1000 0644"]);

    symlinkSync("a", join(root, "link"));
    await expect(host.mend(declared(join(root, "link/b")), ownership, { helperImage })).rejects.toMatchObject({
      code: "Conflict",
      message: `${join(root, "link/b")}: link is a symlink`,
    });
    await expect(host.mend(declared(join(root, "link")), ownership, { helperImage })).rejects.toMatchObject({
      code: "Conflict",
    });
    await expect(host.mend(declared(join(root, "none")), ownership, { helperImage })).rejects.toMatchObject({
      code: "NotFound",
    });
    expect(await helpers()).toEqual([]);
  });
});
