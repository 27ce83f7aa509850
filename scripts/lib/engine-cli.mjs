import { parseArgs } from "node:util";
import { canRunEngine, engineStatus, purgeEngine, restartEngine, startEngine, stopEngine } from "./engine.mjs";
import { EngineFailure, EXIT } from "./failure.mjs";
import { DEFAULT_VERSION, ensureRoot, VERSIONS } from "./layout.mjs";
import { ensureClient, ensureCompose } from "./packages.mjs";

/** @typedef {import("./layout.mjs").EngineVersion} EngineVersion */

const USAGE = `Finds or starts a private Docker engine for tests and demos, on a Debian machine, as root.

  scripts/engine [start] [VERSION] [--registry]   start it, or find it running; prints its host
  scripts/engine restart VERSION [--kill]         end dockerd (SIGTERM, or SIGKILL) and start it again
  scripts/engine stop [VERSION|all]               stop it and its containers; data stays (default: all)
  scripts/engine purge [VERSION|all]              stop it and remove its data; downloads stay (default: all)
  scripts/engine status                           version, state, pid, host and namespace of each
  scripts/engine docker                           print the path of a Docker client for them
  scripts/engine compose                          print the path of a Docker Compose v2 for them

VERSION is ${VERSIONS.join(", ")} (default ${DEFAULT_VERSION}). Each has its own socket, containerd, data and network
namespace; published ports are reachable inside the latter: nsenter --net=NAMESPACE wget -O - 127.0.0.1:PORT
It holds the images fleet-test:1, :2, :user, :volume, :health and claude-hooks:dev. --registry adds a registry, on
127.0.0.1:5000 in the namespace, that holds fleet-test:1. Members of the group "docker" may use the socket.

State and downloads are in FLEET_ENGINE_DIR (default /var/tmp/fleet-engine). Progress goes to standard error.
Exit codes: 1 failed, 2 wrong usage, 3 Debian no longer offers that version or it does not run here, 4 this machine
cannot run engines.
`;

const onProgress = (/** @type {string} */ message) => void process.stderr.write(`engine: ${message}\n`);

/** @param {string[]} argv */
async function main(argv) {
  const { values, positionals } = parse(argv);
  if (values.help) return void process.stdout.write(USAGE);
  // `scripts/engine 26` is short for `scripts/engine start 26`.
  const implied = positionals.length === 0 || isVersion(positionals[0]);
  const [verb = "", ...rest] = implied ? ["start", ...positionals] : positionals;
  if (rest.length > 1) throw usage(`too many arguments: ${rest.join(" ")}`);
  if (values.registry && verb !== "start") throw usage("--registry goes with start");
  if (values.kill && verb !== "restart") throw usage("--kill goes with restart");
  const [which] = rest;
  if (verb === "status") return await status();
  requireMachine();
  switch (verb) {
    case "start": {
      const version = one(which ?? DEFAULT_VERSION);
      return print((await startEngine({ version, registry: values.registry, onProgress })).host);
    }
    case "restart": {
      const signal = values.kill ? "SIGKILL" : "SIGTERM";
      return print((await restartEngine(one(which), { signal, onProgress })).host);
    }
    case "stop":
      for (const version of several(which)) await stopEngine(version, onProgress);
      return;
    case "purge":
      for (const version of several(which)) await purgeEngine(version, onProgress);
      return;
    case "docker":
      ensureRoot();
      return print(await ensureClient(onProgress));
    case "compose":
      ensureRoot();
      return print(await ensureCompose(onProgress));
    default:
      throw usage(`no such command or version: ${verb}`);
  }
}

/** @param {string[]} argv */
function parse(argv) {
  try {
    return parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h", default: false },
        registry: { type: "boolean", default: false },
        kill: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error));
  }
}

async function status() {
  for (const engine of await engineStatus()) {
    const state = engine.answers ? "running" : engine.pid ? "not answering" : "stopped";
    print(
      [engine.version, state, engine.pid ?? "-", engine.host, engine.netns, engine.registry ? "registry" : "-"].join(
        "\t",
      ),
    );
  }
}

function requireMachine() {
  const reason = canRunEngine();
  if (reason) throw new EngineFailure(reason, EXIT.cannotRun);
}

/**
 * @param {string | undefined} text
 * @returns {text is EngineVersion}
 */
function isVersion(text) {
  return VERSIONS.some((version) => version === text);
}

/** @param {string | undefined} text */
function one(text) {
  if (!isVersion(text)) throw usage(`which version? one of ${VERSIONS.join(", ")}`);
  return text;
}

/** @param {string} [text] */
function several(text = "all") {
  return text === "all" ? VERSIONS : [one(text)];
}

/** @param {string} line */
function print(line) {
  process.stdout.write(`${line}\n`);
}

/** @param {string} message */
function usage(message) {
  return new EngineFailure(`${message}\nTry: scripts/engine --help`, EXIT.usage);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof EngineFailure)) throw error;
  process.stderr.write(`engine: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
