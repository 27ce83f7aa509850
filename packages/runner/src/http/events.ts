import { type Clock, parseDuration } from "@fleet/core";
import type { Context } from "hono";
import { accepts } from "hono/accepts";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import type { LoopView } from "../loop/view.ts";
import type { Connection } from "./connection.ts";
import type { EventHistory, HistoryQuery, RecordedEvent } from "./event-history.ts";
import type { EventList } from "./event-list.ts";
import { EventQueue } from "./event-queue.ts";
import { Refusal } from "./refusal.ts";

export interface EventsOptions {
  readonly view: LoopView;
  readonly history: EventHistory;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

type EventsContext = Context<{ Bindings: Connection }>;

/** Events in one document when not asked for fewer. */
const defaultLimit = 1000;
const largestLimit = 10_000;
/** Events that may wait for a client that reads slowly; one that lets more wait is cut off, and may resume. */
const queueLimit = 1000;
/** Milliseconds between two signs of life to a client to which nothing else is sent. */
const keepAlive = 15_000;
/** What a client is told to wait before it connects again. Milliseconds. */
const reconnectAfter = 2000;

/** The answer to a request for events: past ones as JSON, or past and coming ones as a stream. */
export async function answerEvents(c: EventsContext, options: EventsOptions): Promise<Response> {
  const query = queryOf(c, options.clock.now());
  if (!wantsStream(c)) {
    const events: RecordedEvent[] = [];
    for await (const event of options.history.read({ limit: defaultLimit, ...query })) events.push(event);
    return c.json({ schema: "fleet.events/v1", fleet: options.view.status().fleet, events } satisfies EventList);
  }
  // Nobody reads the stream that answers a HEAD.
  if (c.req.method === "HEAD") return c.body(null, 200, { "Content-Type": "text/event-stream" });
  const response = streamSSE(c, (stream) => follow(stream, query, c.env, options));
  // A stream has the connection for itself: it goes when the stream ends.
  response.headers.set("Connection", "close");
  return response;
}

async function follow(
  stream: SSEStreamingApi,
  query: HistoryQuery,
  connection: Connection,
  { view, history, clock, onError }: EventsOptions,
): Promise<void> {
  const cut = (): void => {
    stream.abort();
    connection.cut?.();
  };
  const queue = new EventQueue({ limit: queueLimit, clock, onFull: cut });
  const close = (): void => queue.close();
  const send = (event: RecordedEvent): Promise<void> =>
    stream.writeSSE({ id: String(event.seq), event: event.reason, data: JSON.stringify(event) });
  stream.onAbort(close);
  connection.closing?.addEventListener("abort", close, { once: true });
  // Before the past is read: what happens meanwhile waits in the queue, and what is then in both is told apart by seq.
  const unsubscribe = view.onEvent((event) => {
    if (query.instance === undefined || event.instance === query.instance) queue.push(event);
  });
  try {
    if (connection.closing?.aborted) close();
    await stream.write(`retry: ${reconnectAfter}\n\n`);
    let replayed = 0;
    if (asksForThePast(query)) {
      for await (const event of history.read(query)) {
        if (queue.closed) return;
        await send(event);
        replayed = event.seq;
      }
    }
    while (!queue.closed) {
      const event = await queue.take(keepAlive);
      if (event !== undefined && event.seq > replayed) await send(event);
      if (event === undefined && !queue.closed) await stream.write(": keep-alive\n\n");
    }
  } catch (error) {
    // The client sees the stream end, connects again and resumes.
    onError(error);
  } finally {
    unsubscribe();
    close();
    connection.closing?.removeEventListener("abort", close);
  }
}

function asksForThePast({ after, since, limit }: HistoryQuery): boolean {
  return after !== undefined || since !== undefined || limit !== undefined;
}

function wantsStream(c: EventsContext): boolean {
  switch (c.req.query("follow")) {
    case "false":
      return false;
    case "true":
      return true;
    case undefined: {
      const stream = "text/event-stream";
      return accepts(c, { header: "Accept", supports: [stream, "application/json"], default: stream }) === stream;
    }
    default:
      throw invalid("follow", "`true` or `false`", c.req.query("follow"));
  }
}

function queryOf(c: EventsContext, now: number): HistoryQuery {
  const instance = c.req.query("instance");
  const selection = { ...(instance !== undefined && { instance }) };
  // A client that lost the stream goes on where it was, whatever it asked for at first.
  const last = c.req.header("Last-Event-ID");
  if (last !== undefined && last !== "") return { ...selection, after: wholeNumber("Last-Event-ID", last, 0) };
  const { after, since, limit } = c.req.query();
  return {
    ...selection,
    ...(after !== undefined && { after: wholeNumber("after", after, 0) }),
    ...(since !== undefined && { since: now - past(since) }),
    ...(limit !== undefined && { limit: wholeNumber("limit", limit, 1, largestLimit) }),
  };
}

function past(since: string): number {
  const duration = parseDuration(since);
  if (duration === undefined) throw invalid("since", "a duration such as `10m`", since);
  return duration;
}

function wholeNumber(name: string, value: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  const bound = most === Number.MAX_SAFE_INTEGER ? "" : ` and at most ${most}`;
  throw invalid(name, `a whole number of at least ${least}${bound}`, value);
}

function invalid(name: string, expected: string, found: string | undefined): Refusal {
  return new Refusal(400, "Invalid", `${name}: expected ${expected}, found ${JSON.stringify(found)}`);
}
