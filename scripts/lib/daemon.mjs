import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { SYSTEM_PATH } from "./command.mjs";
import { inside } from "./netns.mjs";

/**
 * @typedef {object} Daemon
 * @property {string} name
 * @property {string} log
 * @property {() => boolean} ended
 */

/**
 * Starts one of the engine's own programs in its network namespace, to live on after us. nsenter becomes the program
 * it runs, so the child is the daemon itself.
 *
 * @param {import("./layout.mjs").Layout} layout
 * @param {string[]} argv its first word names a program in the engine's bin folder
 * @returns {Daemon}
 */
export function startDaemon(layout, [name = "", ...args]) {
  const log = `${layout.log}/${name}.log`;
  const [nsenter = "", ...rest] = inside(layout, [`${layout.bin}/${name}`, ...args]);
  const output = openSync(log, "a");
  try {
    const child = spawn(nsenter, rest, {
      cwd: "/",
      detached: true,
      stdio: ["ignore", output, output],
      env: { ...process.env, PATH: `${layout.run}/sbin:${layout.bin}:${SYSTEM_PATH}` },
    });
    let failed = false;
    child.on("error", () => (failed = true));
    child.unref();
    return { name, log, ended: () => failed || child.exitCode !== null || child.signalCode !== null };
  } finally {
    closeSync(output);
  }
}
