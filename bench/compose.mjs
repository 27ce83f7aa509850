/**
 * fleet against docker compose v2, on one private engine, with the same containers: first apply, an apply that changes
 * nothing, and a plan against a dry run. Prints times and ratios; `--check` fails when a ratio is over its limit.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { engineStatus, startEngine, stopEngine } from "../scripts/lib/engine.mjs";
import { ensureCompose } from "../scripts/lib/packages.mjs";
import { byTurns, median, timeOf } from "./timing.mjs";

const count = 50;
const rounds = 15;
const firstRounds = 3;
const limits = { first: 1, "no-op": 2, plan: 2 };

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = mkdtempSync(join(tmpdir(), "fleet-bench-"));
const fleetFile = join(folder, "fleet.yaml");
const composeFile = join(folder, "compose.yaml");
const names = Array.from({ length: count }, (_, index) => `w${String(index + 1).padStart(2, "0")}`);

// The same fields for both, and a pid 1 that ends at SIGTERM.
writeFileSync(
  fleetFile,
  `apiVersion: fleet/v1
kind: Fleet
metadata: { name: bench }
spec:
  templates:
    worker:
      image: fleet-test:1
      user: "1000:1000"
      restart: unless-stopped
      env: { A: "1", B: "2", C: "3" }
      resources: { memory: 64Mi, pids: 64 }
  instances:
${names.map((name) => `    - { name: ${name}, template: worker }`).join("\n")}
`,
);
writeFileSync(
  composeFile,
  `name: bench-compose
x-worker: &worker
  image: fleet-test:1
  user: "1000:1000"
  restart: unless-stopped
  network_mode: bridge
  environment: { A: "1", B: "2", C: "3" }
  mem_limit: 64m
  pids_limit: 64
services:
${names.map((name) => `  ${name}: *worker`).join("\n")}
`,
);

const wasRunning = new Set((await engineStatus()).filter(({ answers }) => answers).map(({ version }) => version));
const engine = await startEngine({ onProgress: (line) => console.error(`  ${line}`) });
const compose = await ensureCompose((/** @type {string} */ line) => console.error(`  ${line}`));
// Where it is set, Node 20 reads every certificate there is at each start, whatever it is started for: 38 ms.
delete process.env.NODE_EXTRA_CA_CERTS;
const env = {
  DOCKER_HOST: engine.host,
  NO_COLOR: "1",
  XDG_CACHE_HOME: join(folder, "cache"),
  XDG_STATE_HOME: join(folder, "state"),
};
const fleet = (/** @type {string[]} */ ...args) =>
  timeOf(process.execPath, [join(root, "packages/cli/dist/fleet.cjs"), ...args, "-f", fleetFile], env);
const dockerCompose = (/** @type {string[]} */ ...args) => timeOf(compose, ["-f", composeFile, ...args], env);

/** @type {Record<string, Record<string, number>>} */
const results = {};
try {
  /** @type {{ fleet: number[], compose: number[] }} */
  const first = { fleet: [], compose: [] };
  for (let round = 0; round < firstRounds; round += 1) {
    first.fleet.push(fleet("apply", "--yes"));
    if (round < firstRounds - 1) fleet("destroy", "--yes");
    first.compose.push(dockerCompose("up", "-d"));
    if (round < firstRounds - 1) dockerCompose("down", "-t", "1");
  }
  results.first = { fleet: median(first.fleet), compose: median(first.compose) };
  results["no-op"] = byTurns(rounds, {
    fleet: () => fleet("apply", "--yes"),
    compose: () => dockerCompose("up", "-d"),
  });
  results.plan = byTurns(rounds, {
    fleet: () => fleet("plan", "--detailed-exitcode"),
    compose: () => dockerCompose("--dry-run", "up", "-d"),
  });
} finally {
  fleet("destroy", "--yes");
  dockerCompose("down", "-t", "1");
  if (!wasRunning.has(engine.version)) await stopEngine(engine.version);
  rmSync(folder, { recursive: true, force: true });
}

let over = false;
console.log(`${count} containers, Docker ${engine.version}, medians`);
for (const [what, { fleet: ours = Number.NaN, compose: theirs = Number.NaN }] of Object.entries(results)) {
  const ratio = ours / theirs;
  const limit = limits[/** @type {keyof typeof limits} */ (what)];
  over ||= ratio > limit;
  console.log(
    `${what.padEnd(6)}  fleet ${ours.toFixed(0).padStart(5)} ms   compose ${theirs.toFixed(0).padStart(5)} ms   ratio ${ratio.toFixed(2)} (limit ${limit})`,
  );
}
if (over && process.argv.includes("--check")) process.exit(1);
