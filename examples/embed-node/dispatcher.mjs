import { once } from "node:events";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { agents, changeAgent, closeFleet, dashboard, fleet } from "./fleet.mjs";
import { accept, drain, tasks } from "./tasks.mjs";

const { PORT = "8080", DRAIN_SECONDS = "60" } = process.env;

await fleet.start();
const server = createServer((request, response) => {
  answer(request, response).catch((error) => send(response, 500, { message: String(error) }));
});
server.listen(Number(PORT), "127.0.0.1");
await once(server, "listening");
console.log(`http://127.0.0.1:${PORT}`);

process.once("SIGTERM", async () => {
  await drain(Number(DRAIN_SECONDS) * 1000);
  await closeFleet();
  server.close();
  server.closeAllConnections();
});

/** @type {(request: import("node:http").IncomingMessage, response: import("node:http").ServerResponse) => Promise<void>} */
async function answer(request, response) {
  const [, what = "", name = ""] = (request.url ?? "").split("/");
  switch (`${request.method} ${what}`) {
    case "POST tasks": {
      const body = /** @type {any} */ (await json(request));
      if (!agents.has(body.agent)) return send(response, 404, { message: `there is no agent ${body.agent}` });
      const task = accept(body);
      return task ? send(response, 202, task) : send(response, 503, { message: "takes no more work" });
    }
    case "GET tasks":
      return send(response, 200, name === "" ? [...tasks.values()] : tasks.get(name));
    case "GET agents":
      return send(response, 200, fleet.status().instances);
    case "PATCH agents":
      changeAgent(name, /** @type {any} */ (await json(request)));
      return send(response, 200, agents.get(name));
    case "POST agents":
      // A person has mended what stood in the way: what failed before is tried anew.
      await fleet.reconcile(name);
      return send(response, 200, fleet.instance(name));
    case "GET events":
      return sendEvents(response);
    default:
      return send(response, 404, { message: "POST /tasks, GET /tasks, /agents, /events" });
  }
}

/** @type {(response: import("node:http").ServerResponse, status: number, body: unknown) => void} */
function send(response, status, body) {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body ?? null));
}

/** Server-sent events, until the reader leaves. */
function sendEvents(/** @type {import("node:http").ServerResponse} */ response) {
  const tell = (/** @type {string} */ name, /** @type {unknown} */ data) => {
    response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  response.writeHead(200, { "Content-Type": "text/event-stream" }).flushHeaders();
  dashboard.on("event", tell);
  response.on("close", () => dashboard.off("event", tell));
}
