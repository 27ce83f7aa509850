import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "@fleet/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type NotifierOptions, systemdNotifier } from "./systemd-notifier.ts";

const { PATH } = process.env;
const present =
  spawnSync("systemd-notify", ["--version"]).status === 0 && spawnSync("python3", ["--version"]).status === 0;

/** systemd's side, which Node cannot be: prints a line for each datagram, and closes what comes with it. */
const receiver = `
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("bound", flush=True)
while True:
    data, files, _, _ = socket.recv_fds(s, 4096, 1)
    for file in files: os.close(file)
    print(data.decode().strip().replace("\\n", " "), flush=True)
`;

describe.runIf(present)("what systemd hears", () => {
  let folder: string;
  let systemd: ChildProcess;
  let heard: string[];
  let listeners: (() => void)[];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "fleet-notify-"));
    heard = [];
    listeners = [];
    systemd = spawn("python3", ["-c", receiver, join(folder, "s")], { stdio: ["ignore", "pipe", "inherit"] });
    systemd.stdout?.on("data", (chunk) => {
      heard.push(
        ...String(chunk)
          .split("\n")
          .filter((line) => line !== "" && line !== "BARRIER=1"),
      );
      for (const listener of listeners) listener();
    });
    await hears("bound");
  });
  afterEach(() => {
    systemd.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });

  function hears(line: string): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (heard.includes(line)) resolve();
      };
      listeners.push(check);
      check();
    });
  }

  function notifier(env: NotifierOptions["env"] = {}, over: Partial<NotifierOptions> = {}) {
    const clock = new ManualClock();
    const options = { env: { PATH, NOTIFY_SOCKET: join(folder, "s"), ...env }, pid: 7, clock, checkLife: () => {} };
    return { clock, notifier: systemdNotifier({ ...options, ...over }) };
  }

  test("is told in order, and of the status the latest", async () => {
    const { notifier: told } = notifier();
    told.ready();
    told.status("one");
    told.status("two\nlines");
    told.status("two\nlines");
    told.reloading();
    told.stopping();
    await told.close();
    await hears("STOPPING=1");
    expect(heard).toEqual(["bound", "READY=1", "STATUS=two lines", "RELOADING=1", "STOPPING=1"]);
  });

  test("is a sign of life in half the time that systemd waits", async () => {
    let alive = true;
    const checkLife = (): void => {
      if (!alive) throw new Error("hangs");
    };
    const { clock, notifier: told } = notifier({ WATCHDOG_USEC: "4000000", WATCHDOG_PID: "7" }, { checkLife });
    await hears("WATCHDOG=1");
    heard.length = 0;
    clock.advance(2000);
    await hears("WATCHDOG=1");
    alive = false;
    clock.advance(2000);
    told.status("hangs");
    await told.close();
    await hears("STATUS=hangs");
    expect(heard).toEqual(["WATCHDOG=1", "STATUS=hangs"]);
    expect(clock.pending).toBe(0);
  });

  test("is no sign of life when it waits for another process's, or for none", async () => {
    for (const env of [{ WATCHDOG_USEC: "4000000", WATCHDOG_PID: "8" }, { WATCHDOG_USEC: "0" }, {}]) {
      expect(notifier(env).clock.pending).toBe(0);
    }
  });
});

test("without systemd, and without its program, nothing happens", async () => {
  const clock = new ManualClock();
  for (const env of [{ WATCHDOG_USEC: "1000000" }, { NOTIFY_SOCKET: "/nowhere", PATH: "/nowhere" }]) {
    const told = systemdNotifier({ env, pid: 7, clock, checkLife: () => {} });
    told.ready();
    told.status("fine");
    await expect(told.close()).resolves.toBeUndefined();
  }
  expect(clock.pending).toBe(0);
});
