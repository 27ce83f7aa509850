import { type Clock, FleetError, systemClock } from "@fleet/core";
import { sleep } from "../sleep.ts";
import type { Alert } from "./alert.ts";

/** Where alerts go. */
export interface WebhookOptions {
  /** Where alerts are sent, by POST. Often holds a secret: messages show its host alone. */
  readonly url: string;
  /** Told of each alert that did not arrive. */
  readonly onFailure: (alert: Alert, error: FleetError) => void;
  readonly clock?: Clock;
  /** Default: the runtime's own. */
  readonly fetch?: typeof fetch;
}

/** Sends alerts, one after another. A try takes at most 10 s, and what may succeed later is tried three more times. */
export interface Webhook {
  /** Returns at once and never throws. Alerts arrive in this order. */
  send(alert: Alert): void;
  /** Gives up what has not arrived. Never rejects. */
  close(): Promise<void>;
}

/** How long one try may take. Milliseconds. */
const deadline = 10_000;
/** Waits before the tries after the first. Milliseconds. */
const waits = [1000, 5000, 20_000] as const;
/** Alerts that may wait; then the oldest gives way. */
const queueLimit = 100;

/** Throws `Invalid` for a URL that is none, is not of HTTP, or holds a user name, which `fetch` refuses. */
export function createWebhook(options: WebhookOptions): Webhook {
  const name = nameOf(options.url);
  const { url, onFailure, clock = systemClock, fetch: send = fetch } = options;
  const closing = new AbortController();
  const queue: Alert[] = [];
  let running: Promise<void> | undefined;

  const fail = (alert: Alert, error: FleetError): void => {
    try {
      onFailure(alert, error);
    } catch {
      // Whoever is told must not stop the rest from being sent.
    }
  };
  const drain = async (): Promise<void> => {
    for (let alert = queue.shift(); alert !== undefined; alert = queue.shift()) {
      const error = await deliver(alert);
      if (error !== undefined) fail(alert, error);
    }
    running = undefined;
  };
  const deliver = async (alert: Alert): Promise<FleetError | undefined> => {
    let failure = await post(alert);
    for (const wait of waits) {
      if (failure === undefined || !failure.retry) break;
      try {
        await sleep(clock, wait, closing.signal);
      } catch {
        break;
      }
      failure = await post(alert);
    }
    return failure;
  };
  const post = async (alert: Alert): Promise<FleetError | undefined> => {
    if (closing.signal.aborted) return cancelled(name);
    const end = new AbortController();
    const abort = (): void => end.abort();
    const timer = clock.setTimeout(abort, deadline);
    closing.signal.addEventListener("abort", abort, { once: true });
    try {
      const response = await send(url, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(alert),
        // A POST that is redirected arrives as a GET.
        redirect: "manual",
        signal: end.signal,
      });
      await response.body?.cancel();
      return response.ok ? undefined : answered(name, response.status);
    } catch (error) {
      if (closing.signal.aborted) return cancelled(name);
      if (end.signal.aborted) return new FleetError("Timeout", `${name}: no answer within ${deadline / 1000} s`);
      return new FleetError("Unreachable", `${name}: not reached (${codeOf(error)})`);
    } finally {
      clock.clearTimeout(timer);
      closing.signal.removeEventListener("abort", abort);
    }
  };

  return {
    send: (alert) => {
      if (closing.signal.aborted) return fail(alert, cancelled(name));
      queue.push(alert);
      const oldest = queue.length > queueLimit ? queue.shift() : undefined;
      if (oldest !== undefined) {
        fail(oldest, new FleetError("Unreachable", `${name}: dropped, since ${queueLimit} later alerts wait`));
      }
      running ??= drain();
    },
    close: async () => {
      closing.abort();
      await running;
    },
  };
}

/** The webhook in messages: scheme and host, for the rest may be secret. */
function nameOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const hint = "give one such as https://example.com/hook";
  if (parsed === undefined || !["http:", "https:"].includes(parsed.protocol)) {
    throw new FleetError("Invalid", "webhook: expected an http or https URL, found something else", { hint });
  }
  if (parsed.username !== "" || parsed.password !== "") {
    throw new FleetError("Invalid", `webhook ${parsed.origin}/…: a URL with a user name cannot be sent to`, { hint });
  }
  return `webhook ${parsed.origin}/…`;
}

function answered(name: string, status: number): FleetError {
  const message = `${name}: answered ${status}`;
  if (status >= 300 && status < 400) {
    return new FleetError("Invalid", message, { status, hint: "give the URL that it redirects to" });
  }
  if (status === 429) return new FleetError("RateLimited", message, { status });
  if (status >= 500 || status === 408) return new FleetError("Unreachable", message, { status });
  return new FleetError("Invalid", message, { status, hint: "check that the webhook's URL is right" });
}

function cancelled(name: string): FleetError {
  return new FleetError("Cancelled", `${name}: not sent, since fleet is stopping`);
}

/** Never the message: some hold the URL. */
function codeOf(error: unknown): string {
  const { code, cause, name } = error as { code?: unknown; cause?: { code?: unknown }; name?: unknown };
  return String(cause?.code ?? code ?? name);
}
