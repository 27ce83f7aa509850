import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock, FleetError } from "@fleet/core";
import { ManualClock } from "@fleet/core/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Alert } from "./alert.ts";
import { createWebhook, type Webhook, type WebhookOptions } from "./webhook.ts";

const alert = (message: string): Alert => ({
  schema: "fleet.alert/v1",
  fleet: "claude-hooks",
  instance: "dev-default",
  problem: "NotReady",
  state: "begun",
  since: Date.UTC(2025, 0, 1),
  message,
});

let server: Server;
let url: string;
let origin: string;
let clock: ManualClock;
let webhook: Webhook;
/** How long each timer was set for, in order: 10 s for a try's deadline, less or more for a wait between tries. */
let timers: number[];
/** What arrived: path and message. */
let arrived: string[];
/** How each request is answered, in turn; the last one for all that follow. */
let answers: ((response: ServerResponse) => void)[];
let failed: string[];

const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void =>
    void response.writeHead(code, headers).end("what it says");
const nothing = (): void => undefined;

beforeEach(async () => {
  clock = new ManualClock();
  timers = [];
  arrived = [];
  answers = [status(200)];
  failed = [];
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    arrived.push(`${request.method} ${request.url} ${request.headers["content-type"]} ${JSON.parse(body).message}`);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    answer?.(response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  url = `${origin}/services/hunter2?key=hunter2`;
});

afterEach(async () => {
  await webhook.close();
  server.closeAllConnections();
  server.close();
});

function create(changes: Partial<WebhookOptions> = {}): void {
  const onFailure = ({ message }: Alert, { code, message: why, hint }: FleetError): void => {
    failed.push([message, code, why.replace(origin, "ORIGIN"), ...(hint === undefined ? [] : [hint])].join(" | "));
  };
  const recording: Clock = {
    ...clock,
    setTimeout: (callback, milliseconds) => {
      timers.push(milliseconds);
      return clock.setTimeout(callback, milliseconds);
    },
  };
  webhook = createWebhook({ url, clock: recording, onFailure, ...changes });
}

/** Lets the wait before the next try pass. */
async function passWait(milliseconds: number): Promise<void> {
  await expect.poll(() => timers.at(-1)).toBe(milliseconds);
  clock.advance(milliseconds);
}

const path = "POST /services/hunter2?key=hunter2 application/json";

test("an alert arrives as JSON", async () => {
  create();
  webhook.send(alert("a"));
  await expect.poll(() => arrived).toEqual([`${path} a`]);
  expect(failed).toEqual([]);
});

test("what a server cannot take now is sent again, later and later, and the order stays", async () => {
  answers = [status(503), status(500), status(429), status(200)];
  create();
  webhook.send(alert("a"));
  webhook.send(alert("b"));
  for (const wait of [1000, 5000, 20_000]) await passWait(wait);
  await expect.poll(() => arrived.map((line) => line.at(-1))).toEqual(["a", "a", "a", "a", "b"]);
  expect(failed).toEqual([]);
});

test("after four tries it is given up and said, and the next one is sent", async () => {
  answers = [status(503), status(503), status(503), status(502), status(200)];
  create();
  webhook.send(alert("a"));
  webhook.send(alert("b"));
  for (const wait of [1000, 5000, 20_000]) await passWait(wait);
  await expect.poll(() => arrived.length).toBe(5);
  expect(failed).toEqual(["a | Unreachable | webhook ORIGIN/…: answered 502"]);
});

test.each([
  [404, "Invalid | webhook ORIGIN/…: answered 404 | check that the webhook's URL is right"],
  [302, "Invalid | webhook ORIGIN/…: answered 302 | give the URL that it redirects to"],
])("what will not change is not tried again: %s", async (code, message) => {
  answers = [status(code, { Location: "/elsewhere" })];
  create();
  webhook.send(alert("a"));
  await expect.poll(() => failed).toEqual([`a | ${message}`]);
  expect([arrived.length, clock.pending]).toEqual([1, 0]);
});

test("one that does not answer is given ten seconds each time", async () => {
  answers = [nothing];
  create();
  webhook.send(alert("a"));
  for (const wait of [1000, 5000, 20_000]) {
    await expect.poll(() => timers.at(-1)).toBe(10_000);
    clock.advance(10_000);
    await passWait(wait);
  }
  await expect.poll(() => timers.at(-1)).toBe(10_000);
  clock.advance(10_000);
  await expect.poll(() => failed).toEqual(["a | Timeout | webhook ORIGIN/…: no answer within 10 s"]);
  expect(clock.pending).toBe(0);
});

test("one that cannot be reached is named by its host alone", async () => {
  create();
  server.close();
  await once(server, "close");
  webhook.send(alert("a"));
  for (const wait of [1000, 5000, 20_000]) await passWait(wait);
  await expect.poll(() => failed).toEqual(["a | Unreachable | webhook ORIGIN/…: not reached (ECONNREFUSED)"]);
});

test("more than a hundred do not wait: the oldest give way", async () => {
  answers = [nothing];
  create();
  for (let count = 0; count < 103; count++) webhook.send(alert(`${count}`));
  // The first is on its way.
  expect(failed).toEqual([
    "1 | Unreachable | webhook ORIGIN/…: dropped, since 100 later alerts wait",
    "2 | Unreachable | webhook ORIGIN/…: dropped, since 100 later alerts wait",
  ]);
});

test("closing gives up what waits and what is on its way, and says so", async () => {
  answers = [nothing];
  create();
  webhook.send(alert("a"));
  webhook.send(alert("b"));
  await expect.poll(() => arrived.length).toBe(1);
  await webhook.close();
  webhook.send(alert("c"));
  const message = "Cancelled | webhook ORIGIN/…: not sent, since fleet is stopping";
  expect(failed).toEqual([`a | ${message}`, `b | ${message}`, `c | ${message}`]);
  expect(clock.pending).toBe(0);
});

test("closing ends a wait for the next try", async () => {
  answers = [status(503)];
  create();
  webhook.send(alert("a"));
  await expect.poll(() => timers).toEqual([10_000, 1000]);
  await webhook.close();
  expect(failed).toEqual(["a | Unreachable | webhook ORIGIN/…: answered 503"]);
  expect(clock.pending).toBe(0);
});

test("a callback that throws stops nothing", async () => {
  answers = [status(404), status(200)];
  create({
    onFailure: () => {
      throw new Error("cannot log");
    },
  });
  webhook.send(alert("a"));
  webhook.send(alert("b"));
  await expect.poll(() => arrived.length).toBe(2);
});

test.each([
  ["hunter2", "webhook: expected an http or https URL, found something else"],
  ["ftp://example.com/hunter2", "webhook: expected an http or https URL, found something else"],
  ["https://me:hunter2@example.com/x", "webhook https://example.com/…: a URL with a user name cannot be sent to"],
])("a URL that cannot be sent to is refused at once, and not shown: %s", (wrong, message) => {
  create();
  expect(() => create({ url: wrong })).toThrow(
    expect.objectContaining({ name: "FleetError", code: "Invalid", message }),
  );
});
