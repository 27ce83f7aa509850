import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemdUnit, type UnitRequest } from "./unit.ts";

const request: UnitRequest = {
  scope: "system",
  fleet: "demo",
  executable: [process.execPath, "/usr/lib/node_modules/@fleet/cli/dist/fleet.cjs"],
  arguments: ["--file", "/etc/fleet/demo.yaml"],
  environment: {},
};

/** The lines that begin so, without that. */
function linesOf(text: string, start: string): string[] {
  return text.split("\n").flatMap((line) => (line.startsWith(start) ? [line.slice(start.length)] : []));
}

test("a system unit keeps its state where systemd gives it a folder, and starts with the machine", () => {
  const unit = systemdUnit({ ...request, environment: { DOCKER_HOST: "unix:///srv/docker.sock" } });
  expect(linesOf(unit, "ExecStart=")).toEqual([
    `${process.execPath} /usr/lib/node_modules/@fleet/cli/dist/fleet.cjs run --file /etc/fleet/demo.yaml`,
  ]);
  expect(linesOf(unit, "StateDirectory=")).toEqual(["fleet"]);
  expect(linesOf(unit, "Environment=")).toEqual(["DOCKER_HOST=unix:///srv/docker.sock"]);
  expect(linesOf(unit, "WantedBy=")).toEqual(["multi-user.target"]);
});

test("a user unit needs no system unit, which user units cannot order after", () => {
  const unit = systemdUnit({ ...request, scope: "user" });
  expect(["After=", "StateDirectory=", "NoNewPrivileges="].flatMap((start) => linesOf(unit, start))).toEqual([]);
  expect(linesOf(unit, "WantedBy=")).toEqual(["default.target"]);
});

test("what systemd would expand or split reaches the command as it is", () => {
  const unit = systemdUnit({
    ...request,
    arguments: ["--file", '/srv/my "fleet"/100%/$HOME.yaml', "--host", "ssh://me@box"],
    environment: { DOCKER_CONFIG: "/home/a b/.docker" },
  });
  expect(linesOf(unit, "ExecStart=")[0]).toMatch(
    / run --file "\/srv\/my \\"fleet\\"\/100%%\/\$\$HOME\.yaml" --host ssh:\/\/me@box$/,
  );
  expect(linesOf(unit, "Environment=")).toEqual(['"DOCKER_CONFIG=/home/a b/.docker"']);
});

const analyze = spawnSync("systemd-analyze", ["--version"]).status === 0;

test.runIf(analyze).each(["system", "user"] as const)("systemd-analyze has nothing to say about a %s unit", (scope) => {
  const folder = mkdtempSync(join(tmpdir(), "fleet-unit-"));
  try {
    const path = join(folder, "fleet-demo.service");
    // A command that is there on every machine.
    writeFileSync(path, systemdUnit({ ...request, scope, executable: [process.execPath] }));
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", `--${scope}`, path], {
      encoding: "utf8",
      env: { ...process.env, XDG_RUNTIME_DIR: folder },
    });
    expect({ status, said: stderr.split("\n").filter((line) => line.includes("fleet-demo")) }).toEqual({
      status: 0,
      said: [],
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
