import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's top folder. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

const pnpmVersion = "10.34.8";

/**
 * Runs a command in the repository and resolves to its exit code; its output is this process's unless `quiet`, which
 * keeps it and prints it only if the command fails.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string>, quiet?: boolean }} [options]
 * @returns {Promise<number>}
 */
export function run(command, args, { env = {}, quiet = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", quiet ? "pipe" : "inherit", quiet ? "pipe" : "inherit"],
    });
    /** @type {Buffer[]} */
    const kept = [];
    child.stdout?.on("data", (chunk) => kept.push(chunk));
    child.stderr?.on("data", (chunk) => kept.push(chunk));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code !== 0) process.stderr.write(Buffer.concat(kept));
      resolve(code ?? 1);
    });
  });
}

/**
 * As {@link run}, but a failure ends the script with that exit code.
 *
 * @param {string} title
 * @param {string} command
 * @param {readonly string[]} args
 */
export async function step(title, command, args) {
  const began = performance.now();
  process.stderr.write(`· ${title} … `);
  const code = await run(command, args, { quiet: true });
  process.stderr.write(`${code === 0 ? "done" : `failed (exit ${code})`} in ${seconds(performance.now() - began)}\n`);
  if (code !== 0) process.exit(code);
}

/** Installs the packages that the lock file names. */
export async function install() {
  await step("install packages", "npx", ["--yes", `pnpm@${pnpmVersion}`, "install", "--frozen-lockfile"]);
}

/** Compiles every package and bundles the command. */
export async function build() {
  await step("build", "npm", ["run", "--silent", "build"]);
}

/** @param {number} ms */
export function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}
