import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually, retry, run, SYSTEM_PATH, tailOf } from "./command.mjs";
import { startDaemon } from "./daemon.mjs";
import { answers } from "./docker-api.mjs";
import { EngineFailure } from "./failure.mjs";
import { ensureImages } from "./images.mjs";
import { DEFAULT_VERSION, ensureFolders, ensureRoot, layoutOf, VERSIONS } from "./layout.mjs";
import { withLock } from "./lock.mjs";
import { removeTree, supportsOverlay, unmountBelow } from "./mounts.mjs";
import { choosePacketFilters, ensureNetns, isInside, removeNetns } from "./netns.mjs";
import { ensureBundle, ensureSystemPackages } from "./packages.mjs";
import { containerProcesses, endAll, ownProcesses, removeCgroups, send } from "./processes.mjs";
import { ensureRegistry } from "./registry.mjs";

/**
 * Private Docker engines for tests and demos: containerd and dockerd of a given version, with their own socket, data,
 * configuration and network namespace. Nothing here touches an engine that it did not start.
 *
 * @typedef {import("./layout.mjs").EngineVersion} EngineVersion
 * @typedef {import("./layout.mjs").Layout} Layout
 * @typedef {import("./daemon.mjs").Daemon} Daemon
 * @typedef {(message: string) => void} OnProgress
 *
 * @typedef {object} Engine
 * @property {string} host     such as unix:///…/docker.sock
 * @property {EngineVersion} version
 * @property {number} pid      dockerd's
 * @property {string} stateDir where its daemon.json is (read at the next restart), its log and its data
 * @property {string} netns    path for `nsenter --net=`: published ports are reachable in there
 *
 * @typedef {object} EngineStatus
 * @property {EngineVersion} version
 * @property {string} host
 * @property {number | null} pid    dockerd's, while it runs
 * @property {boolean} answers
 * @property {boolean} registry     whether its registry runs
 * @property {string} stateDir
 * @property {string} netns
 */

const START_ATTEMPTS = 3;
const START_TIMEOUT_MS = 40_000;
/** A container may take ten seconds to stop, and dockerd adds five. */
const SHUTDOWN_TIMEOUT_MS = 60_000;
/** What containers get at `stop`, where nobody will use them again soon. */
const CONTAINER_GRACE_MS = 1500;
const KILL_TIMEOUT_MS = 10_000;
/** The group that Debian's docker.io makes for those who may use the socket. */
const GROUP = "docker";

/**
 * Why no engine can run on this machine, or null if one can: for a test-suite to skip by.
 * @returns {string | null}
 */
export function canRunEngine() {
  if (process.platform !== "linux") return "engines run on Linux only";
  if (process.getuid?.() !== 0) return "an engine is started by root only";
  if (!existsSync("/usr/bin/apt-get")) return "not a Debian machine: no apt-get";
  // `ip netns` needs both: a namespace, and a mount that gives it a name.
  const probe = spawnSync("unshare", ["--net", "--mount", "true"], { env: { ...process.env, PATH: SYSTEM_PATH } });
  if (probe.status !== 0) {
    return "not allowed to make network namespaces and mounts";
  }
  if (!existsSync("/sys/fs/cgroup/cgroup.controllers") && !existsSync("/sys/fs/cgroup/memory")) {
    return "no cgroups are mounted in /sys/fs/cgroup";
  }
  return null;
}

/**
 * Starts an engine with the test images in it, or finds the one that an earlier call started.
 *
 * @param {{ version?: EngineVersion, registry?: boolean, onProgress?: OnProgress }} [options]
 * @returns {Promise<Engine>}
 */
export async function startEngine({ version = DEFAULT_VERSION, registry = false, onProgress = () => {} } = {}) {
  const layout = layoutOf(version);
  ensureRoot();
  return await withLock(
    version,
    async () => {
      if (!(await isUp(layout))) {
        await ensureSystemPackages(onProgress);
        await ensureBundle(version, onProgress);
        await bringUp(layout, onProgress);
      }
      await ensureImages(layout.socket, `${layout.bin}/busybox`, onProgress);
      if (registry) await ensureRegistry(layout, onProgress);
      return describe(layout);
    },
    onProgress,
  );
}

/**
 * Stops an engine, its containers and its registry. Data and images stay.
 *
 * @param {EngineVersion} version
 * @param {OnProgress} [onProgress]
 */
export async function stopEngine(version, onProgress = () => {}) {
  const layout = layoutOf(version);
  if (!existsSync(layout.dir)) return;
  await withLock(version, () => takeDown(layout, onProgress), onProgress);
}

/**
 * Stops an engine and removes its data and state. Downloaded packages stay.
 *
 * @param {EngineVersion} version
 * @param {OnProgress} [onProgress]
 */
export async function purgeEngine(version, onProgress = () => {}) {
  const layout = layoutOf(version);
  if (!existsSync(layout.dir)) return;
  await withLock(
    version,
    async () => {
      await takeDown(layout, onProgress);
      await removeTree(layout.dir);
    },
    onProgress,
  );
}

/**
 * Ends dockerd as an administrator or a crash would, and starts it again on the same socket and data. Its containerd
 * and registry go on.
 *
 * @param {EngineVersion} version
 * @param {{ signal?: "SIGTERM" | "SIGKILL", awayMs?: number, onProgress?: OnProgress }} [options] awayMs: how long it
 *   is to be gone
 * @returns {Promise<Engine>}
 */
export async function restartEngine(version, { signal = "SIGTERM", awayMs = 0, onProgress = () => {} } = {}) {
  const layout = layoutOf(version);
  return await withLock(
    version,
    async () => {
      const found = ownProcesses(layout, "dockerd");
      if (found.length === 0) throw new EngineFailure(`engine ${version} is not running`);
      onProgress(`${signal} to dockerd ${found.join(", ")}`);
      if (!(await endAll(() => ownProcesses(layout, "dockerd"), signal, SHUTDOWN_TIMEOUT_MS))) {
        throw new EngineFailure(`dockerd ${version} does not end after ${signal} (its log: ${layout.log}/dockerd.log)`);
      }
      await sleep(awayMs);
      await bringUp(layout, onProgress);
      return describe(layout);
    },
    onProgress,
  );
}

/**
 * The engines that have been started here and not purged, running or not.
 * @returns {Promise<EngineStatus[]>}
 */
export async function engineStatus() {
  const layouts = VERSIONS.map(layoutOf).filter((layout) => existsSync(layout.dir));
  return await Promise.all(
    layouts.map(async (layout) => ({
      version: layout.version,
      host: layout.host,
      pid: ownProcesses(layout, "dockerd")[0] ?? null,
      answers: await answers(layout.socket),
      registry: ownProcesses(layout, "docker-registry").length > 0,
      stateDir: layout.dir,
      netns: layout.netnsPath,
    })),
  );
}

/**
 * @param {Layout} layout
 * @returns {Engine}
 */
function describe(layout) {
  const [pid] = ownProcesses(layout, "dockerd");
  if (pid === undefined) throw new EngineFailure(`dockerd ${layout.version} has just gone`);
  return { host: layout.host, version: layout.version, pid, stateDir: layout.dir, netns: layout.netnsPath };
}

/**
 * A dockerd that has lost its containerd still answers, but can do nothing; nor can one that has lost its namespace.
 * @param {Layout} layout
 */
async function isUp(layout) {
  const pids = ["dockerd", "containerd"].map((program) => ownProcesses(layout, program)[0]);
  return pids.every((pid) => pid !== undefined && isInside(layout, pid)) && (await answers(layout.socket));
}

/**
 * @param {Layout} layout
 * @param {OnProgress} onProgress
 */
async function bringUp(layout, onProgress) {
  onProgress(`starting engine ${layout.version}`);
  await retry(
    START_ATTEMPTS,
    async () => {
      await clearLeftovers(layout);
      ensureFolders(layout);
      await ensureNetns(layout);
      await startDockerd(layout, ensureContainerd(layout));
    },
    async (error) => {
      onProgress(`it did not come up, trying again: ${error instanceof Error ? error.message : error}`);
      await sweep(layout);
    },
  );
}

/**
 * Makes a fresh start possible, whatever an earlier run left. What belongs to a crashed dockerd is kept: its containerd
 * and its containers live on, and the next dockerd takes them over.
 *
 * @param {Layout} layout
 */
async function clearLeftovers(layout) {
  // One that runs though we are to start it cannot be used.
  await endAll(() => ownProcesses(layout, "dockerd"), "SIGKILL", KILL_TIMEOUT_MS);
  const left = ownProcesses(layout);
  if (left.length === 0 || !left.every((pid) => isInside(layout, pid))) await sweep(layout);
  rmSync(layout.pidFile, { force: true });
}

/**
 * @param {Layout} layout
 * @returns {Daemon | undefined} the one that was started, if none ran
 */
function ensureContainerd(layout) {
  if (ownProcesses(layout, "containerd").length > 0) return undefined;
  const config = `${layout.run}/containerd.toml`;
  writeFileSync(
    config,
    [
      "version = 2",
      `root = "${layout.containerd}"`,
      `state = "${layout.run}/containerd"`,
      // Nothing of Kubernetes or NRI, whose sockets and folders are not ours alone.
      "disabled_plugins = [",
      '  "io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime",',
      '  "io.containerd.nri.v1.nri",',
      "]",
      "[grpc]",
      `address = "${layout.containerdSocket}"`,
      '[plugins."io.containerd.internal.v1.opt"]',
      `path = "${layout.run}/opt"`,
      "",
    ].join("\n"),
  );
  return startDaemon(layout, ["containerd", "--config", config]);
}

/**
 * @param {Layout} layout
 * @param {Daemon | undefined} containerd dockerd waits for it, for too long if it has ended
 */
async function startDockerd(layout, containerd) {
  const { data, exec, run: runDir, socket, pidFile, containerdSocket, dir } = layout;
  mkdirSync(data, { recursive: true });
  const [filters, overlay] = await Promise.all([
    choosePacketFilters(layout, `${runDir}/sbin`),
    supportsOverlay(dir),
    ensureGroup(),
  ]);
  const dockerd = startDaemon(layout, [
    "dockerd",
    `--config-file=${ensureDaemonConfig(layout)}`,
    `--host=unix://${socket}`,
    `--group=${GROUP}`,
    `--data-root=${data}`,
    `--exec-root=${exec}`,
    `--pidfile=${pidFile}`,
    // Told where it is, dockerd neither starts one of its own nor takes the machine's.
    `--containerd=${containerdSocket}`,
    // Works with and without systemd, with cgroups v1 and v2, and lets us find containers by their ids.
    "--exec-opt=native.cgroupdriver=cgroupfs",
    `--storage-driver=${overlay ? "overlay2" : "vfs"}`,
    // Without a packet filter, published ports still work through docker-proxy.
    ...(filters.ipv4 ? [] : ["--iptables=false"]),
    ...(filters.ipv4 && filters.ipv6 ? [] : ["--ip6tables=false"]),
  ]);
  const daemons = containerd ? [containerd, dockerd] : [dockerd];
  const ended = () => daemons.find((daemon) => daemon.ended());
  const up = await eventually(START_TIMEOUT_MS, async () => Boolean(ended()) || (await answers(socket)));
  const culprit = ended() ?? (up ? undefined : dockerd);
  if (culprit) {
    const what = culprit.ended() ? "ended" : "does not answer";
    throw new EngineFailure(`${culprit.name} ${layout.version} ${what}\n${tailOf(culprit.log)}`);
  }
}

/**
 * The engine's own daemon.json, so that it does not read the machine's; a test may write more into it.
 * @param {Layout} layout
 */
function ensureDaemonConfig(layout) {
  const file = `${layout.dir}/daemon.json`;
  if (!existsSync(file)) {
    // An engine takes its id from this key, which lies in /etc/docker by default: two engines would have one id.
    const config = layout.version === "20.10" ? { "deprecated-key-path": `${layout.dir}/key.json` } : {};
    writeFileSync(file, `${JSON.stringify(config, null, 2)}\n`);
  }
  return file;
}

async function ensureGroup() {
  try {
    await run(["getent", "group", GROUP]);
  } catch {
    await run(["groupadd", "--system", "--force", GROUP]);
  }
}

/**
 * @param {Layout} layout
 * @param {OnProgress} onProgress
 */
async function takeDown(layout, onProgress) {
  const dockerd = () => ownProcesses(layout, "dockerd");
  if (dockerd().length > 0) {
    onProgress(`stopping engine ${layout.version}`);
    // dockerd stops its containers and tidies up after them; those that sit out their grace are hurried along.
    for (const pid of dockerd()) send(pid, "SIGTERM");
    if (!(await eventually(CONTAINER_GRACE_MS, () => dockerd().length === 0))) {
      for (const pid of containerProcesses(layout)) send(pid, "SIGKILL");
      await eventually(KILL_TIMEOUT_MS, () => dockerd().length === 0);
    }
  }
  await sweep(layout);
}

/**
 * Ends all that is left of an engine, and undoes its mounts and its namespace.
 * @param {Layout} layout
 */
async function sweep(layout) {
  // A shim that dies leaves its container behind, so both are looked for until neither is found.
  const everything = () => [...containerProcesses(layout), ...ownProcesses(layout)];
  if (!(await endAll(everything, "SIGKILL", KILL_TIMEOUT_MS))) {
    throw new EngineFailure(`processes of engine ${layout.version} survive SIGKILL: ${everything().join(", ")}`);
  }
  removeCgroups(layout);
  await unmountBelow(layout.dir);
  await removeNetns(layout);
  rmSync(layout.run, { recursive: true, force: true });
  rmSync(layout.socket, { force: true });
}
