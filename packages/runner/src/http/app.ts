import { type Clock, didYouMean, systemClock } from "@fleet/core";
import { Hono } from "hono";
import type { LoopView } from "../loop/view.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { bearerAuthorization } from "./authorization.ts";
import type { Connection } from "./connection.ts";
import type { EventHistory } from "./event-history.ts";
import { checkHost } from "./host-header.ts";
import { Refusal, refusalOf } from "./refusal.ts";
import { type AppContext, routesOf } from "./routes.ts";

export interface AppOptions {
  readonly view: LoopView;
  readonly history: EventHistory;
  readonly metrics: Pick<Metrics, "contentType" | "render">;
  /** What a request that changes something must carry as `Authorization: Bearer TOKEN`; without it all are refused. */
  readonly token?: string;
  /** Names, without ports, that a TCP listener goes by beside the loopback ones. */
  readonly hosts?: readonly string[];
  readonly clock?: Clock;
  /** Told what went wrong inside; no client gets to see it. */
  readonly onError?: (error: unknown) => void;
}

/** The interface over HTTP, for any server that speaks `Request` and `Response`. */
export interface HttpApp {
  /** Never rejects. A request without a connection is taken for one over TCP. */
  fetch(request: Request, connection?: Connection): Response | Promise<Response>;
}

/** Throws `Invalid` for a token that no client can send. */
export function createApp(options: AppOptions): HttpApp {
  const authorize = bearerAuthorization(options.token);
  const hosts = new Set(options.hosts?.map((host) => host.toLowerCase()));
  const onError = options.onError ?? (() => undefined);
  const routes = routesOf({ ...options, clock: options.clock ?? systemClock, onError });
  const paths = [...new Set(routes.map((route) => route.path))];
  const app = new Hono<{ Bindings: Connection }>();

  app.use(async (c, next) => {
    checkHost(c.req.header("Host") ?? new URL(c.req.url).host, c.env, hosts);
    c.header("Cache-Control", "no-store");
    await next();
  });
  for (const { method, path, answer } of routes) {
    app.on(method, path, (c) => {
      if (method === "POST") authorize(c.req.header("Authorization"));
      return answer(c);
    });
  }
  for (const path of paths) {
    const allowed = routes.filter((route) => route.path === path).map((route) => route.method);
    app.all(path, (c) => {
      const message = `${c.req.path} takes ${allowed.join(" or ")}, not ${c.req.method}`;
      throw new Refusal(405, "MethodNotAllowed", message, { headers: { Allow: allowed.join(", ") } });
    });
  }
  app.notFound((c) => {
    const hint = didYouMean(c.req.path, paths);
    return refuse(c, new Refusal(404, "NotFound", `there is no ${c.req.path}`, hint === undefined ? {} : { hint }));
  });
  app.onError((error, c) => {
    const refusal = refusalOf(error);
    if (refusal.status === 500) onError(error);
    return refuse(c, refusal);
  });
  return { fetch: (request, connection = { kind: "tcp" }) => app.fetch(request, connection) };
}

function refuse(c: AppContext, { body, status, headers }: Refusal): Response {
  return c.json(body, status, headers);
}
