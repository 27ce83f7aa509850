/**
 * The main job from nothing, in front of the user: install, build, find or start an engine, bring up the example
 * fleet, break it, heal it, clean up. Leaves nothing behind.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, install, root, seconds } from "./lib/steps.mjs";

const began = performance.now();
const scratch = mkdtempSync(join(tmpdir(), "fleet-quickstart-"));
const spec = join("examples", "quickstart", "fleet.yaml");
/** @type {(() => unknown)[]} undone last first */
const undo = [() => rmSync(scratch, { recursive: true, force: true })];

process.on("SIGINT", () => cleanUp().then(() => process.exit(130)));
process.on("SIGTERM", () => cleanUp().then(() => process.exit(143)));

let code = 1;
try {
  code = await main();
} catch (error) {
  console.error(`quickstart: ${/** @type {Error} */ (error).message}`);
} finally {
  await cleanUp();
}
process.exit(code);

async function main() {
  await install();
  await build();
  const engine = await findEngine();
  const env = {
    QUICKSTART_DIR: join(scratch, "data"),
    QUICKSTART_IMAGE: engine.image,
    XDG_STATE_HOME: join(scratch, "state"),
    XDG_CACHE_HOME: join(scratch, "cache"),
  };
  const fleet = (/** @type {string[]} */ ...args) => runFleet(engine.host, env, args);
  undo.push(() => runFleet(engine.host, env, ["destroy", "--yes", ...volumes()], true));

  say("A fleet of three, from a spec:");
  fleet("plan");
  must(fleet("apply", "--yes"));

  say("Break it: a container vanishes, and a directory goes to root.");
  await engine.removeContainer("quickstart-dev");
  await engine.spoilOwner(join(scratch, "data", "probe", "projects"));

  say("fleet names what differs, and why:");
  fleet("plan");

  say("And mends just that:");
  must(fleet("apply", "--yes"));
  fleet("status");

  say("Clean up:");
  must(fleet("destroy", "--yes", ...volumes()));
  undo.pop();
  say(`Done in ${seconds(performance.now() - began)}. Next: README.md, docs/, and a fleet.yaml of your own.`);
  return 0;
}

function volumes() {
  return ["dev", "reviewer", "probe"].flatMap((name) => ["--volume", `quickstart-${name}-state`]);
}

/**
 * The user's engine if one answers, else a private one, else the one in memory.
 *
 * @typedef {object} Engine
 * @property {string} host
 * @property {string} image
 * @property {(name: string) => Promise<unknown>} removeContainer
 * @property {(path: string) => unknown} spoilOwner
 *
 * @returns {Promise<Engine>}
 */
async function findEngine() {
  const core = await import("../packages/core/dist/index.js");
  const mine = await userEngine(core);
  if (mine !== null) {
    console.error(`· using your engine at ${mine}`);
    return realEngine(core, mine, process.env.QUICKSTART_IMAGE ?? "busybox:stable");
  }
  const { canRunEngine, purgeEngine, startEngine } = await privateEngines();
  const obstacle = canRunEngine();
  if (obstacle === null) {
    console.error("· no engine answers here: starting a private one (its own socket, data and network)");
    undo.push(() => purgeEngine("20.10"));
    const { host } = await startEngine({ onProgress: (line) => console.error(`  ${line}`) });
    return realEngine(core, host, "fleet-test:1");
  }
  console.error(`· no engine answers here, and a private one cannot be started (${obstacle}):`);
  console.error("  using the engine in memory. Nothing real is made; what you see is a rehearsal.");
  return rehearsalEngine();
}

/** Imported late, since the folder that its engines live in is read from the environment. */
async function privateEngines() {
  process.env.FLEET_ENGINE_DIR = join(scratch, "engine");
  return import("./lib/engine.mjs");
}

/** @param {typeof import("../packages/core/dist/index.js")} core */
async function userEngine({ dockerEngine, localInputs, resolveEndpoint }) {
  try {
    const engine = dockerEngine(resolveEndpoint(localInputs()));
    await engine.info({ deadline: 5000 });
    await engine.close();
    return engine.address;
  } catch {
    return null;
  }
}

/**
 * @param {typeof import("../packages/core/dist/index.js")} core
 * @param {string} host
 * @param {string} image
 * @returns {Engine}
 */
function realEngine({ dockerEngine, parseEndpoint }, host, image) {
  const engine = dockerEngine(parseEndpoint(host));
  undo.push(() => engine.close());
  return {
    host,
    image,
    removeContainer: (name) => {
      command(`docker rm -f ${name}`);
      return engine.removeContainer(name, { force: true });
    },
    spoilOwner: (path) => {
      if (process.getuid?.() === 0) {
        command(`chown root:root ${path}`);
        chownSync(path, 0, 0);
      } else {
        command(`chmod 0700 ${path}`);
        chmodSync(path, 0o700);
      }
    },
  };
}

/** @returns {Promise<Engine>} */
async function rehearsalEngine() {
  const { memoryEngine, memoryHost } = await import("../packages/core/dist/testing.js");
  const file = join(scratch, "memory.json");
  return {
    host: `memory:${file}`,
    image: "fleet-test:1",
    removeContainer: (name) => {
      command(`docker rm -f ${name}`);
      return memoryEngine({ file, anyImage: true }).removeContainer(name, { force: true });
    },
    spoilOwner: (path) => {
      command(`chown root:root ${path}`);
      memoryHost({ file }).change(path, { uid: 0, gid: 0 });
    },
  };
}

/**
 * @param {string} host
 * @param {Record<string, string | undefined>} env
 * @param {string[]} args
 */
function runFleet(host, env, args, quiet = false) {
  if (!quiet) command(`fleet ${args.join(" ")}`);
  const bin = join(root, "packages/cli/dist/fleet.cjs");
  const { status } = spawnSync(process.execPath, [bin, ...args, "-f", spec, "--host", host], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: quiet ? "ignore" : ["ignore", "inherit", "inherit"],
  });
  return status ?? 1;
}

/** @param {number} status */
function must(status) {
  if (status !== 0) throw new Error(`the last command failed with exit code ${status}`);
}

/** @param {string} text */
function command(text) {
  console.log(`\n$ ${text}`);
}

/** @param {string} text */
function say(text) {
  console.log(`\n── ${text}`);
}

async function cleanUp() {
  for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
}
