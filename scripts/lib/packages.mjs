import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { retry, run } from "./command.mjs";
import { EngineFailure, EXIT } from "./failure.mjs";
import { PACKAGES } from "./layout.mjs";
import { withLock } from "./lock.mjs";

/**
 * The engines' programs are downloaded and unpacked, not installed: three versions can stand side by side, and no
 * service is ever registered, enabled or started on the machine.
 *
 * @typedef {object} Part one package of a bundle
 * @property {string} suite    Debian's codename for the release that has it
 * @property {string} name
 * @property {string} [series] what its version must begin with
 * @property {Record<string, string>} files path in the package → name in the bundle's bin folder
 */

/** @type {Part[]} what every engine needs; bookworm's build, since it runs with an older libc too */
const COMMON = [
  { suite: "bookworm", name: "runc", files: { "usr/sbin/runc": "runc" } },
  // dockerd looks for `--init`'s program under this name.
  { suite: "bookworm", name: "tini", files: { "usr/bin/tini-static": "docker-init" } },
  { suite: "bookworm", name: "busybox-static", files: { "bin/busybox": "busybox" } },
  { suite: "bookworm", name: "docker-registry", files: { "usr/bin/docker-registry": "docker-registry" } },
];

/**
 * @param {string} suite
 * @param {string} series
 * @returns {Part[]}
 */
const engine = (suite, series) => [
  {
    suite,
    name: "docker.io",
    series,
    files: { "usr/sbin/dockerd": "dockerd", "usr/sbin/docker-proxy": "docker-proxy" },
  },
  {
    suite,
    name: "containerd",
    files: {
      "usr/bin/containerd": "containerd",
      "usr/bin/containerd-shim-runc-v2": "containerd-shim-runc-v2",
    },
  },
  ...COMMON,
];

/**
 * @param {string} suite
 * @returns {Part[]}
 */
const compose = (suite) => [
  {
    suite,
    name: "docker-compose",
    series: "2.",
    files: { "usr/libexec/docker/cli-plugins/docker-compose": "docker-compose" },
  },
];

/** @type {Record<string, Part[]>} */
const BUNDLES = {
  "20.10": engine("bookworm", "20.10."),
  26: engine("trixie", "26."),
  28: engine("sid", "28."),
  client: [{ suite: "trixie", name: "docker-cli", files: { "usr/bin/docker": "docker" } }],
  compose: compose("sid"),
  // Should sid move on from Compose v2.
  "compose-stable": compose("trixie"),
};

/** Libraries and tools without a service of their own, hence safe to install for real. */
const SYSTEM_PACKAGES = ["iproute2", "iptables", "libdevmapper1.02.1", "libseccomp2", "libsystemd0"];

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const LOG = `${PACKAGES}/packages.log`;
const TRIES = 3;

/** @param {(message: string) => void} onProgress */
export async function ensureSystemPackages(onProgress) {
  const present = installed(SYSTEM_PACKAGES);
  const missing = SYSTEM_PACKAGES.filter((name) => !present.has(name));
  if (missing.length === 0) return;
  const install = async () => {
    await run(["apt-get", "update", "-q"], { log: LOG });
    await run(
      ["apt-get", "install", "-q", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300", ...missing],
      { log: LOG, env: { DEBIAN_FRONTEND: "noninteractive" } },
    );
  };
  // Somebody's earlier installation may have been cut short; then nothing goes before it is finished.
  const finishEarlier = async () => {
    await run(["dpkg", "--configure", "-a"], { log: LOG, env: { DEBIAN_FRONTEND: "noninteractive" } });
  };
  onProgress(`installing ${missing.join(", ")}`);
  await withLock("packages", () => retry(TRIES, install, finishEarlier), onProgress);
}

/**
 * @param {string[]} names
 * @returns {Set<string>}
 */
function installed(names) {
  // Its status is 1 if it knows nothing of one of them; what it knows of the others it says all the same.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholders are dpkg-query's
  const format = "${db:Status-Status} ${Package}\n";
  const query = spawnSync("dpkg-query", ["-W", "-f", format, ...names], { encoding: "utf8" });
  const lines = (query.stdout ?? "").split("\n").map((line) => line.split(" "));
  return new Set(lines.filter(([status]) => status === "installed").map(([, name]) => name ?? ""));
}

/**
 * Gives the bin folder of a bundle, downloading it once. What was got stays: sid moves on, a bundle does not.
 *
 * @param {string} bundle
 * @param {(message: string) => void} onProgress
 * @returns {Promise<string>}
 */
export async function ensureBundle(bundle, onProgress) {
  const dir = `${PACKAGES}/${bundle}`;
  if (!existsSync(dir)) {
    await withLock(
      "packages",
      async () => {
        if (!existsSync(dir)) await download(bundle, dir, onProgress);
      },
      onProgress,
    );
  }
  return `${dir}/bin`;
}

/**
 * @param {string} bundle
 * @param {string} dir
 * @param {(message: string) => void} onProgress
 */
async function download(bundle, dir, onProgress) {
  const parts = BUNDLES[bundle];
  if (!parts) throw new EngineFailure(`there is no bundle ${bundle}`);
  onProgress(`downloading ${bundle} (${parts.map((part) => part.name).join(", ")})`);
  mkdirSync(PACKAGES, { recursive: true });
  for (const left of readdirSync(PACKAGES).filter((name) => name.startsWith(".new-"))) {
    rmSync(`${PACKAGES}/${left}`, { recursive: true, force: true }); // of a run that was cut short
  }
  const work = mkdtempSync(`${PACKAGES}/.new-`);
  try {
    const env = { APT_CONFIG: await writeAptConfig(work, [...new Set(parts.map((part) => part.suite))]) };
    await retry(TRIES, async () => {
      await run(["apt-get", "update", "-q"], { log: LOG, env });
      const names = parts.map((part) => `${part.name}/${part.suite}`);
      await run(["apt-get", "download", "-q", ...names], { log: LOG, env, cwd: `${work}/debs` });
    });
    for (const part of parts) await unpack(part, work);
    const versions = readdirSync(`${work}/debs`).sort();
    mkdirSync(`${work}/bundle/bin`, { recursive: true });
    writeFileSync(`${work}/bundle/packages.txt`, `${versions.join("\n")}\n`);
    renameSync(`${work}/bundle`, dir);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * @param {Part} part
 * @param {string} work
 */
async function unpack(part, work) {
  const deb = readdirSync(`${work}/debs`).find((file) => file.startsWith(`${part.name}_`));
  if (!deb) throw new EngineFailure(`apt-get downloaded no ${part.name}`);
  const version = deb.split("_")[1] ?? "";
  if (part.series && !version.startsWith(part.series)) {
    throw new EngineFailure(
      `Debian ${part.suite} now offers ${part.name} ${version}, no longer ${part.series}x`,
      EXIT.notOffered,
    );
  }
  const unpacked = `${work}/unpacked/${part.name}`;
  mkdirSync(unpacked, { recursive: true });
  mkdirSync(`${work}/bundle/bin`, { recursive: true });
  await run(["dpkg", "-x", `${work}/debs/${deb}`, unpacked], { log: LOG });
  for (const [from, to] of Object.entries(part.files)) {
    if (!existsSync(`${unpacked}/${from}`)) throw new EngineFailure(`${deb} has no ${from}`);
    renameSync(`${unpacked}/${from}`, `${work}/bundle/bin/${to}`);
  }
  if (part.series) await tryOut(part, version, `${work}/bundle/bin/${Object.values(part.files)[0]}`);
}

/**
 * A suite newer than this machine's may need a newer libc.
 *
 * @param {Part} part
 * @param {string} version
 * @param {string} program
 */
async function tryOut(part, version, program) {
  try {
    await run([program, "--version"], { log: LOG });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new EngineFailure(
      `${part.name} ${version} of Debian ${part.suite} does not run here: ${detail}`,
      EXIT.notOffered,
    );
  }
}

/**
 * An apt of our own beside the machine's, for suites that the machine does not use: own lists, own sources; but the
 * machine's mirror, proxy and keys.
 *
 * @param {string} work
 * @param {string[]} suites
 */
async function writeAptConfig(work, suites) {
  const mirror = await debianMirror();
  const options = existsSync(KEYRING) ? ` [signed-by=${KEYRING}]` : "";
  for (const dir of ["lists/partial", "cache/archives/partial", "debs"])
    mkdirSync(`${work}/${dir}`, { recursive: true });
  writeFileSync(`${work}/status`, "");
  writeFileSync(`${work}/sources.list`, suites.map((suite) => `deb${options} ${mirror} ${suite} main\n`).join(""));
  writeFileSync(
    `${work}/apt.conf`,
    [
      `Dir::Etc::sourcelist "${work}/sources.list";`,
      `Dir::Etc::sourceparts "-";`,
      `Dir::State::lists "${work}/lists";`,
      `Dir::State::status "${work}/status";`,
      `Dir::Cache "${work}/cache";`,
      `Acquire::Retries "3";`,
      `Acquire::Languages "none";`,
      // The user _apt cannot write where root downloads to.
      `APT::Sandbox::User "root";`,
      "",
    ].join("\n"),
  );
  return `${work}/apt.conf`;
}

/** The mirror that this machine gets Debian itself from. */
async function debianMirror() {
  const targets = ["apt-get", "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(REPO_URI)", "Created-By: Packages"];
  const find = async () =>
    (await run(targets))
      .split("\n")
      .map((line) => line.split("|"))
      .find(([origin, label]) => origin === "Debian" && label === "Debian")?.[2];
  const known = await find();
  if (known) return known;
  // On a machine that has never updated its lists, apt does not know yet what its sources are.
  await retry(TRIES, () => run(["apt-get", "update", "-q"], { log: LOG }));
  const found = await find();
  if (!found) throw new EngineFailure("apt has no source for Debian itself", EXIT.cannotRun);
  return found;
}

/**
 * The path of a Docker client, new enough and old enough for each engine here.
 * @param {(message: string) => void} onProgress
 */
export async function ensureClient(onProgress) {
  return `${await ensureBundle("client", onProgress)}/docker`;
}

/**
 * The path of Docker Compose v2, which runs by itself or as a plugin.
 * @param {(message: string) => void} onProgress
 */
export async function ensureCompose(onProgress) {
  const stable = `${PACKAGES}/compose-stable`;
  try {
    if (existsSync(stable)) return `${stable}/bin/docker-compose`;
    return `${await ensureBundle("compose", onProgress)}/docker-compose`;
  } catch (error) {
    if (!(error instanceof EngineFailure && error.exitCode === EXIT.notOffered)) throw error;
    return `${await ensureBundle("compose-stable", onProgress)}/docker-compose`;
  }
}
