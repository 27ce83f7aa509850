import { type Clock, didYouMean, type InstanceStatus } from "@fleet/core";
import type { Context } from "hono";
import type { LoopView } from "../loop/view.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { duration, flag, optional, readBody, text } from "./body.ts";
import type { Connection } from "./connection.ts";
import type { EventHistory } from "./event-history.ts";
import { answerEvents } from "./events.ts";
import { Refusal, refusalOf } from "./refusal.ts";

export type AppContext = Context<{ Bindings: Connection }>;

/** One question that is answered, or, with POST, one change that is made for those who may. */
export interface Route {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** Throws refusals and `FleetError`s. */
  readonly answer: (c: AppContext) => Response | Promise<Response>;
}

export interface RouteInputs {
  readonly view: LoopView;
  readonly history: EventHistory;
  readonly metrics: Pick<Metrics, "contentType" | "render">;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

/** Who asked, for suspensions and confirmations whose body does not say. */
const unnamed = "http";

export function routesOf(inputs: RouteInputs): Route[] {
  const { view, metrics, clock, onError } = inputs;
  const find = (name: string): InstanceStatus => {
    const status = view.instance(name);
    if (status !== undefined) return status;
    const { fleet, instances } = view.status();
    const names = instances.map(({ instance }) => instance);
    const hint = didYouMean(name, names) ?? `it has ${names.join(", ") || "none"}`;
    throw new Refusal(404, "NotFound", `fleet ${fleet} has no instance ${JSON.stringify(name)}`, { hint });
  };
  return [
    {
      method: "GET",
      path: "/healthz",
      answer: (c) => {
        try {
          view.status();
        } catch (error) {
          onError(error);
          throw new Refusal(503, "Internal", "the loop does not answer");
        }
        return c.text("ok\n");
      },
    },
    {
      method: "GET",
      path: "/readyz",
      answer: (c) => {
        const { ready, engine } = view.status();
        if (ready) return c.text("ok\n");
        const reason = engine.reachable
          ? "the first look at the whole fleet is not done"
          : `the engine at ${engine.address} does not answer`;
        throw new Refusal(503, "NotReady", reason);
      },
    },
    {
      method: "GET",
      path: "/metrics",
      answer: async (c) => c.body(await metrics.render(view), 200, { "Content-Type": metrics.contentType }),
    },
    { method: "GET", path: "/v1/instances", answer: (c) => c.json(view.status()) },
    { method: "GET", path: "/v1/instances/:name", answer: (c) => c.json(find(nameIn(c))) },
    {
      method: "GET",
      path: "/v1/plan",
      answer: async (c) => {
        try {
          return c.json(await view.plan(c.req.raw.signal));
        } catch (error) {
          // Whatever an engine answered, it is not about this request.
          const { status, code, message, hint } = refusalOf(error);
          if (status === 500) throw error;
          throw new Refusal(503, code, message, { ...(hint !== undefined && { hint }) });
        }
      },
    },
    { method: "GET", path: "/v1/events", answer: (c) => answerEvents(c, inputs) },
    {
      method: "POST",
      path: "/v1/instances/:name/suspend",
      answer: async (c) => {
        const name = find(nameIn(c)).instance;
        const body = await readBody(c.req.raw, { for: optional(duration), reason: text, by: optional(text) });
        const until = body.for === undefined ? {} : { until: clock.now() + body.for };
        await view.suspend(name, { ...until, reason: body.reason, by: body.by ?? unnamed });
        return c.json(find(name));
      },
    },
    {
      method: "POST",
      path: "/v1/instances/:name/resume",
      answer: async (c) => {
        const name = find(nameIn(c)).instance;
        await readBody(c.req.raw, {});
        await view.resume(name);
        return c.json(find(name));
      },
    },
    {
      method: "POST",
      path: "/v1/resume",
      answer: async (c) => {
        const { confirm, by } = await readBody(c.req.raw, { confirm: optional(flag), by: optional(text) });
        // One who confirms that the fleet may go on does not mean those that were suspended one by one.
        await (confirm === true ? view.confirm(by ?? unnamed) : view.resume());
        return c.json(view.status());
      },
    },
    {
      method: "POST",
      path: "/v1/reconcile",
      answer: async (c) => {
        const { instance } = await readBody(c.req.raw, { instance: optional(text) });
        view.wake(instance === undefined ? undefined : find(instance).instance);
        return c.json(instance === undefined ? view.status() : find(instance), 202);
      },
    },
  ];
}

function nameIn(c: AppContext): string {
  return c.req.param("name") ?? "";
}
