import { request } from "node:http";
import { EngineFailure } from "./failure.mjs";

/**
 * One call to an engine; enough of a client for this tool, which runs before anything is installed.
 *
 * @param {string} socket
 * @param {string} method
 * @param {string} path
 * @param {{ body?: Buffer, headers?: Record<string, string>, timeoutMs?: number }} [options]
 * @returns {Promise<{ status: number, text: string }>}
 */
export function call(socket, method, path, { body, headers = {}, timeoutMs = 60_000 } = {}) {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const outgoing = request(
      { socketPath: socket, method, path, signal, agent: false, headers: { Host: "docker", ...headers } },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk) => (text += chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
        response.on("error", reject);
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/**
 * The same for a call that streams its progress: that one answers 200 first, and says what went wrong in its stream.
 *
 * @param {string} socket
 * @param {string} method
 * @param {string} path
 * @param {{ body?: Buffer, headers?: Record<string, string> }} [options]
 */
export async function callOrFail(socket, method, path, options) {
  const { status, text } = await call(socket, method, path, options);
  if (status >= 400 || text.includes('"error":')) {
    throw new EngineFailure(`${method} ${path}: ${status} ${text.trim().slice(-500)}`);
  }
  return text;
}

/**
 * Whether an engine answers there.
 * @param {string} socket
 */
export async function answers(socket) {
  try {
    return (await call(socket, "GET", "/_ping", { timeoutMs: 5000 })).status === 200;
  } catch {
    return false;
  }
}
