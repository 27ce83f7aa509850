import { createHash } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { EngineFailure, EXIT } from "./failure.mjs";

/** @typedef {"20.10" | "26" | "28"} EngineVersion */

/** @type {readonly EngineVersion[]} */
export const VERSIONS = Object.freeze(/** @type {const} */ (["20.10", "26", "28"]));
/** @type {EngineVersion} */
export const DEFAULT_VERSION = "20.10";

/** Everything this tool writes lies below here, save the network namespaces' names. */
export const ROOT = resolve(process.env.FLEET_ENGINE_DIR || "/var/tmp/fleet-engine");

/** Downloaded programs, one folder per bundle; they outlive `purge`. */
export const PACKAGES = `${ROOT}/packages`;

/** A socket's path must fit in sockaddr_un (108 bytes), and containerd appends ".ttrpc" to its own. */
const LONGEST_SOCKET_PATH = 99;

/**
 * @typedef {object} Layout where one engine keeps its things
 * @property {EngineVersion} version
 * @property {string} dir
 * @property {string} socket
 * @property {string} host
 * @property {string} data       dockerd's data root
 * @property {string} containerd containerd's root
 * @property {string} run        what means nothing once the processes are gone
 * @property {string} exec       dockerd's exec root, in `run`
 * @property {string} containerdSocket
 * @property {string} pidFile
 * @property {string} log
 * @property {string} bin        the programs of this engine, and of no other: see processes.mjs
 * @property {string} netns      name, as `ip netns` knows it
 * @property {string} netnsPath
 */

/**
 * @param {EngineVersion} version
 * @returns {Layout}
 */
export function layoutOf(version) {
  const dir = `${ROOT}/${version}`;
  const run = `${dir}/run`;
  // Two roots on one machine must not share a namespace.
  const tag = createHash("sha256").update(ROOT).digest("hex").slice(0, 6);
  const netns = `fleet-${version}-${tag}`;
  const socket = `${dir}/docker.sock`;
  const containerdSocket = `${run}/containerd.sock`;
  if (Buffer.byteLength(`${containerdSocket}.ttrpc`) > LONGEST_SOCKET_PATH) {
    throw new EngineFailure(`FLEET_ENGINE_DIR is too long for a unix socket: ${ROOT}`, EXIT.usage);
  }
  return {
    version,
    dir,
    socket,
    host: `unix://${socket}`,
    data: `${dir}/data`,
    containerd: `${dir}/containerd`,
    run,
    exec: `${run}/exec`,
    containerdSocket,
    pidFile: `${run}/dockerd.pid`,
    log: `${dir}/log`,
    bin: `${PACKAGES}/${version}/bin`,
    netns,
    netnsPath: `/run/netns/${netns}`,
  };
}

/** Makes the root. Its parent may be world-writable, so whoever made it first must have been root too. */
export function ensureRoot() {
  mkdirSync(ROOT, { recursive: true });
  const found = lstatSync(ROOT);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new EngineFailure(`${ROOT} is not a directory of ours; set FLEET_ENGINE_DIR to another`);
  }
  // Whatever the umask: members of the socket's group have to get through to the socket.
  chmodSync(ROOT, 0o755);
}

/** @param {Layout} layout */
export function ensureFolders(layout) {
  for (const dir of [layout.dir, layout.run, layout.log]) {
    mkdirSync(dir, { recursive: true });
    chmodSync(dir, 0o755);
  }
}
