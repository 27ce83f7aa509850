import { agents, changeAgent, closeFleet, dashboard, fleet } from "./fleet.ts";
import { accept, drain, type TaskRequest, tasks } from "./tasks.ts";

const { PORT = "8080", DRAIN_SECONDS = "60" } = process.env;

await fleet.start();

process.once("SIGTERM", async () => {
  await drain(Number(DRAIN_SECONDS) * 1000);
  await closeFleet();
  process.exit(0);
});

// What Bun serves.
export default {
  hostname: "127.0.0.1",
  port: Number(PORT),
  idleTimeout: 0,
  async fetch(request: Request): Promise<Response> {
    const [, what = "", name = ""] = new URL(request.url).pathname.split("/");
    switch (`${request.method} ${what}`) {
      case "POST tasks": {
        const body = (await request.json()) as TaskRequest;
        if (!agents.has(body.agent)) return problem(404, `there is no agent ${body.agent}`);
        const task = accept(body);
        return task ? Response.json(task, { status: 202 }) : problem(503, "takes no more work");
      }
      case "GET tasks":
        return Response.json(name === "" ? [...tasks.values()] : (tasks.get(name) ?? null));
      case "GET agents":
        return Response.json(fleet.status().instances);
      case "PATCH agents":
        changeAgent(name, (await request.json()) as object);
        return Response.json(agents.get(name));
      case "POST agents":
        // A person has mended what stood in the way: what failed before is tried anew.
        await fleet.reconcile(name);
        return Response.json(fleet.instance(name) ?? null);
      case "GET events":
        return events();
      default:
        return problem(404, "POST /tasks, GET /tasks, /agents, /events");
    }
  },
};

function problem(status: number, message: string): Response {
  return Response.json({ message }, { status });
}

/** Server-sent events, until the reader leaves. */
function events(): Response {
  const encoder = new TextEncoder();
  let leave = (): void => undefined;
  const stream = new ReadableStream({
    start: (controller) => {
      const tell = (name: string, data: unknown): void => {
        controller.enqueue(encoder.encode(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`));
      };
      dashboard.on("event", tell);
      leave = () => void dashboard.off("event", tell);
      // Bun sends the headers with the first bytes.
      controller.enqueue(encoder.encode(": hello\n\n"));
    },
    cancel: () => leave(),
  });
  return new Response(stream, { headers: { "Content-Type": "text/event-stream" } });
}
