import { createHash } from "node:crypto";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { EngineFailure } from "./failure.mjs";
import { ROOT } from "./layout.mjs";

const TIMEOUT_MS = 10 * 60_000;

/**
 * Holds a machine-wide lock while `body` runs. The lock is a socket in Linux's abstract namespace: the kernel frees
 * it with the process, however that ends, so there is never a stale lock to judge.
 *
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} body
 * @param {(message: string) => void} onProgress
 * @returns {Promise<T>}
 */
export async function withLock(name, body, onProgress) {
  const key = createHash("sha256").update(`${ROOT}\0${name}`).digest("hex");
  // Padded to all of sun_path, since Node versions differ in whether they pad a shorter name with zeros.
  const address = `\0fleet-engine-${key}`.padEnd(108, "-");
  const deadline = performance.now() + TIMEOUT_MS;
  for (let told = false; ; told = true) {
    const server = await listen(address);
    if (server) {
      try {
        return await body();
      } finally {
        await new Promise((resolve) => server.close(resolve));
      }
    }
    if (performance.now() > deadline) throw new EngineFailure(`another run has held the lock "${name}" for too long`);
    if (!told) onProgress(`waiting for another run that works on ${name}`);
    await sleep(100);
  }
}

/**
 * @param {string} address
 * @returns {Promise<import("node:net").Server | undefined>} nothing if it is taken
 */
function listen(address) {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (/** @type {NodeJS.ErrnoException} */ error) =>
      error.code === "EADDRINUSE" ? resolve(undefined) : reject(error),
    );
    server.listen(address, () => resolve(server));
  });
}
