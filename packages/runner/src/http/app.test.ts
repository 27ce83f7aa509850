import { FleetError } from "@fleet/core";
import { ManualClock } from "@fleet/core/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { begin, instanceStatus, missingInstance, StandingLoop } from "../../../../test/support/standing-loop.ts";
import { createMetrics } from "../metrics/metrics.ts";
import { type AppOptions, createApp } from "./app.ts";
import type { Connection } from "./connection.ts";

const token = "c2VjcmV0-for.tests_only";

let loop: StandingLoop;
const reported: unknown[] = [];

beforeEach(() => {
  reported.length = 0;
  loop = new StandingLoop([instanceStatus("boss-default"), missingInstance("dev-default")]);
});

function request(path: string, init: RequestInit = {}, options: Partial<AppOptions> = {}, connection?: Connection) {
  const app = createApp({
    view: loop,
    history: loop.history,
    metrics: createMetrics({ version: "0.1.0", journalBytes: () => 4096 }),
    token,
    clock: new ManualClock(),
    onError: (error) => reported.push(error),
    ...options,
  });
  return app.fetch(new Request(`http://localhost${path}`, init), connection);
}

function post(path: string, body?: unknown, headers: Record<string, string> = { Authorization: `Bearer ${token}` }) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return request(path, { method: "POST", headers, ...(text !== undefined && { body: text }) });
}

async function answer(asked: Response | Promise<Response>): Promise<[status: number, body: unknown]> {
  const response = await asked;
  const text = await response.text();
  return [response.status, text.startsWith("{") ? JSON.parse(text) : text];
}

describe("health", () => {
  test("is good as long as the loop answers, whatever the engine does", async () => {
    loop.show({ ready: false, engine: { address: "unix:///var/run/docker.sock", reachable: false } });
    expect(await answer(request("/healthz"))).toEqual([200, "ok\n"]);
  });

  test("is bad when the loop throws, whose message stays inside", async () => {
    loop.shown = new Error("token hunter2");
    expect(await answer(request("/healthz"))).toEqual([
      503,
      { error: { code: "Internal", message: "the loop does not answer" } },
    ]);
    expect(reported).toEqual([loop.shown]);
  });
});

describe("readiness", () => {
  test("is there when the status says so", async () => {
    expect(await answer(request("/readyz"))).toEqual([200, "ok\n"]);
  });

  test("waits for the engine, and then for the first look", async () => {
    loop.show({ ready: false, engine: { address: "unix:///var/run/docker.sock", reachable: false } });
    expect(await answer(request("/readyz"))).toEqual([
      503,
      { error: { code: "NotReady", message: "the engine at unix:///var/run/docker.sock does not answer" } },
    ]);
    loop.show({ engine: { address: "unix:///var/run/docker.sock", reachable: true } });
    expect(await answer(request("/readyz"))).toEqual([
      503,
      { error: { code: "NotReady", message: "the first look at the whole fleet is not done" } },
    ]);
  });
});

test("metrics come as Prometheus reads them", async () => {
  const response = await request("/metrics");
  expect(response.headers.get("Content-Type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(await response.text()).toContain('fleet_instances{condition="Ready",status="false"} 1\n');
});

describe("the status", () => {
  test("of the fleet is what the loop says, without secrets", async () => {
    const [status, body] = await answer(request("/v1/instances"));
    expect([status, body]).toEqual([200, JSON.parse(JSON.stringify(loop.status()))]);
    expect(JSON.stringify(body)).toContain("‹secret›");
    expect(JSON.stringify(body)).not.toContain("hunter2");
  });

  test("of one instance", async () => {
    expect(await answer(request("/v1/instances/boss-default"))).toEqual([200, instanceStatus("boss-default")]);
  });

  test("of one that does not exist is refused with the name that was meant", async () => {
    expect(await answer(request("/v1/instances/dev-defualt"))).toEqual([
      404,
      {
        error: {
          code: "NotFound",
          message: 'fleet claude-hooks has no instance "dev-defualt"',
          hint: "did you mean `dev-default`?",
        },
      },
    ]);
  });

  test("of one that is like no other is refused with those there are", async () => {
    expect(await answer(request("/v1/instances/x"))).toMatchObject([
      404,
      { error: { hint: "it has boss-default, dev-default" } },
    ]);
  });
});

describe("a plan", () => {
  test("is fresh", async () => {
    expect(await answer(request("/v1/plan"))).toEqual([200, JSON.parse(JSON.stringify(loop.planned))]);
  });

  test.each([
    ["Unreachable", "unix:///var/run/docker.sock: nobody answers (ENOENT)"],
    ["NotFound", "No such container: 4f4f"],
  ] as const)("that the engine prevents is refused with its error: %s", async (code, message) => {
    loop.planned = new FleetError(code, message, { hint: "is the engine running?" });
    expect(await answer(request("/v1/plan"))).toEqual([
      503,
      { error: { code, message, hint: "is the engine running?" } },
    ]);
  });

  test("that fails inside says nothing of it to the client", async () => {
    loop.planned = new TypeError("cannot read hunter2");
    expect(await answer(request("/v1/plan"))).toEqual([
      500,
      { error: { code: "Internal", message: "something went wrong inside fleet" } },
    ]);
    expect(reported).toEqual([loop.planned]);
  });
});

describe("changes", () => {
  test("a suspension until a time", async () => {
    const body = { for: "1h", reason: "looking at its disk", by: "anna" };
    const held = { kind: "Suspended", message: "looking at its disk", until: begin + 3_600_000 } as const;
    expect(await answer(post("/v1/instances/boss-default/suspend", body))).toEqual([
      200,
      instanceStatus("boss-default", { hold: held }),
    ]);
    expect(loop.asked).toEqual(["suspend boss-default by anna"]);
  });

  test("a suspension until somebody ends it, by nobody in particular", async () => {
    expect(await answer(post("/v1/instances/boss-default/suspend", { reason: "leave it" }))).toEqual([
      200,
      instanceStatus("boss-default", { hold: { kind: "Suspended", message: "leave it" } }),
    ]);
    expect(loop.asked).toEqual(["suspend boss-default by http"]);
  });

  test("everything that is asked for is passed on", async () => {
    expect(await answer(post("/v1/instances/dev-default/resume"))).toMatchObject([200, { instance: "dev-default" }]);
    expect(await answer(post("/v1/resume"))).toMatchObject([200, { fleet: "claude-hooks" }]);
    expect(await answer(post("/v1/resume", { confirm: false }))).toMatchObject([200, { fleet: "claude-hooks" }]);
    expect(await answer(post("/v1/resume", { confirm: true, by: "anna" }))).toMatchObject([200, {}]);
    expect(await answer(post("/v1/reconcile"))).toMatchObject([202, { fleet: "claude-hooks" }]);
    expect(await answer(post("/v1/reconcile", { instance: "dev-default" }))).toMatchObject([202, {}]);
    expect(loop.asked).toEqual([
      "resume dev-default",
      "resume everything",
      "resume everything",
      "confirm by anna",
      "wake everything",
      "wake dev-default",
    ]);
  });

  test.each(["/v1/instances/nobody/suspend", "/v1/instances/nobody/resume"])(
    "of an instance that does not exist are refused: %s",
    async (path) => {
      expect(await answer(post(path, { reason: "r" }))).toMatchObject([404, { error: { code: "NotFound" } }]);
      expect(await answer(post("/v1/reconcile", { instance: "nobody" }))).toMatchObject([404, {}]);
      expect(loop.asked).toEqual([]);
    },
  );

  test.each([
    ["no reason", {}, "body: reason: expected a text of one line, found nothing", undefined],
    ["an empty reason", { reason: " " }, 'body: reason: expected a text of one line, found " "', undefined],
    [
      "a reason of two lines",
      { reason: "a\nb" },
      'body: reason: expected a text of one line, found "a\\nb"',
      undefined,
    ],
    [
      "a time without a unit",
      { reason: "r", for: "60" },
      'body: for: expected a duration such as `30m` or `1h30m`, found "60"',
      undefined,
    ],
    [
      "no time at all",
      { reason: "r", for: "0s" },
      'body: for: expected a duration such as `30m` or `1h30m`, found "0s"',
      undefined,
    ],
    ["a number", { reason: 4 }, "body: reason: expected a text of one line, found 4", undefined],
    ["an unknown key", { reson: "r" }, 'body: unknown key "reson"', "did you mean `reason`?"],
    ["another unknown key", { reason: "r", until: 1 }, 'body: unknown key "until"', "known are for, reason, by"],
    ["a list", [], "body: expected a JSON object, found another value", undefined],
    ["null", "null", "body: expected a JSON object, found another value", undefined],
    ["no JSON", "reason=r", "body: expected a JSON object, found what is no JSON", undefined],
  ])("with a wrong body are refused: %s", async (_, body, message, hint) => {
    expect(await answer(post("/v1/instances/boss-default/suspend", body))).toEqual([
      400,
      { error: { code: "Invalid", message, ...(hint !== undefined && { hint }) } },
    ]);
    expect(loop.asked).toEqual([]);
  });

  test("with a body of more than 64 KiB are refused, and one of just so much is read", async () => {
    const body = (size: number) => JSON.stringify({ reason: "r".repeat(size - '{"reason":""}'.length) });
    expect(await answer(post("/v1/instances/boss-default/suspend", body(64 * 1024 + 1)))).toEqual([
      413,
      { error: { code: "TooLarge", message: "body: larger than 64 KiB" } },
    ]);
    expect((await post("/v1/instances/boss-default/suspend", body(64 * 1024))).status).toBe(200);
  });

  test.each([
    ["no token", {}, "no", "Bearer"],
    ["another scheme", { Authorization: "Basic YTpi" }, "no", "Bearer"],
    ["another token", { Authorization: "Bearer guess" }, "another", 'Bearer error="invalid_token"'],
    [
      "the beginning of the token",
      { Authorization: `Bearer ${token.slice(0, -1)}` },
      "another",
      'Bearer error="invalid_token"',
    ],
  ])("without the token are refused: %s", async (_, headers, found, challenge) => {
    const response = await post("/v1/resume", {}, headers);
    expect(response.headers.get("WWW-Authenticate")).toBe(challenge);
    expect(await answer(response)).toEqual([
      401,
      {
        error: {
          code: "Unauthorized",
          message: `this needs the token that fleet was started with, and ${found} token came`,
          hint: "send it as `Authorization: Bearer TOKEN`",
        },
      },
    ]);
    expect(loop.asked).toEqual([]);
  });

  test.each(["/v1/instances/boss-default/suspend", "/v1/instances/boss-default/resume", "/v1/resume", "/v1/reconcile"])(
    "are all refused where no token is set: %s",
    async (path) => {
      const metrics = createMetrics({ version: "0.1.0", journalBytes: () => 0 });
      const app = createApp({ view: loop, history: loop.history, metrics });
      const headers = { Authorization: "Bearer undefined" };
      const response = await app.fetch(new Request(`http://localhost${path}`, { method: "POST", headers }));
      expect(await answer(response)).toMatchObject([403, { error: { code: "Forbidden" } }]);
      expect(loop.asked).toEqual([]);
    },
  );

  test.each(["", "two words", "ümlaut"])("a token that no client can send is refused at once: %j", (wrong) => {
    expect(() => request("/v1/resume", {}, { token: wrong })).toThrow(
      expect.objectContaining({ name: "FleetError", code: "Invalid" }),
    );
  });
});

describe("routes", () => {
  test("one that does not exist is refused with the one that was meant", async () => {
    expect(await answer(request("/v1/instnaces"))).toEqual([
      404,
      { error: { code: "NotFound", message: "there is no /v1/instnaces", hint: "did you mean `/v1/instances`?" } },
    ]);
  });

  test.each([
    ["DELETE", "/v1/instances/boss-default", "GET"],
    ["GET", "/v1/reconcile", "POST"],
    ["OPTIONS", "/v1/events", "GET"],
    ["HEAD", "/v1/resume", "POST"],
  ])("a wrong method is refused with the right one: %s %s", async (method, path, allowed) => {
    const response = await request(path, { method });
    expect(response.headers.get("Allow")).toBe(allowed);
    expect(response.headers.get("Access-Control-Allow-Origin")).toBeNull();
    const message = `${path} takes ${allowed}, not ${method}`;
    const body = method === "HEAD" ? "" : { error: { code: "MethodNotAllowed", message } };
    expect(await answer(response)).toEqual([405, body]);
  });

  test("no answer is kept by a cache", async () => {
    expect((await request("/v1/instances")).headers.get("Cache-Control")).toBe("no-store");
  });
});

describe("the name that a server is asked by", () => {
  const ask = async (host: string, connection?: Connection, hosts: string[] = []) =>
    (await request("/healthz", { headers: { Host: host } }, { hosts }, connection)).status;

  test.each(["localhost", "localhost:9090", "LOCALHOST", "127.0.0.1:9090", "127.8.8.8", "[::1]:9090"])(
    "may be a loopback one over TCP: %s",
    async (host) => expect(await ask(host, { kind: "tcp" })).toBe(200),
  );

  test.each(["evil.example", "localhost.evil.example:9090", "127.0.0.1.evil.example", "10.0.0.5", "", "a b"])(
    "may be no other over TCP, or when nobody says what it came over: %j",
    async (host) => {
      expect(await ask(host, { kind: "tcp", host: "127.0.0.1" })).toBe(403);
      expect(await ask(host)).toBe(403);
    },
  );

  test("may be the configured one, or the address that is listened on", async () => {
    expect(await ask("fleet.example:9090", { kind: "tcp" }, ["Fleet.Example"])).toBe(200);
    expect(await ask("10.0.0.5:9090", { kind: "tcp", host: "10.0.0.5" })).toBe(200);
    expect(await ask("[fd00::5]:9090", { kind: "tcp", host: "fd00::5" })).toBe(200);
  });

  test("does not matter on a unix socket", async () => {
    expect(await ask("evil.example", { kind: "unix" })).toBe(200);
  });

  test("is named in the refusal", async () => {
    expect(await answer(request("/v1/instances", { headers: { Host: "evil.example" } }))).toEqual([
      403,
      {
        error: {
          code: "Forbidden",
          message: 'this server does not go by the name "evil.example"',
          hint: "ask by a loopback address, or start the server with this name among its hosts",
        },
      },
    ]);
  });
});
