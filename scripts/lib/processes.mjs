import { readdirSync, readFileSync, readlinkSync, rmdirSync } from "node:fs";
import { eventually } from "./command.mjs";

/**
 * Which processes are an engine's own is read off the kernel rather than remembered: those that run a program from
 * the engine's own bin folder, and those in a cgroup named after one of its containers' 64-digit ids. Neither can be
 * true of a stranger, a reused pid included, and both still hold after a crash that wrote nothing down.
 *
 * @typedef {import("./layout.mjs").Layout} Layout
 */

/**
 * @param {Layout} layout
 * @param {string} [program] its name in the bin folder; any without it
 * @returns {number[]}
 */
export function ownProcesses(layout, program = "") {
  const prefix = `${layout.bin}/${program}`;
  // A program that was replaced on disk while it ran is shown as "PATH (deleted)".
  const matches = program
    ? (/** @type {string} */ exe) => exe === prefix || exe === `${prefix} (deleted)`
    : (/** @type {string} */ exe) => exe.startsWith(prefix);
  return pids().filter((pid) => matches(exeOf(pid)));
}

/**
 * @param {Layout} layout
 * @returns {number[]}
 */
export function containerProcesses(layout) {
  const ids = containerIds(layout);
  if (ids.length === 0) return [];
  return pids().filter((pid) => {
    const cgroups = read(`/proc/${pid}/cgroup`);
    return ids.some((id) => cgroups.includes(id));
  });
}

/**
 * Those that dockerd keeps, and those whose task containerd still has though dockerd has dropped them.
 *
 * @param {Layout} layout
 * @returns {string[]}
 */
function containerIds(layout) {
  const folders = [`${layout.data}/containers`, `${layout.run}/containerd/io.containerd.runtime.v2.task/moby`];
  const ids = folders.flatMap((folder) => {
    try {
      return readdirSync(folder).filter((name) => /^[0-9a-f]{64}$/.test(name));
    } catch {
      return [];
    }
  });
  return [...new Set(ids)];
}

/**
 * Removes the cgroups that containers leave when their shims were killed.
 * @param {Layout} layout
 */
export function removeCgroups(layout) {
  const root = "/sys/fs/cgroup";
  const hierarchies = [root, ...readdirSync(root).map((name) => `${root}/${name}`)]; // v2's one, and each of v1
  for (const group of hierarchies.flatMap((dir) => containerIds(layout).map((id) => `${dir}/docker/${id}`))) {
    try {
      rmdirSync(group);
    } catch {
      // Most are not there; one that is still busy is empty, and does no harm.
    }
  }
}

/**
 * Signals what `find` finds, again and again for what appears meanwhile, until it finds nothing.
 *
 * @param {() => number[]} find
 * @param {NodeJS.Signals} signal
 * @param {number} timeoutMs
 * @returns {Promise<boolean>} whether all are gone
 */
export async function endAll(find, signal, timeoutMs) {
  /** @type {Set<number>} */
  const signalled = new Set();
  return await eventually(timeoutMs, () => {
    const found = find();
    for (const pid of found.filter((pid) => !signalled.has(pid))) {
      signalled.add(pid);
      send(pid, signal);
    }
    return found.length === 0;
  });
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
export function send(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ESRCH") throw error;
  }
}

function pids() {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/**
 * Empty for a kernel thread, and for a process that has ended (a zombie too).
 * @param {number} pid
 */
function exeOf(pid) {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return "";
  }
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
