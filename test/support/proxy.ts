import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * What becomes of a request instead of plain forwarding.
 *
 * - `answer` the engine never sees it · `hang` nor does it, and nothing is ever answered · `close` nor does it, and the
 *   connection ends · `delay` it is forwarded after `milliseconds`
 * - `lose` the engine does the work, and the connection ends before a byte of the answer · `truncate` it ends halfway
 *   through the answer's body · `stall` half of the body comes, and then nothing more
 */
export type Fault =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly message?: string;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly kind: "delay"; readonly milliseconds: number }
  | { readonly kind: "hang" | "close" | "lose" | "truncate" | "stall" };

export interface Rule {
  readonly method?: string;
  /** Against the path without `/v1.41`, query included. Default: every path. */
  readonly path?: RegExp;
  /** How many matching requests pass untouched before the first fault. Default 0. */
  readonly after?: number;
  /** How many it befalls. Default: all. */
  readonly times?: number;
  readonly fault: Fault;
}

export interface RecordedRequest {
  readonly method: string;
  /** Without the API version, query included. */
  readonly path: string;
}

export interface EngineProxy {
  /** As DOCKER_HOST takes it. */
  readonly host: string;
  /** Every request so far, in the order of arrival. */
  readonly requests: readonly RecordedRequest[];
  /** Replaces the rules, and counts from the start. */
  setRules(rules: readonly Rule[]): void;
  /** How many answers have begun and not ended, such as event streams. They pass through as they come. */
  readonly streaming: number;
  /** Lets every answer under way say nothing more, without an end. Later requests are answered. */
  silence(): void;
  /** Ends the connection of every answer under way. */
  cut(): void;
  close(): Promise<void>;
}

/** A unix socket in front of the engine at `target` (`unix:///…`); the first rule that matches a request applies. */
export async function startProxy(options: { target: string; rules?: readonly Rule[] }): Promise<EngineProxy> {
  const folder = await mkdtemp(join(tmpdir(), "fleet-proxy-"));
  const socket = join(folder, "docker.sock");
  const requests: RecordedRequest[] = [];
  let rules = counted(options.rules ?? []);
  const streams = new Set<Stream>();
  const server = createServer((incoming, outgoing) => {
    const recorded = { method: incoming.method ?? "", path: (incoming.url ?? "").replace(/^\/v\d+\.\d+(?=\/)/, "") };
    requests.push(recorded);
    const fault = rules.find((rule) => rule.strikes(recorded))?.fault;
    receive({ target: options.target.replace("unix://", ""), streams }, incoming, outgoing, fault);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    host: `unix://${socket}`,
    requests,
    setRules: (next) => {
      rules = counted(next);
    },
    get streaming() {
      return streams.size;
    },
    silence: () => {
      for (const { response, outgoing } of streams) response.unpipe(outgoing).resume();
    },
    cut: () => {
      for (const { outgoing } of streams) outgoing.destroy();
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await rm(folder, { recursive: true });
    },
  };
}

/** An answer under way. */
interface Stream {
  readonly response: IncomingMessage;
  readonly outgoing: ServerResponse;
}

interface Onward {
  /** The engine's socket. */
  readonly target: string;
  readonly streams: Set<Stream>;
}

interface CountedRule {
  readonly fault: Fault;
  strikes(request: RecordedRequest): boolean;
}

function counted(rules: readonly Rule[]): readonly CountedRule[] {
  return rules.map(({ method, path = /(?:)/, after = 0, times = Number.POSITIVE_INFINITY, fault }) => {
    let seen = 0;
    return {
      fault,
      strikes: (request) => {
        if ((method !== undefined && method !== request.method) || !path.test(request.path)) return false;
        seen += 1;
        return seen > after && seen <= after + times;
      },
    };
  });
}

function receive(onward: Onward, incoming: IncomingMessage, outgoing: ServerResponse, fault: Fault | undefined): void {
  switch (fault?.kind) {
    case "answer": {
      const body = fault.body ?? JSON.stringify({ message: fault.message ?? "" });
      outgoing.writeHead(fault.status, { "Content-Type": "application/json", ...fault.headers }).end(body);
      return;
    }
    case "hang":
      return;
    case "close":
      incoming.socket.destroy();
      return;
    case "delay":
      setTimeout(() => forward(onward, incoming, outgoing, undefined), fault.milliseconds);
      return;
    default:
      forward(onward, incoming, outgoing, fault?.kind);
  }
}

function forward(
  { target, streams }: Onward,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  broken: "lose" | "truncate" | "stall" | undefined,
): void {
  const { method, url, headers } = incoming;
  const onward = request({ socketPath: target, method, path: url, headers, agent: false }, (response) => {
    if (broken === undefined) {
      outgoing.writeHead(response.statusCode ?? 502, response.headers).flushHeaders();
      response.pipe(outgoing);
      const stream: Stream = { response, outgoing };
      streams.add(stream);
      outgoing.on("close", () => streams.delete(stream));
      // An engine that goes away in the middle breaks the connection, as without a proxy.
      response.on("close", () => response.complete || outgoing.destroy());
      return;
    }
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("end", () => {
      if (broken === "lose") return incoming.socket.destroy();
      const body = Buffer.concat(chunks);
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      outgoing.write(body.subarray(0, Math.floor(body.length / 2)), () => {
        if (broken === "truncate") incoming.socket.destroy();
      });
    });
  });
  onward.on("error", () => incoming.socket.destroy());
  // A client that goes away ends the engine's side too, as without a proxy.
  outgoing.on("close", () => onward.destroy());
  incoming.pipe(onward);
}
