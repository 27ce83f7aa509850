import { chmodSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FleetError } from "@fleet/core";
import { expect, onTestFinished, test } from "vitest";
import { readToken } from "./token.ts";

function scratch(): string {
  const path = mkdtempSync(join(tmpdir(), "fleet-token-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test("a token is made of 256 random bits for its owner alone, and stays", async () => {
  const folder = scratch();
  const asked: number[] = [];
  const random = (bytes: number): Uint8Array => {
    asked.push(bytes);
    return new Uint8Array(bytes).fill(0xab);
  };
  expect(await readToken(folder, random)).toBe("ab".repeat(32));
  expect(await readToken(folder)).toBe("ab".repeat(32));
  expect(asked).toEqual([32]);
  expect((lstatSync(join(folder, "token")).mode & 0o777).toString(8)).toBe("600");
  expect(readdirSync(folder)).toEqual(["token"]);
});

test("all that ask for a token at once get the same one", async () => {
  const folder = scratch();
  const tokens = await Promise.all(Array.from({ length: 20 }, () => readToken(folder)));
  expect(new Set(tokens)).toEqual(new Set([readFileSync(join(folder, "token"), "utf8").trim()]));
  expect(readdirSync(folder)).toEqual(["token"]);
});

test("a token that others may read is refused with the command that closes it", async () => {
  const folder = scratch();
  const token = await readToken(folder);
  const path = join(folder, "token");
  chmodSync(path, 0o640);
  await expect(readToken(folder)).rejects.toEqual(
    new FleetError("Forbidden", `${path}: others may read it (mode 0640)`, {
      hint: `Close it with chmod 600 '${path}'; if somebody may have read it, remove it, and a new one is made.`,
    }),
  );
  chmodSync(path, 0o600);
  expect(await readToken(folder)).toBe(token);
});

test("a file that holds no token is refused and left as it is", async () => {
  const folder = scratch();
  const path = join(folder, "token");
  writeFileSync(path, "hunter2\n", { mode: 0o600 });
  await expect(readToken(folder)).rejects.toEqual(
    new FleetError("Invalid", `${path}: expected 64 hex digits`, {
      hint: `Remove it, and a new one is made: rm '${path}'.`,
    }),
  );
  expect(readFileSync(path, "utf8")).toBe("hunter2\n");
});
