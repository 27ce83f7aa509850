import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { run } from "./command.mjs";
import { call, callOrFail } from "./docker-api.mjs";
import { tar } from "./tar.mjs";

/**
 * The test images, for machines that reach no registry: Debian's static busybox and one link for each of its applets.
 * They are written as an archive for `docker load` rather than imported and committed, so that an image's id depends
 * on its content alone: the same on every engine, in every run.
 */

/**
 * Process 1 gets no default signal handlers, so a bare `sleep infinity` would sit out the ten seconds that a stop
 * allows. The shell traps the signal; it waits rather than loops, so that idle containers cost nothing.
 */
const IDLE = ["sh", "-c", "trap 'exit 0' TERM INT; sleep infinity & wait"];
const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const AS_CLAUDE = { User: "1000:1000", WorkingDir: "/home/claude" };
const SECOND_NS = 1_000_000_000;
const CREATED = "2024-01-01T00:00:00Z";

/** @type {Record<string, object>} what each sets beside PATH and the idle command */
const IMAGES = {
  "fleet-test:1": { Env: [PATH, "REV=1"] },
  "fleet-test:2": { Env: [PATH, "REV=2"] },
  "fleet-test:user": { ...AS_CLAUDE, Env: [PATH, "REV=user"], Labels: { v: "9" } },
  "fleet-test:volume": { Env: [PATH, "REV=volume"], Volumes: { "/data": {} } },
  "fleet-test:health": {
    Env: [PATH, "REV=health"],
    Healthcheck: { Test: ["CMD-SHELL", "test -f /tmp/healthy"], Interval: SECOND_NS },
  },
  "claude-hooks:dev": { ...AS_CLAUDE, Env: [PATH] },
};

/**
 * Loads those that the engine lacks, or has otherwise.
 *
 * @param {string} socket
 * @param {string} busybox path of the program
 * @param {(message: string) => void} onProgress
 */
export async function ensureImages(socket, busybox, onProgress) {
  const layer = await rootLayer(busybox);
  const images = Object.entries(IMAGES).map(([ref, config]) => {
    const json = imageConfig(config, sha256(layer));
    return { ref, json, hash: sha256(json) };
  });
  const found = await Promise.all(
    images.map(async ({ ref, hash }) => {
      const { status, text } = await call(socket, "GET", `/images/${ref}/json`);
      return status === 200 && JSON.parse(text).Id === `sha256:${hash}`;
    }),
  );
  if (found.every(Boolean)) return;
  onProgress("loading the test images");
  const manifest = images.map(({ ref, hash }) => ({ Config: `${hash}.json`, RepoTags: [ref], Layers: ["layer.tar"] }));
  const archive = tar([
    ...images.map(({ json, hash }) => ({ path: `${hash}.json`, mode: 0o644, content: json })),
    { path: "layer.tar", mode: 0o644, content: layer },
    { path: "manifest.json", mode: 0o644, content: Buffer.from(JSON.stringify(manifest)) },
  ]);
  await callOrFail(socket, "POST", "/images/load?quiet=1", {
    body: archive,
    headers: { "Content-Type": "application/x-tar" },
  });
}

/**
 * @param {string} busybox
 * @returns {Promise<Buffer>} the one layer that all images share
 */
async function rootLayer(busybox) {
  const applets = (await run([busybox, "--list-full"]))
    .trim()
    .split("\n")
    .filter((path) => path !== "bin/busybox");
  const folders = ["bin", "sbin", "usr", "usr/bin", "usr/sbin", "etc", "proc", "sys", "dev", "run", "var", "home"];
  const text = (/** @type {string} */ path, /** @type {string} */ content) => ({
    path,
    mode: 0o644,
    content: Buffer.from(content),
  });
  return tar([
    ...folders.map((path) => ({ path, mode: 0o755 })),
    { path: "root", mode: 0o700 },
    { path: "tmp", mode: 0o1777 },
    { path: "home/claude", mode: 0o755, owner: 1000 },
    text("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nclaude:x:1000:1000:claude:/home/claude:/bin/sh\n"),
    text("etc/group", "root:x:0:\nclaude:x:1000:\n"),
    { path: "bin/busybox", mode: 0o755, content: readFileSync(busybox) },
    ...applets.sort().map((path) => ({ path, mode: 0o777, link: "/bin/busybox" })),
  ]);
}

/**
 * @param {object} config
 * @param {string} layerHash
 */
function imageConfig(config, layerHash) {
  return Buffer.from(
    JSON.stringify({
      architecture: process.arch === "x64" ? "amd64" : process.arch,
      os: "linux",
      created: CREATED,
      config: { Cmd: IDLE, ...config },
      rootfs: { type: "layers", diff_ids: [`sha256:${layerHash}`] },
      history: [{ created: CREATED, created_by: "fleet test image" }],
    }),
  );
}

/** @param {Buffer} bytes */
function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}
