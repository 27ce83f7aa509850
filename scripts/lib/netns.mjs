import { existsSync, mkdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { run } from "./command.mjs";

/** @typedef {import("./layout.mjs").Layout} Layout */

/**
 * The argv that runs a program inside the engine's network namespace. Not `ip netns exec`: that remounts /sys, which
 * hides the cgroups.
 *
 * @param {Layout} layout
 * @param {string[]} argv
 */
export function inside(layout, argv) {
  return ["nsenter", `--net=${layout.netnsPath}`, ...argv];
}

/** @param {Layout} layout */
export async function ensureNetns(layout) {
  if (existsSync(layout.netnsPath)) {
    try {
      await run(inside(layout, ["true"]));
      return;
    } catch {
      await removeNetns(layout); // a plain file, left by a run that was cut short between making and mounting it
    }
  }
  await run(["ip", "netns", "add", layout.netns]);
  await run(["ip", "-n", layout.netns, "link", "set", "lo", "up"]);
}

/** @param {Layout} layout */
export async function removeNetns(layout) {
  if (existsSync(layout.netnsPath)) await run(["ip", "netns", "delete", layout.netns]);
}

/**
 * @param {Layout} layout
 * @param {number} pid
 */
export function isInside(layout, pid) {
  try {
    return statSync(layout.netnsPath).ino === statSync(`/proc/${pid}/ns/net`).ino;
  } catch {
    return false;
  }
}

/**
 * Which packet filters dockerd can use here. Where only the older back end of iptables works in this kernel, `sbin`
 * gets links that make it the one dockerd finds.
 *
 * @param {Layout} layout
 * @param {string} sbin
 * @returns {Promise<{ ipv4: boolean, ipv6: boolean }>}
 */
export async function choosePacketFilters(layout, sbin) {
  rmSync(sbin, { recursive: true, force: true });
  mkdirSync(sbin);
  const [ipv4, ipv6] = await Promise.all(
    ["iptables", "ip6tables"].map(async (tool) => {
      if (await works(layout, tool)) return true;
      if (!(await works(layout, `${tool}-legacy`))) return false;
      symlinkSync(`/usr/sbin/${tool}-legacy`, `${sbin}/${tool}`);
      return true;
    }),
  );
  return { ipv4: ipv4 ?? false, ipv6: ipv6 ?? false };
}

/**
 * @param {Layout} layout
 * @param {string} tool
 */
async function works(layout, tool) {
  try {
    await run(inside(layout, [tool, "--table", "nat", "--numeric", "--list"]));
    return true;
  } catch {
    return false;
  }
}
