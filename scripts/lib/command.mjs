import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EngineFailure } from "./failure.mjs";

/** A login shell of root has the sbin folders on its PATH, a service or a cron job need not. */
export const SYSTEM_PATH = `${process.env.PATH ?? ""}:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin`;

const TAIL_LINES = 15;

/** @param {string} file */
export function tailOf(file) {
  if (!existsSync(file)) return "";
  return readFileSync(file, "utf8").trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
}

/**
 * Runs a program to its end and gives its standard output. Its standard error, or both with `log`, go to a file
 * whose tail ends up in the error.
 *
 * @param {string[]} argv
 * @param {{ log?: string, env?: Record<string, string>, cwd?: string }} [options]
 * @returns {Promise<string>}
 */
export async function run(argv, { log, env = {}, cwd = "/" } = {}) {
  const [program = "", ...args] = argv;
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, PATH: SYSTEM_PATH, LC_ALL: "C", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    // Its own process group: Ctrl-C at our terminal must not cut dpkg in the middle of an installation.
    detached: true,
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (/** @type {string} */ text) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (/** @type {string} */ text) => (stderr += text));
  const status = await new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new EngineFailure(`${program}: ${error.message}`)));
    child.once("close", (code, signal) => resolve(code ?? signal));
  });
  if (log) {
    mkdirSync(dirname(log), { recursive: true });
    appendFileSync(log, `$ ${argv.join(" ")}\n${stdout}${stderr}`);
  }
  if (status !== 0) {
    const detail = (log ? tailOf(log) : stderr.trim()) || "(no output)";
    throw new EngineFailure(`${argv.join(" ")}: exit ${status}\n${detail}${log ? `\n(all of it: ${log})` : ""}`);
  }
  return stdout;
}

/**
 * For what depends on a network or on another process's lock.
 *
 * @template T
 * @param {number} times
 * @param {() => Promise<T>} attempt
 * @param {(error: unknown) => Promise<void> | void} [beforeNext]
 * @returns {Promise<T>}
 */
export async function retry(times, attempt, beforeNext = () => sleep(2000)) {
  for (let left = times - 1; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left <= 0) throw error;
      await beforeNext(error);
    }
  }
}

/**
 * @param {number} timeoutMs
 * @param {() => boolean | Promise<boolean>} condition
 * @returns {Promise<boolean>} whether it came true in time
 */
export async function eventually(timeoutMs, condition) {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) return false;
    await sleep(20);
  }
  return true;
}
