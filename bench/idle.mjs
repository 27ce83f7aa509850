/**
 * What `fleet run` costs while nothing happens: 100 containers on one private engine, each with a volume and a directory.
 * Prints the share of one core and the memory; `--minutes N` says how long to look on (default 5), `--check` fails when
 * something is over its limit.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { engineStatus, startEngine, stopEngine } from "../scripts/lib/engine.mjs";
import { timeOf } from "./timing.mjs";

const count = 100;
/** Percent of one core, and megabytes. */
const limits = { cpu: 0.5, rss: 120 };
/** Milliseconds: for what the beginning leaves to be done. */
const settling = 20_000;
/** The kernel's unit in /proc/PID/stat. */
const ticksPerSecond = 100;

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "5" }, check: { type: "boolean", default: false } },
});
const interval = Number(values.minutes) * 60_000;

const cli = join(dirname(fileURLToPath(import.meta.url)), "../packages/cli/dist/fleet.cjs");
const folder = mkdtempSync(join(tmpdir(), "fleet-bench-"));
const fleetFile = join(folder, "fleet.yaml");
const names = Array.from({ length: count }, (_, index) => `w${String(index + 1).padStart(3, "0")}`);
mkdirSync(join(folder, "projects"));
writeFileSync(
  fleetFile,
  `apiVersion: fleet/v1
kind: Fleet
metadata: { name: bench-idle }
spec:
  templates:
    worker:
      image: fleet-test:1
      user: "1000:1000"
      restart: unless-stopped
      env: { A: "1", B: "2", C: "3" }
      resources: { memory: 64Mi, pids: 64 }
      mounts:
        - { volume: "bench-idle-{name}", target: /state }
        - bind: "${folder}/projects/{name}"
          target: /projects
          ownership: { uid: 1000, gid: 1000, mode: "0755" }
  instances:
${names.map((name) => `    - { name: ${name}, template: worker }`).join("\n")}
`,
);

const wasRunning = new Set((await engineStatus()).filter(({ answers }) => answers).map(({ version }) => version));
const engine = await startEngine({ onProgress: (line) => console.error(`  ${line}`) });
const env = {
  ...process.env,
  DOCKER_HOST: engine.host,
  NO_COLOR: "1",
  XDG_STATE_HOME: join(folder, "state"),
  XDG_CACHE_HOME: join(folder, "cache"),
};
const fleet = (/** @type {string[]} */ ...args) => timeOf(process.execPath, [cli, ...args, "-f", fleetFile], env);

/** @type {{ cpu: number, rss: number, peak: number }} */
let found;
try {
  fleet("apply", "--yes");
  found = await lookOn();
} finally {
  fleet("destroy", "--yes", ...names.flatMap((name) => ["--volume", `bench-idle-${name}`]));
  if (!wasRunning.has(engine.version)) await stopEngine(engine.version);
  rmSync(folder, { recursive: true, force: true });
}

const { cpu, rss, peak } = found;
console.log(`${count} containers, Docker ${engine.version}, ${values.minutes} min, load ${loadavg()[0]?.toFixed(1)}`);
console.log(`cpu   ${cpu.toFixed(2)} % of one core (limit ${limits.cpu})`);
console.log(`rss   ${rss.toFixed(0)} MB, at most ${peak.toFixed(0)} MB (limit ${limits.rss})`);
if (values.check && (cpu > limits.cpu || peak > limits.rss)) process.exitCode = 1;

/** Runs the loop for as long as was asked. */
async function lookOn() {
  const loop = spawn(process.execPath, [cli, "run", "-f", fleetFile, "--log-level", "warn"], {
    env,
    stdio: ["ignore", "inherit", "inherit"],
  });
  const ended = new Promise((resolve) => loop.once("exit", resolve));
  try {
    await Promise.race([sleep(settling), ended]);
    const { pid } = loop;
    if (pid === undefined || loop.exitCode !== null) throw new Error(`fleet run ended with ${loop.exitCode}`);
    const [began, before] = [performance.now(), cpuTime(pid)];
    await Promise.race([sleep(interval), ended]);
    if (loop.exitCode !== null) throw new Error(`fleet run ended with ${loop.exitCode}`);
    const used = cpuTime(pid) - before;
    return { cpu: (100 * used) / (performance.now() - began), rss: memory(pid, "VmRSS"), peak: memory(pid, "VmHWM") };
  } finally {
    loop.kill("SIGTERM");
    await ended;
  }
}

/**
 * Milliseconds that a process has had so far, in itself and in the kernel.
 *
 * @param {number} pid
 */
function cpuTime(pid) {
  // After the name, which may hold blanks.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
}

/**
 * Megabytes.
 *
 * @param {number} pid
 * @param {"VmRSS" | "VmHWM"} field
 */
function memory(pid, field) {
  const [, kilobytes] =
    new RegExp(`^${field}:\\s*(\\d+) kB$`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) / 1024;
}
