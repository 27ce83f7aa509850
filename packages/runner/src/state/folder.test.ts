import { chmodSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FleetError } from "@fleet/core";
import { expect, onTestFinished, test } from "vitest";
import { makeStateFolder, stateFolder } from "./folder.ts";

const uid = process.getuid?.() ?? 0;
const hint = "Set XDG_STATE_HOME to a folder of your own, or run this as the owner of that one.";

function scratch(): string {
  const path = mkdtempSync(join(tmpdir(), "fleet-state-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const mode = (path: string): string => (lstatSync(path).mode & 0o777).toString(8);

test.each([
  ["a user's default", {}, 1000, "/home/ann/.local/state/fleet/demo"],
  ["root's default", {}, 0, "/var/lib/fleet/demo"],
  ["XDG_STATE_HOME", { XDG_STATE_HOME: "/state/" }, 1000, "/state/fleet/demo"],
  ["XDG_STATE_HOME for root", { XDG_STATE_HOME: "/state" }, 0, "/state/fleet/demo"],
  ["what systemd gives", { STATE_DIRECTORY: "/var/lib/hooks", XDG_STATE_HOME: "/state" }, 0, "/var/lib/hooks/demo"],
  ["the first that systemd gives", { STATE_DIRECTORY: "/var/lib/a:/var/lib/b" }, 0, "/var/lib/a/demo"],
  ["nothing from empty variables", { STATE_DIRECTORY: "", XDG_STATE_HOME: "" }, 0, "/var/lib/fleet/demo"],
  ["nothing from a relative path", { XDG_STATE_HOME: "state" }, 1000, "/home/ann/.local/state/fleet/demo"],
])("the state folder is chosen by %s", (_, env, uid, expected) => {
  expect(stateFolder({ env, home: "/home/ann", uid, fleet: "demo" })).toBe(expected);
});

test("the state folder is made for its owner alone, with what is missing above it", async () => {
  const root = scratch();
  await makeStateFolder(join(root, "fleet/demo"), uid);
  expect([mode(join(root, "fleet")), mode(join(root, "fleet/demo"))]).toEqual(["700", "700"]);
});

test("a state folder that is there stays, and is closed to others", async () => {
  const folder = scratch();
  writeFileSync(join(folder, "token"), "kept");
  chmodSync(folder, 0o755);
  await makeStateFolder(folder, uid);
  expect([mode(folder), lstatSync(join(folder, "token")).size]).toEqual(["700", 4]);
});

test("a symlink is not taken for the state folder, even one that leads to a folder of one's own", async () => {
  const root = scratch();
  mkdirSync(join(root, "real"));
  symlinkSync("real", join(root, "demo"));
  await expect(makeStateFolder(join(root, "demo"), uid)).rejects.toEqual(
    new FleetError("Forbidden", `${root}/demo: found a symlink, expected a folder of its own`, { hint }),
  );
});

test("neither somebody else's folder nor a file is taken for the state folder", async () => {
  const root = scratch();
  await expect(makeStateFolder(root, uid + 1)).rejects.toEqual(
    new FleetError("Forbidden", `${root}: belongs to uid ${uid}, expected ${uid + 1}`, { hint }),
  );
  writeFileSync(join(root, "demo"), "");
  await expect(makeStateFolder(join(root, "demo"), uid)).rejects.toEqual(
    new FleetError("Conflict", `${root}/demo: found something that is no folder`, { hint: "Remove or rename it." }),
  );
  await expect(makeStateFolder(join(root, "demo/deeper"), uid)).rejects.toMatchObject({ code: "Conflict" });
});
