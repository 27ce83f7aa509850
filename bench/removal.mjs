import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** How often the engine is asked whether it runs again. Milliseconds. */
const interval = 5;

/**
 * `docker rm -f` of a container, and how long until another of that name runs. Milliseconds: from the removal's answer, and
 * from the engine's event about it.
 *
 * @typedef {{ readonly sinceAnswer: number, readonly sinceEvent: number }} Absence
 *
 * @param {string} host as DOCKER_HOST takes it, `unix:///…`
 * @param {string} name
 * @returns {Promise<Absence>}
 */
export async function timeRemoval(host, name) {
  const agent = new Agent({ keepAlive: true });
  try {
    const { Id: id } = JSON.parse((await call({ host, agent }, "GET", `/containers/${name}/json`)).text);
    const destroyed = await destruction({ host, agent }, id);
    const { status } = await call({ host, agent }, "DELETE", `/containers/${id}?force=1`);
    const answered = performance.now();
    if (status !== 204) throw new Error(`DELETE ${name} was answered ${status}`);
    for (;;) {
      const found = await call({ host, agent }, "GET", `/containers/${name}/json`);
      const now = performance.now();
      if (found.status === 200 && JSON.parse(found.text).State.Running) {
        return { sinceAnswer: now - answered, sinceEvent: now - (await destroyed.at) };
      }
      await sleep(interval);
    }
  } finally {
    agent.destroy();
  }
}

/**
 * Listens for the removal of a container from now on.
 *
 * @param {{ host: string, agent: Agent }} engine
 * @param {string} id
 * @returns {Promise<{ at: Promise<number> }>} at: when it was told, on performance.now's clock
 */
function destruction({ host, agent }, id) {
  const filters = encodeURIComponent(JSON.stringify({ container: [id], event: ["destroy"] }));
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: host.replace("unix://", ""), agent, path: `/events?filters=${filters}` });
    asked.on("error", reject).on("response", (response) => {
      const at = new Promise((told) =>
        response.once("data", () => {
          told(performance.now());
          asked.destroy();
        }),
      );
      resolve({ at });
    });
    asked.end();
  });
}

/**
 * @param {{ host: string, agent: Agent }} engine
 * @param {string} method
 * @param {string} path
 * @returns {Promise<{ status: number, text: string }>}
 */
function call({ host, agent }, method, path) {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: host.replace("unix://", ""), agent, method, path }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text })).on("error", reject);
    });
    asked.on("error", reject).end();
  });
}
