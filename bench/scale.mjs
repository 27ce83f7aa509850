/**
 * What the operator loop costs as a fleet grows: on the engine in memory, each size in a process of its own. Prints a
 * table; `--check` fails when an instance costs much more in the largest fleet than in the one before.
 */
import { spawnSync } from "node:child_process";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { systemClock } from "@fleet/core";
import { containerConfig, instanceSpec, memoryEngine, memoryHost, resolvedFleet } from "@fleet/core/testing";
import { Loop, memoryJournal, memoryStore } from "@fleet/runner";

const sizes = [100, 1_000, 10_000];
/** How many times as much an instance may cost in the largest fleet as in the one before. */
const limit = 1.5;
/**
 * The same for a single pass over the fleet: that of a thousand stays in the processor's caches, and that of ten thousand
 * does not, which makes it about 2.5 times. What is quadratic makes it 10.
 */
const passLimit = 3;
const rounds = 9;
/** Milliseconds. */
const startTime = 1;

/**
 * @typedef {object} Row
 * @property {string} what
 * @property {string} unit
 * @property {number} value
 * @property {number} [limit]  absent for what hangs on whatever else the machine does
 *
 * @typedef {object} Standing  a fleet that is up
 * @property {Loop} loop
 * @property {ReturnType<typeof memoryEngine>} engine
 * @property {ReturnType<typeof fleetOf>} fleet
 * @property {() => Promise<void>} relist  one, as the loop's timer has it
 */

const [, , size] = process.argv;
if (size !== undefined && Number(size) > 0) console.log(JSON.stringify(await measure(Number(size))));
else if (!report(sizes.map(inOwnProcess)) && process.argv.includes("--check")) process.exit(1);

/**
 * @param {number} count
 * @returns {readonly Row[]}
 */
function inOwnProcess(count) {
  const { status, stdout } = spawnSync(
    process.execPath,
    ["--expose-gc", fileURLToPath(import.meta.url), String(count)],
    { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
  );
  if (status !== 0) throw new Error(`the fleet of ${count} ended with ${status}`);
  return JSON.parse(stdout);
}

/**
 * Prints the table; whether all of it is within the limit.
 *
 * @param {readonly (readonly Row[])[]} columns  one for each size
 */
function report(columns) {
  const [labels = []] = columns;
  const numbers = sizes.map((count) => `${count}`.padStart(10)).join("");
  console.log(`${"instances".padEnd(44)}${numbers}   an instance in ${sizes.at(-1)} to one in ${sizes.at(-2)}`);
  const within = labels.map(({ what, unit, limit: most }, row) => {
    const values = columns.map((column) => column[row]?.value ?? Number.NaN);
    const [before = Number.NaN, largest = Number.NaN] = values.slice(-2);
    const growth = largest / before / ((sizes.at(-1) ?? 1) / (sizes.at(-2) ?? 1));
    const cells = values.map((value) => value.toFixed(value < 100 ? 1 : 0).padStart(10)).join("");
    console.log(
      `${`${what}, ${unit}`.padEnd(44)}${cells}   ${growth.toFixed(2)}${most === undefined ? "" : ` (limit ${most})`}`,
    );
    return most === undefined || growth <= most;
  });
  console.log(`load ${loadavg()[0]?.toFixed(1)}`);
  return within.every(Boolean);
}

/**
 * @param {number} count
 * @returns {Promise<readonly Row[]>}
 */
async function measure(count) {
  const { begin, ...world } = prepare(count);
  const first = await timed(begin);
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const changes = await repeatedly((round) => loseOne(world, round));
  const desires = await repeatedly((round) => desireOne(world, round));
  const relists = await repeatedly(() => world.relist());
  const statuses = await repeatedly(async () => void world.loop.status());
  await world.loop.stop();
  return [
    { what: "first convergence", unit: "ms", value: first.wall },
    { what: "first convergence", unit: "ms of CPU", value: first.cpu, limit },
    { what: "a removed container is back", unit: "ms", value: changes.wall },
    { what: "a removed container is back", unit: "ms of CPU", value: changes.cpu, limit },
    { what: "one instance's spec changes", unit: "ms", value: desires.wall },
    { what: "one instance's spec changes", unit: "ms of CPU", value: desires.cpu, limit },
    { what: "a list that finds nothing new", unit: "ms of CPU", value: relists.cpu, limit: passLimit },
    { what: "status of the fleet", unit: "ms of CPU", value: statuses.cpu, limit: passLimit },
    { what: "memory after convergence (RSS)", unit: "MB", value: rss / 2 ** 20, limit },
    { what: "heap after convergence", unit: "MB", value: heapUsed / 2 ** 20, limit },
  ];
}

/**
 * @param {number} count
 * @returns {Standing & { begin: () => Promise<void> }}
 */
function prepare(count) {
  const host = memoryHost();
  host.addDirectory("/srv");
  const engine = memoryEngine({ host, images: { "fleet-test:1": {} } });
  // Nothing is done at once on an engine: what ends at different times is looked at at different times.
  engine.delay("startContainer", startTime);
  const fleet = fleetOf(count);
  // The loop's own timer of lists is set off by hand.
  let relistDue = () => {};
  let relistSet = () => {};
  const clock = {
    ...systemClock,
    setTimeout: (/** @type {() => void} */ callback, /** @type {number} */ milliseconds) => {
      if (milliseconds === fleet.policy.resync) {
        relistDue = callback;
        relistSet();
      }
      return systemClock.setTimeout(callback, milliseconds);
    },
  };
  const loop = new Loop({
    engine,
    host,
    fleet,
    journal: memoryJournal(),
    store: memoryStore(),
    program: { pid: process.pid, version: "0" },
    clock,
  });
  return {
    engine,
    loop,
    fleet,
    begin: async () => {
      await loop.start();
      await loop.idle();
      const settled = loop.status().instances.filter(({ phase, state }) => phase === "settled" && state === "running");
      if (settled.length !== count) throw new Error(`only ${settled.length} of ${count} have settled`);
    },
    relist: () =>
      new Promise((resolve) => {
        relistSet = resolve;
        relistDue();
      }),
  };
}

/**
 * Sleepers, each with a volume and a directory of its own, as agents have them.
 *
 * @param {number} count
 */
function fleetOf(count) {
  const fleet = resolvedFleet(Array.from({ length: count }, (_, index) => sleeper(index, 64)));
  return { ...fleet, policy: { ...fleet.policy, resync: 3_600_000, deepResync: 7_200_000 } };
}

/**
 * @param {number} index
 * @param {number} megabytes
 */
function sleeper(index, megabytes) {
  const name = `w${String(index).padStart(6, "0")}`;
  return instanceSpec({
    name,
    config: containerConfig({
      env: { A: "1", B: "2", C: "3" },
      memory: megabytes * 2 ** 20,
      mounts: [
        { kind: "bind", source: `/srv/${name}`, target: "/projects", readOnly: false },
        { kind: "volume", source: `test-${name}`, target: "/state", readOnly: false },
      ],
    }),
  });
}

/**
 * `docker rm -f`, until it runs again.
 *
 * @param {Standing} standing
 * @param {number} round
 */
async function loseOne({ loop, engine, fleet }, round) {
  const { name, container } = pick(fleet.instances, round);
  const before = loop.instance(name)?.id;
  engine.remove(container);
  await loop.idle();
  const { phase, state, id } = loop.instance(name) ?? {};
  if (phase !== "settled" || state !== "running" || id === before) throw new Error(`${name} did not come back`);
}

/**
 * The memory of one instance changes, until it has been updated.
 *
 * @param {Standing} standing
 * @param {number} round
 */
async function desireOne({ loop, engine, fleet }, round) {
  const changed = pick(fleet.instances, round);
  const index = fleet.instances.indexOf(changed);
  const next = sleeper(index, 128 + round);
  loop.desire({ ...fleet, instances: fleet.instances.with(index, next) });
  await loop.idle();
  const { config } = await engine.inspectContainer(changed.container);
  if (config.memory !== next.config.memory) throw new Error(`${changed.name} has not been updated`);
}

/**
 * Another one each round, all over the list.
 *
 * @template T
 * @param {readonly T[]} list
 * @param {number} round
 */
function pick(list, round) {
  const found = list[Math.floor((list.length * (round + 1)) / (rounds + 2))];
  if (found === undefined) throw new Error("the fleet is empty");
  return found;
}

/**
 * The best of all rounds, after one to warm up: what others do to the machine only ever adds.
 *
 * @param {(round: number) => Promise<void>} work
 */
async function repeatedly(work) {
  const found = [];
  for (let round = 0; round <= rounds; round += 1) found.push(await timed(() => work(round)));
  const counted = found.slice(1);
  return { wall: Math.min(...counted.map(({ wall }) => wall)), cpu: Math.min(...counted.map(({ cpu }) => cpu)) };
}

/**
 * Milliseconds by the clock, and of this process on all cores.
 *
 * @param {() => Promise<void>} work
 */
async function timed(work) {
  const [began, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { wall: performance.now() - began, cpu: (user + system) / 1000 };
}
