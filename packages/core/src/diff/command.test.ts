import { expect, test } from "vitest";
import type { Ownership, SourceSpec } from "../spec/instance.ts";
import { holderOf, makeCommand, mendCommand, shellQuote } from "./command.ts";

const owner: Ownership = { uid: 1000, gid: 1000, mode: 0o755, repair: "auto", recursive: false };
const source: SourceSpec = { path: "/srv/a/b", type: "directory", target: "/b", nested: [], ownership: owner };

test("a word is one word for a shell, whatever is in it", () => {
  expect(shellQuote("/srv/plain")).toBe("'/srv/plain'");
  expect(shellQuote("/it's; rm -rf $HOME")).toBe(`'/it'\\''s; rm -rf $HOME'`);
});

test("a mend is a chown that follows no link, and a chmod where a mode is declared", () => {
  expect(mendCommand("/srv/b", owner)).toBe("sudo chown -h 1000:1000 '/srv/b' && sudo chmod 00755 '/srv/b'");
  const { mode: _, ...ownerOnly } = owner;
  expect(mendCommand("/srv/b", ownerOnly)).toBe("sudo chown -h 1000:1000 '/srv/b'");
});

test("a recursive mend stays on its filesystem", () => {
  expect(mendCommand("/srv/b", { ...owner, mode: 0o2775, recursive: true })).toBe(
    "sudo find '/srv/b' -xdev -exec chown -h 1000:1000 {} + && sudo chmod 02775 '/srv/b'",
  );
});

test("C30: making names every missing directory, since each gets the owner, and none that exists", () => {
  expect(makeCommand(source, "/srv")).toBe("sudo install -o 1000 -g 1000 -m 00755 -d '/srv/a' '/srv/a/b'");
  expect(makeCommand(source, "/")).toBe("sudo install -o 1000 -g 1000 -m 00755 -d '/srv' '/srv/a' '/srv/a/b'");
});

test("a declared mode is the source's alone", () => {
  expect(makeCommand({ ...source, ownership: { ...owner, mode: 0o700 } }, "/srv")).toBe(
    "sudo install -o 1000 -g 1000 -m 00755 -d '/srv/a' '/srv/a/b' && sudo chmod 00700 '/srv/a/b'",
  );
});

test("a file is made empty, in directories that are made too", () => {
  expect(makeCommand({ ...source, type: "file" }, "/srv")).toBe(
    "sudo install -o 1000 -g 1000 -m 00755 -d '/srv/a' && sudo install -o 1000 -g 1000 -m 00755 /dev/null '/srv/a/b'",
  );
});

test("C42: nested mountpoints are made inside a source that exists", () => {
  expect(makeCommand({ ...source, nested: ["node_modules", "x/y"] }, "/srv/a/b")).toBe(
    "sudo install -o 1000 -g 1000 -m 00755 -d '/srv/a/b/node_modules' '/srv/a/b/x' '/srv/a/b/x/y'",
  );
});

test("the root holds what is directly below it", () => {
  expect([holderOf("/srv"), holderOf("/srv/a")]).toEqual(["/", "/srv"]);
});
