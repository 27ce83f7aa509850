/**
 * How long an agent's container is away after `docker rm -f`: the fleet of examples/claude-hooks, kept by the loop on one
 * private engine. Prints median and worst; `--check` fails when one is over its limit.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { dockerEngine, localHost, parseEndpoint, parseFleet, resolveFleet, systemClock } from "@fleet/core";
import { Loop, memoryStore, openJournal } from "@fleet/runner";
import { engineStatus, startEngine, stopEngine } from "../scripts/lib/engine.mjs";
import { timeRemoval } from "./removal.mjs";
import { median } from "./timing.mjs";

const rounds = 30;
const victim = "dev-default";
/** Milliseconds. */
const limits = { median: 700, worst: 2_000, ours: 30 };
/** What keeps such fleets without events: it looks every minute. Milliseconds. */
const watchdog = 60_000;

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = mkdtempSync(join(tmpdir(), "fleet-bench-"));
const wasRunning = new Set((await engineStatus()).filter(({ answers }) => answers).map(({ version }) => version));
const { host: address, version } = await startEngine({ onProgress: (line) => console.error(`  ${line}`) });
const engine = dockerEngine(parseEndpoint(address));
const fleet = readFleet();
const journal = await openJournal({ folder: join(folder, "journal"), clock: systemClock });
/** @type {number[]} */
const ours = [];
const nothing = () => undefined;
const loop = new Loop({
  engine,
  host: localHost({ engine, uid: process.getuid?.() ?? 0 }),
  fleet,
  journal,
  store: memoryStore(),
  program: { pid: process.pid, version: "bench" },
  meter: { looked: nothing, acted: nothing, reacted: (duration) => ours.push(duration), reconnected: nothing },
});

/** @type {import("./removal.mjs").Absence[]} */
const absences = [];
try {
  await loop.start();
  await loop.idle();
  ours.length = 0;
  for (let round = 0; round < rounds; round += 1) {
    absences.push(await timeRemoval(address, `${fleet.name}-${victim}`));
    await loop.idle();
  }
} finally {
  await loop.stop();
  await journal.close();
  await removeEverything();
  await engine.close();
  if (!wasRunning.has(version)) await stopEngine(version);
  rmSync(folder, { recursive: true, force: true });
}

const sinceAnswer = absences.map((absence) => absence.sinceAnswer);
const sinceEvent = absences.map((absence) => absence.sinceEvent);
console.log(
  `${fleet.instances.length} containers, Docker ${version}: one removed by force ${rounds} times, until it runs again`,
);
print("since the removal's answer", sinceAnswer);
print("since the engine's event", sinceEvent);
print("of it until our first call", ours);
console.log(
  `a watchdog that looks every ${watchdog / 1000} s: ${watchdog / 2} ms at the median, ${watchdog} ms at worst`,
);
const over = [
  median(sinceAnswer) > limits.median && `median over ${limits.median} ms`,
  Math.max(...sinceAnswer) > limits.worst && `worst over ${limits.worst} ms`,
  median(ours) > limits.ours && `median until our first call over ${limits.ours} ms`,
].filter((text) => text !== false);
for (const text of over) console.log(text);
if (over.length > 0 && process.argv.includes("--check")) process.exit(1);

/**
 * @param {string} what
 * @param {readonly number[]} durations
 */
function print(what, durations) {
  const [middle, worst] = [median([...durations]), Math.max(...durations)].map((ms) => ms.toFixed(0).padStart(5));
  console.log(`${what.padEnd(27)} median ${middle} ms   worst ${worst} ms`);
}

function readFleet() {
  const parsed = parseFleet(readFileSync(join(root, "examples/claude-hooks/fleet.yaml"), "utf8"));
  if (!parsed.ok) throw new Error("the example does not parse");
  const env = { FORGE_TOKEN: "bench", CLAUDE_HOOKS_DIR: folder };
  const resolved = resolveFleet(parsed.spec, parsed.source, {
    env,
    home: folder,
    baseDir: folder,
    readFile: (path) => readFileSync(path, "utf8"),
  });
  if (!resolved.ok) throw new Error("the example does not resolve");
  return resolved.fleet;
}

async function removeEverything() {
  const mine = (/** @type {{ readonly name: string }} */ { name }) => name.startsWith(`${fleet.name}-`);
  for (const { id } of (await engine.listContainers()).filter(mine)) await engine.removeContainer(id, { force: true });
  for (const { name } of (await engine.listVolumes()).filter(mine)) await engine.removeVolume(name);
}
