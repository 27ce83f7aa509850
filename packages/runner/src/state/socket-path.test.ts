import { lstatSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { makeSocketFolder, socketPath } from "./socket-path.ts";

const uid = process.getuid?.() ?? 0;
const hash = /\/[0-9a-f]{16}\.sock$/;
const longFolder = `/home/${"a".repeat(107)}`;

test("the socket is in the state folder as long as its path fits, counted in bytes", () => {
  const fits = `/${"é".repeat(47)}a`;
  expect(Buffer.byteLength(`${fits}/fleet.sock`)).toBe(107);
  expect(socketPath(fits, { env: {}, uid })).toBe(`${fits}/fleet.sock`);
  expect(socketPath(`${fits}a`, { env: {}, uid })).toMatch(hash);
});

test("a path that is too long gives way to a short one below the runtime folder, else below /tmp", () => {
  const below = (env: Record<string, string>): string => socketPath(longFolder, { env, uid: 1000 }).replace(hash, "");
  expect(below({ XDG_RUNTIME_DIR: "/run/user/1000" })).toBe("/run/user/1000/fleet");
  expect(below({})).toBe("/tmp/fleet-1000");
  expect(below({ XDG_RUNTIME_DIR: "run" })).toBe("/tmp/fleet-1000");
  expect(below({ XDG_RUNTIME_DIR: longFolder })).toBe("/tmp/fleet-1000");
});

test("two folders never share a short path, and one has always the same", () => {
  const path = (folder: string): string => socketPath(folder, { env: {}, uid });
  expect(path(longFolder)).toBe(path(longFolder));
  expect(path(longFolder)).not.toBe(path(`${longFolder}b`));
});

test("a server can listen at the short path, in a folder that is its owner's alone", async () => {
  const runtime = mkdtempSync(join(tmpdir(), "fleet-run-"));
  onTestFinished(() => rmSync(runtime, { recursive: true, force: true }));
  const path = socketPath(longFolder, { env: { XDG_RUNTIME_DIR: runtime }, uid });
  await makeSocketFolder(path, uid);
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve, reject) => server.on("error", reject).listen(path, resolve));
  expect((lstatSync(join(runtime, "fleet")).mode & 0o777).toString(8)).toBe("700");
});
