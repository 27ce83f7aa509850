import { FleetError } from "@fleet/core";
import { ManualClock } from "@fleet/core/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { begin, instanceStatus, StandingLoop } from "../../../../test/support/standing-loop.ts";
import { createMetrics } from "../metrics/metrics.ts";
import { createApp } from "./app.ts";
import type { EventHistory } from "./event-history.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

let loop: StandingLoop;
let clock: ManualClock;
let closing: AbortController;
let cuts: number;
const reported: unknown[] = [];

beforeEach(() => {
  reported.length = 0;
  cuts = 0;
  clock = new ManualClock();
  closing = new AbortController();
  loop = new StandingLoop([instanceStatus("boss-default"), instanceStatus("dev-default")]);
});

async function ask(query: string, headers: Record<string, string> = {}, history: EventHistory = loop.history) {
  const metrics = createMetrics({ version: "0.1.0", journalBytes: () => 0 });
  const app = createApp({ view: loop, history, metrics, clock, onError: (error) => reported.push(error) });
  const connection = { kind: "unix", closing: closing.signal, cut: () => cuts++ } as const;
  return app.fetch(new Request(`http://localhost/v1/events${query}`, { headers }), connection);
}

/** Reads a stream piece by piece; each piece ends with an empty line. */
async function follow(query = "", headers: Record<string, string> = {}, history?: EventHistory) {
  const response = await ask(query, headers, history);
  expect(response.headers.get("Content-Type")).toBe("text/event-stream");
  const reader = (response.body ?? new ReadableStream()).getReader();
  let pending = "";
  const next = async (): Promise<string | undefined> => {
    for (;;) {
      const end = pending.indexOf("\n\n");
      if (end >= 0) {
        const piece = pending.slice(0, end);
        pending = pending.slice(end + 2);
        return piece;
      }
      const { done, value } = await reader.read();
      if (done) return undefined;
      pending += new TextDecoder().decode(value);
    }
  };
  expect(await next()).toBe("retry: 2000");
  const ids = async (count: number): Promise<string[]> => {
    const found: string[] = [];
    while (found.length < count) found.push(/^id: (.*)$/m.exec((await next()) ?? "")?.[1] ?? "no id");
    return found;
  };
  return { next, ids, cancel: () => reader.cancel() };
}

describe("as a document", () => {
  test.each([
    ["?follow=false", {}],
    ["", { Accept: "application/json" }],
    ["?follow=false", { Accept: "text/event-stream" }],
  ])("they are given when asked for so: %j %j", async (query, headers: Record<string, string>) => {
    const event = loop.emit({ instance: "dev-default", reason: "ContainerVanished", type: "Warning" });
    expect(await (await ask(query, headers)).json()).toEqual({
      schema: "fleet.events/v1",
      fleet: "claude-hooks",
      events: [event],
    });
    expect(loop.listeners).toBe(0);
  });

  test("they are narrowed down by age, instance, number and count", async () => {
    loop.emit({ instance: "dev-default", at: begin - 700_000 });
    loop.emit({ instance: "dev-default", at: begin - 600_000 });
    loop.emit({ instance: "boss-default" });
    loop.emit({ instance: "dev-default" });
    loop.emit();
    const seqs = async (query: string) => {
      const { events } = (await (await ask(`?follow=false&${query}`)).json()) as { events: { seq: number }[] };
      return events.map(({ seq }) => seq);
    };
    expect(await seqs("")).toEqual([3, 6, 9, 12, 15]);
    expect(await seqs("since=10m")).toEqual([6, 9, 12, 15]);
    expect(await seqs("instance=dev-default")).toEqual([3, 6, 12]);
    expect(await seqs("instance=dev-default&limit=2")).toEqual([6, 12]);
    expect(await seqs("after=6")).toEqual([9, 12, 15]);
    expect(await seqs("after=6&limit=1")).toEqual([15]);
    expect(await seqs("instance=nobody")).toEqual([]);
  });

  test("they are the newest thousand when nothing is said of their number", async () => {
    for (let count = 0; count < 1001; count++) loop.emit();
    const { events } = (await (await ask("?follow=false")).json()) as { events: { seq: number }[] };
    expect([events.length, events[0]?.seq]).toEqual([1000, 6]);
  });

  test.each([
    ["after=-1", 'after: expected a whole number of at least 0, found "-1"'],
    ["after=x", 'after: expected a whole number of at least 0, found "x"'],
    ["limit=0", 'limit: expected a whole number of at least 1 and at most 10000, found "0"'],
    ["limit=10001", 'limit: expected a whole number of at least 1 and at most 10000, found "10001"'],
    ["since=10", 'since: expected a duration such as `10m`, found "10"'],
    ["follow=yes", 'follow: expected `true` or `false`, found "yes"'],
  ])("a question that makes no sense is refused: %s", async (query, message) => {
    const response = await ask(`?${query}`);
    expect([response.status, await response.json()]).toEqual([400, { error: { code: "Invalid", message } }]);
  });

  test("a journal that cannot be read is said to be so", async () => {
    const history: EventHistory = {
      // biome-ignore lint/correctness/useYield: it fails before the first
      read: async function* () {
        throw new FleetError("Forbidden", "journal: permission denied");
      },
    };
    const response = await ask("?follow=false", {}, history);
    expect([response.status, await response.json()]).toEqual([
      503,
      { error: { code: "Forbidden", message: "journal: permission denied" } },
    ]);
  });
});

describe("as a stream", () => {
  test("each has its number, its reason and itself", async () => {
    const stream = await follow();
    const event = loop.emit({ reason: "Unhealthy", type: "Warning", instance: "dev-default", message: "two\nlines" });
    expect(await stream.next()).toBe(`event: Unhealthy\ndata: ${JSON.stringify(event)}\nid: 3`);
    await stream.cancel();
  });

  test("only coming ones are given when nothing is said of the past", async () => {
    loop.emit();
    const stream = await follow();
    loop.emit();
    expect(await stream.ids(1)).toEqual(["6"]);
    await stream.cancel();
  });

  test.each([
    ["?after=6", {}, ["9", "12"]],
    ["", { "Last-Event-ID": "6" }, ["9", "12"]],
    ["?after=0", { "Last-Event-ID": "9" }, ["12"]],
    ["?since=1m&limit=1", { "Last-Event-ID": "3" }, ["6", "9", "12"]],
    ["?limit=2", {}, ["9", "12"]],
    ["?since=1m", {}, ["9", "12"]],
  ])("past ones come first, and then the coming ones: %s %j", async (query, headers: Record<string, string>, past) => {
    loop.emit({ at: begin - 3_600_000 });
    loop.emit({ at: begin - 3_600_000 });
    loop.emit();
    loop.emit();
    const stream = await follow(query, headers);
    expect(await stream.ids(past.length)).toEqual(past);
    loop.emit();
    expect(await stream.ids(1)).toEqual(["15"]);
    await stream.cancel();
  });

  test("one instance's are given alone, past and coming", async () => {
    loop.emit({ instance: "boss-default" });
    loop.emit({ instance: "dev-default" });
    const stream = await follow("?after=0&instance=dev-default");
    loop.emit();
    loop.emit({ instance: "boss-default" });
    loop.emit({ instance: "dev-default" });
    expect(await stream.ids(2)).toEqual(["6", "15"]);
    await stream.cancel();
  });

  test("none is missing and none is there twice when more happen while the past is read", async () => {
    for (let count = 0; count < 3; count++) loop.emit();
    const history: EventHistory = {
      read: async function* (query) {
        // Before it looks: in the journal and in the queue. After: in the queue alone.
        loop.emit();
        for await (const event of loop.history.read(query)) {
          yield event;
          if (event.seq === 6) loop.emit();
        }
        loop.emit();
      },
    };
    const stream = await follow("?after=0", {}, history);
    expect(await stream.ids(6)).toEqual(["3", "6", "9", "12", "15", "18"]);
    loop.emit();
    expect(await stream.ids(1)).toEqual(["21"]);
    await stream.cancel();
  });

  test("a client that has seen more than the journal holds, since that was lost, misses nothing", async () => {
    const stream = await follow("", { "Last-Event-ID": "4000" });
    loop.emit();
    expect(await stream.ids(1)).toEqual(["3"]);
    await stream.cancel();
  });

  test("a comment every 15 s shows that it lives", async () => {
    const stream = await follow();
    await turn();
    clock.advance(14_999);
    loop.emit();
    expect(await stream.ids(1)).toEqual(["3"]);
    await turn();
    clock.advance(14_999);
    clock.advance(1);
    expect(await stream.next()).toBe(": keep-alive");
    await stream.cancel();
  });

  test("a client that goes away leaves nothing behind", async () => {
    const stream = await follow();
    await turn();
    expect([loop.listeners, clock.pending]).toEqual([1, 1]);
    await stream.cancel();
    await turn();
    expect([loop.listeners, clock.pending, cuts, reported]).toEqual([0, 0, 0, []]);
  });

  test("it ends when the server closes", async () => {
    const stream = await follow();
    closing.abort();
    expect(await stream.next()).toBeUndefined();
    expect([loop.listeners, clock.pending, cuts]).toEqual([0, 0, 0]);
    expect(await (await follow("?after=0")).next()).toBeUndefined();
  });

  test("a client that reads nothing is cut off when too much waits for it", async () => {
    const stream = await follow();
    await turn();
    for (let count = 0; count < 1000; count++) {
      loop.emit();
      await turn();
    }
    expect([cuts, loop.listeners]).toEqual([0, 1]);
    // A few are on their way already, in the buffers between.
    for (let count = 0; count < 10; count++) loop.emit();
    await turn();
    expect([cuts, loop.listeners, clock.pending]).toEqual([1, 0, 0]);
    await stream.cancel();
  });

  test("it ends when the journal cannot be read, and can be resumed where it was", async () => {
    loop.emit();
    const error = new FleetError("Unreachable", "journal: the disk does not answer");
    const history: EventHistory = {
      read: async function* (query) {
        yield* loop.history.read(query);
        throw error;
      },
    };
    const stream = await follow("?after=0", {}, history);
    expect(await stream.ids(1)).toEqual(["3"]);
    expect(await stream.next()).toBeUndefined();
    expect([reported, loop.listeners]).toEqual([[error], 0]);
  });

  test("a HEAD is answered without one", async () => {
    const app = createApp({
      view: loop,
      history: loop.history,
      metrics: createMetrics({ version: "0.1.0", journalBytes: () => 0 }),
      clock,
    });
    const response = await app.fetch(new Request("http://localhost/v1/events", { method: "HEAD" }));
    expect([response.status, response.headers.get("Content-Type"), response.body]).toEqual([
      200,
      "text/event-stream",
      null,
    ]);
    expect([loop.listeners, clock.pending]).toEqual([0, 0]);
  });
});
