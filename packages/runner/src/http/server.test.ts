import { once } from "node:events";
import { link, lstat, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { instanceStatus, StandingLoop } from "../../../../test/support/standing-loop.ts";
import { createMetrics } from "../metrics/metrics.ts";
import { createApp } from "./app.ts";
import { type HttpServer, type ServeOptions, serve } from "./server.ts";

const token = "c2VjcmV0-for.tests_only";

let directory: string;
let socket: string;
let loop: StandingLoop;
const servers: HttpServer[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "fleet-http-"));
  socket = join(directory, "fleet.sock");
  loop = new StandingLoop([instanceStatus("dev-default")]);
});

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await rm(directory, { recursive: true });
});

async function open(options: Omit<ServeOptions, "app">): Promise<HttpServer> {
  const metrics = createMetrics({ version: "0.1.0", journalBytes: () => 0 });
  const server = await serve({ app: createApp({ view: loop, history: loop.history, metrics, token }), ...options });
  servers.push(server);
  return server;
}

interface Question {
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** Asks over the unix socket. */
async function ask({ path, headers = {}, body }: Question): Promise<IncomingMessage> {
  const method = body === undefined ? "GET" : "POST";
  const asked = httpRequest({ socketPath: socket, path, method, headers: { Host: "fleet", ...headers } });
  asked.end(body);
  const [response] = await once(asked, "response");
  return response;
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of response) text += chunk;
  return text;
}

/** The pieces of a stream, each ended by an empty line. */
async function* pieces(response: IncomingMessage): AsyncGenerator<string> {
  let pending = "";
  for await (const chunk of response) {
    const parts = (pending + chunk).split("\n\n");
    pending = parts.pop() ?? "";
    yield* parts;
  }
}

async function idsOf(stream: AsyncGenerator<string>, count: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const id = /^id: (\d+)$/m.exec((await stream.next()).value ?? "id: 0")?.[1];
    if (id !== undefined) ids.push(id);
  }
  return ids;
}

/** Opens and closes the one that owns it, as far as the file goes: it stays, and nobody listens. */
async function leaveStaleSocket(): Promise<void> {
  const made = join(directory, "made");
  const server = createServer().listen(made);
  await once(server, "listening");
  await link(made, socket);
  server.close();
  await once(server, "close");
}

describe("on a unix socket", () => {
  test("it answers, under whatever name it is asked, and only its owner may open the file", async () => {
    const server = await open({ socket });
    expect(server.addresses).toEqual([`unix://${socket}`]);
    const found = await lstat(socket);
    expect([found.isSocket(), found.mode & 0o777]).toEqual([true, 0o600]);
    expect(JSON.parse(await textOf(await ask({ path: "/v1/instances" })))).toEqual(loop.status());
    expect(await readdir(directory)).toEqual(["fleet.sock"]);
  });

  test("it changes what the token allows, also with a body that comes in pieces", async () => {
    await open({ socket });
    const headers = { Authorization: `Bearer ${token}`, "Transfer-Encoding": "chunked" };
    const path = "/v1/instances/dev-default/suspend";
    expect((await ask({ path, headers, body: '{"reason":"its disk","by":"anna"}' })).statusCode).toBe(200);
    expect((await ask({ path, headers, body: JSON.stringify({ reason: "r".repeat(70_000) }) })).statusCode).toBe(413);
    expect((await ask({ path, body: '{"reason":"r"}' })).statusCode).toBe(401);
    expect(loop.asked).toEqual(["suspend dev-default by anna"]);
  });

  test("a stream is replayed from where it broke off, and goes on", async () => {
    await open({ socket });
    const first = await ask({ path: "/v1/events" });
    const seen = pieces(first);
    await seen.next();
    loop.emit();
    expect(await idsOf(seen, 1)).toEqual(["3"]);
    first.destroy();
    loop.emit();
    loop.emit();
    const second = pieces(await ask({ path: "/v1/events", headers: { "Last-Event-ID": "3" } }));
    expect(await idsOf(second, 2)).toEqual(["6", "9"]);
    loop.emit();
    expect(await idsOf(second, 1)).toEqual(["12"]);
  });

  test("a client that goes away is forgotten", async () => {
    await open({ socket });
    const response = await ask({ path: "/v1/events" });
    await pieces(response).next();
    expect(loop.listeners).toBe(1);
    response.destroy();
    await expect.poll(() => loop.listeners).toBe(0);
  });

  test("a client that reads nothing is cut off", async () => {
    await open({ socket });
    const client = connect(socket);
    client.write("GET /v1/events HTTP/1.1\r\nHost: fleet\r\n\r\n");
    await once(client, "readable");
    // More than the kernel and the server hold for it.
    for (let count = 0; loop.listeners === 1 && count < 20_000; count++) {
      loop.emit({ message: "m".repeat(1000) });
      if (count % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(loop.listeners).toBe(0);
    const ended = new Promise((resolve) => client.once("close", resolve).once("error", () => undefined));
    client.resume();
    await ended;
  });

  test("closing ends the streams cleanly, removes the file, and leaves nothing open", async () => {
    const server = await open({ socket });
    const stream = pieces(await ask({ path: "/v1/events" }));
    await stream.next();
    const began = performance.now();
    await server.close();
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(performance.now() - began).toBeLessThan(450);
    expect([await readdir(directory), loop.listeners]).toEqual([[], 0]);
  });

  test("closing takes less than a second when an answer never comes", async () => {
    loop.plan = () => new Promise(() => undefined);
    const server = await open({ socket });
    const asked = httpRequest({ socketPath: socket, path: "/v1/plan", headers: { Host: "fleet" } }).end();
    const failed = once(asked, "error").catch((error) => [error]);
    await once(asked, "finish");
    const began = performance.now();
    await server.close();
    expect(performance.now() - began).toBeLessThan(1000);
    expect(await failed).toMatchObject([{ code: "ECONNRESET" }]);
  });

  test("closing twice is closing once", async () => {
    const server = await open({ socket });
    await Promise.all([server.close(), server.close()]);
    expect(await readdir(directory)).toEqual([]);
  });

  test("one that nobody listens on any more is replaced", async () => {
    await leaveStaleSocket();
    expect((await lstat(socket)).isSocket()).toBe(true);
    await open({ socket });
    expect(await textOf(await ask({ path: "/healthz" }))).toBe("ok\n");
  });

  test("one that is listened on is refused, and goes on", async () => {
    await open({ socket });
    await expect(open({ socket })).rejects.toMatchObject({
      name: "FleetError",
      code: "Conflict",
      message: `${socket}: another process listens here already`,
    });
    expect(await textOf(await ask({ path: "/healthz" }))).toBe("ok\n");
  });

  test("a file that is no socket is refused, and stays", async () => {
    await writeFile(socket, "mine");
    await expect(open({ socket })).rejects.toMatchObject({
      code: "Conflict",
      message: `${socket}: expected a socket or nothing, found something else`,
    });
    expect(await readdir(directory)).toEqual(["fleet.sock"]);
  });

  test("one that another process put in its place is not removed", async () => {
    const server = await open({ socket });
    await rm(socket);
    await writeFile(socket, "theirs");
    await server.close();
    expect(await readdir(directory)).toEqual(["fleet.sock"]);
  });

  test("a path that the kernel does not take is refused before anything is made", async () => {
    const long = join(directory, `${"n".repeat(100)}.sock`);
    const bytes = Buffer.byteLength(long);
    await expect(open({ socket: long })).rejects.toMatchObject({
      code: "Invalid",
      message: `${long}: needs ${bytes} bytes, and the path of a socket may have 107`,
    });
    expect(await readdir(directory)).toEqual([]);
  });

  test("a directory that is not there is said to be so", async () => {
    const path = join(directory, "gone/fleet.sock");
    await expect(open({ socket: path })).rejects.toMatchObject({
      code: "NotFound",
      message: `cannot listen on ${path}: ENOENT, does not exist`,
    });
  });
});

describe("on a TCP address", () => {
  test("it answers on loopback, and to no other name", async () => {
    const server = await open({ tcp: { port: 0 } });
    const [address = ""] = server.addresses;
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await (await fetch(`${address}/v1/instances`)).json()).toEqual(loop.status());
    const { port } = new URL(address);
    const asked = httpRequest({ port, path: "/v1/instances", headers: { Host: `evil.example:${port}` } }).end();
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    expect(response.statusCode).toBe(403);
    response.resume();
  });

  test.each(["0.0.0.0", "::", "10.0.0.5", "fleet.example"])(
    "one that other machines can reach must be asked for: %s",
    async (host) => {
      const shown = host === "::" ? "[::]" : host;
      await expect(open({ tcp: { host, port: 9090 } })).rejects.toMatchObject({
        name: "FleetError",
        code: "Invalid",
        message: `${shown}:9090: other machines could reach this address`,
        hint: "listen on 127.0.0.1, or say that remote clients are allowed",
      });
    },
  );

  test("one that is asked for may be remote", async () => {
    const server = await open({ tcp: { host: "0.0.0.0", port: 0, allowRemote: true } });
    const { port } = new URL(server.addresses[0] ?? "");
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
  });

  test("a port in use is refused, and the socket that was opened before is gone", async () => {
    const server = await open({ tcp: { port: 0 } });
    const port = Number(new URL(server.addresses[0] ?? "").port);
    await expect(open({ socket, tcp: { port } })).rejects.toMatchObject({
      code: "Conflict",
      message: `127.0.0.1:${port}: another process listens here already`,
    });
    expect(await readdir(directory)).toEqual([]);
  });

  test("and on a socket it answers at the same time", async () => {
    const server = await open({ socket, tcp: { port: 0 } });
    expect(await textOf(await ask({ path: "/healthz" }))).toBe("ok\n");
    expect(await (await fetch(`${server.addresses[1]}/healthz`)).text()).toBe("ok\n");
  });
});

test("neither socket nor address is a mistake", async () => {
  await expect(open({})).rejects.toMatchObject({ code: "Invalid" });
});

test("the embedder's own Request and Response stay as they are", async () => {
  const { Request: request, Response: response } = globalThis;
  await open({ socket });
  expect([globalThis.Request, globalThis.Response]).toEqual([request, response]);
});
