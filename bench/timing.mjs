import { spawnSync } from "node:child_process";

/**
 * Wall time of a command in milliseconds; throws when it fails.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Record<string, string>} [env]
 */
export function timeOf(command, args, env = {}) {
  const began = performance.now();
  const { status, stderr } = spawnSync(command, args, { env: { ...process.env, ...env }, encoding: "utf8" });
  const took = performance.now() - began;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}\n${stderr}`);
  return took;
}

/**
 * Times several commands by turns, so that what else the machine does falls on all of them, after one run to warm up.
 *
 * @param {number} rounds
 * @param {Record<string, () => number>} contenders
 * @returns {Record<string, number>} median by name, in milliseconds
 */
export function byTurns(rounds, contenders) {
  const times = Object.fromEntries(Object.keys(contenders).map((name) => [name, /** @type {number[]} */ ([])]));
  for (let round = -1; round < rounds; round += 1) {
    for (const [name, run] of Object.entries(contenders)) {
      const took = run();
      if (round >= 0) times[name]?.push(took);
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, list]) => [name, median(list)]));
}

/** @param {number[]} list */
export function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
