import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { run } from "./command.mjs";

/**
 * @param {string} dir
 * @returns {string[]} mount points in it, innermost first
 */
export function mountsBelow(dir) {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) =>
      (line.split(" ")[4] ?? "").replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8))),
    )
    .filter((point) => point.startsWith(`${dir}/`))
    .reverse();
}

/** @param {string} dir */
export async function unmountBelow(dir) {
  // Lazily: a test's own process may still stand in one, and must not keep the engine from going.
  for (const point of mountsBelow(dir)) await run(["umount", "-l", point]);
}

/**
 * Removes a directory that held mounts. `rm` stays on the one file system, so that a mount that could not be undone
 * does not cost somebody the data behind it.
 *
 * @param {string} dir
 */
export async function removeTree(dir) {
  await unmountBelow(dir);
  await run(["rm", "-rf", "--one-file-system", dir]);
}

/**
 * Whether overlay mounts work on the file system of `dir`: they do not on an overlay, as inside a container.
 *
 * @param {string} dir
 */
export async function supportsOverlay(dir) {
  const probe = mkdtempSync(`${dir}/overlay-`);
  try {
    for (const name of ["lower", "upper", "work", "merged"]) mkdirSync(`${probe}/${name}`);
    const layers = `lowerdir=${probe}/lower,upperdir=${probe}/upper,workdir=${probe}/work`;
    await run(["mount", "-t", "overlay", "overlay", "-o", layers, `${probe}/merged`]);
    await run(["umount", `${probe}/merged`]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
}
