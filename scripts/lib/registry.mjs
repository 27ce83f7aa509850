import { mkdirSync, writeFileSync } from "node:fs";
import { eventually, run, tailOf } from "./command.mjs";
import { startDaemon } from "./daemon.mjs";
import { callOrFail } from "./docker-api.mjs";
import { EngineFailure } from "./failure.mjs";
import { inside } from "./netns.mjs";
import { ownProcesses } from "./processes.mjs";

/** @typedef {import("./layout.mjs").Layout} Layout */

/** On the loopback of the engine's own namespace: engines accept plain HTTP there, and each has its own. */
export const REGISTRY = "127.0.0.1:5000";
const IMAGE = "fleet-test:1";

/**
 * Starts a registry for pull tests, unless it runs, and puts one image in it that the engine then knows only under
 * its local name.
 *
 * @param {Layout} layout
 * @param {(message: string) => void} onProgress
 */
export async function ensureRegistry(layout, onProgress) {
  if (ownProcesses(layout, "docker-registry").length > 0) return;
  onProgress(`starting a registry on ${REGISTRY} in ${layout.netns}`);
  const dir = `${layout.dir}/registry`;
  mkdirSync(dir, { recursive: true });
  writeFileSync(
    `${dir}/config.yml`,
    [
      "version: 0.1",
      "log: { level: warn }",
      `storage: { filesystem: { rootdirectory: "${dir}" }, delete: { enabled: true } }`,
      `http: { addr: "${REGISTRY}" }`,
      "",
    ].join("\n"),
  );
  const { log } = startDaemon(layout, ["docker-registry", "serve", `${dir}/config.yml`]);
  if (!(await eventually(10_000, () => responds(layout)))) {
    throw new EngineFailure(`the registry does not answer\n${tailOf(log)}`);
  }
  await push(layout.socket);
}

/** @param {Layout} layout */
async function responds(layout) {
  try {
    await run(inside(layout, [`${layout.bin}/busybox`, "wget", "-q", "-O", "-", `http://${REGISTRY}/v2/`]));
    return true;
  } catch {
    return false;
  }
}

/** @param {string} socket */
async function push(socket) {
  const [name, tag] = IMAGE.split(":");
  const repository = `${REGISTRY}/${name}`;
  await callOrFail(socket, "POST", `/images/${IMAGE}/tag?repo=${repository}&tag=${tag}`);
  await callOrFail(socket, "POST", `/images/${repository}/push?tag=${tag}`, {
    // Required, even where there is nobody to log in to.
    headers: { "X-Registry-Auth": Buffer.from("{}").toString("base64") },
  });
  await callOrFail(socket, "DELETE", `/images/${repository}:${tag}`);
}
