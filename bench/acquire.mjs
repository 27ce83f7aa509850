/**
 * What a lease costs: on a container that is ready, on a lazy one that has to be started (beside the engine's own start), and how
 * long 10,000 looks at the status take. One private engine; `--check` fails when something is over its limit.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dockerEngine, parseEndpoint } from "@fleet/core";
import { defineFleet, openFleet } from "@fleet/runner";
import { engineStatus, startEngine, stopEngine } from "../scripts/lib/engine.mjs";
import { median } from "./timing.mjs";

const acquires = 2_000;
const starts = 20;
const looks = 10_000;
/** Milliseconds: the 99th percentile on a ready one, and the median over the engine's own start. */
const limits = { ready: 1, overStart: 50 };

const folder = mkdtempSync(join(tmpdir(), "fleet-bench-"));
const wasRunning = new Set((await engineStatus()).filter(({ answers }) => answers).map(({ version }) => version));
const { host: address, version } = await startEngine({ onProgress: (line) => console.error(`  ${line}`) });
const engine = dockerEngine(parseEndpoint(address));
const sleeper = { image: "fleet-test:1", command: ["sleep", "infinity"], init: true };
const fleet = await openFleet({
  spec: () =>
    defineFleet({
      apiVersion: "fleet/v1",
      kind: "Fleet",
      metadata: { name: "bench-acquire" },
      spec: {
        instances: [
          { name: "hot", ...sleeper },
          { name: "lazy", ...sleeper, lifecycle: { kind: "lazy", idleStop: "1h" } },
          { name: "alone", ...sleeper, lifecycle: { kind: "lazy", idleStop: "1h" } },
        ],
      },
    }),
  engine,
  stateFolder: folder,
});

/** @type {{ ready: number[], probed: number[], started: number[], own: number[], status: number }} */
const found = { ready: [], probed: [], started: [], own: [], status: 0 };
try {
  await fleet.start();
  await fleet.reconcile();
  await timeAcquire("hot", {});
  for (let round = 0; round < acquires; round += 1) found.ready.push(await timeAcquire("hot", {}));
  await timeAcquire("hot", { workingDir: "/tmp" });
  for (let round = 0; round < acquires; round += 1) found.probed.push(await timeAcquire("hot", { workingDir: "/tmp" }));
  for (let round = 0; round < starts; round += 1) {
    found.own.push(await timeStart("bench-acquire-alone"));
    await stop("bench-acquire-lazy");
    found.started.push(await timeAcquire("lazy", {}));
  }
  const began = performance.now();
  for (let round = 0; round < looks; round += 1) fleet.status();
  found.status = performance.now() - began;
} finally {
  await fleet.stop();
  for (const { id, name } of await engine.listContainers()) {
    if (name.startsWith("bench-acquire-")) await engine.removeContainer(id, { force: true });
  }
  await engine.close();
  if (!wasRunning.has(version)) await stopEngine(version);
  rmSync(folder, { recursive: true, force: true });
}

const over = median(found.started) - median(found.own);
console.log(`Docker ${version}`);
print(`${acquires} leases of a ready one`, found.ready);
print(`${acquires} with a working directory`, found.probed);
print(`${starts} starts by the engine`, found.own);
print(`${starts} leases of a stopped one`, found.started);
console.log(`over the engine's own start: ${over.toFixed(1)} ms at the median (limit ${limits.overStart})`);
console.log(`${looks} looks at the status: ${found.status.toFixed(0)} ms`);
const failures = [
  percentile(found.ready, 0.99) > limits.ready && `a ready one over ${limits.ready} ms`,
  percentile(found.probed, 0.99) > limits.ready && `a ready one with a working directory over ${limits.ready} ms`,
  over > limits.overStart && `a stopped one ${limits.overStart} ms over the engine's own start`,
].filter((text) => text !== false);
for (const text of failures) console.log(text);
if (failures.length > 0 && process.argv.includes("--check")) process.exit(1);

/**
 * Milliseconds until there is a lease; it is released.
 *
 * @param {string} name
 * @param {{ workingDir?: string }} asked
 */
async function timeAcquire(name, asked) {
  const began = performance.now();
  const acquired = await fleet.acquire(name, { holder: "bench", ...asked });
  const took = performance.now() - began;
  if (!acquired.ok) throw new Error(`${name}: ${acquired.reason}: ${acquired.message}`);
  acquired.lease.release();
  return took;
}

/**
 * Milliseconds that the engine takes to start a stopped container.
 *
 * @param {string} name
 */
async function timeStart(name) {
  await stop(name);
  const began = performance.now();
  await engine.startContainer(name);
  return performance.now() - began;
}

/** @param {string} name */
async function stop(name) {
  await engine.stopContainer(name);
  await fleet.reconcile();
}

/**
 * @param {readonly number[]} durations
 * @param {number} share
 */
function percentile(durations, share) {
  const sorted = [...durations].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/**
 * @param {string} what
 * @param {readonly number[]} durations
 */
function print(what, durations) {
  const [p50, p99] = [0.5, 0.99].map((share) => percentile(durations, share).toFixed(2).padStart(8));
  console.log(`${what.padEnd(34)} p50 ${p50} ms   p99 ${p99} ms`);
}
