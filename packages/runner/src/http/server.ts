import type { Server } from "node:http";
import { type Clock, FleetError, systemClock } from "@fleet/core";
import { createAdaptorServer } from "@hono/node-server";
import type { HttpApp } from "./app.ts";
import type { Connection } from "./connection.ts";
import { defaultHost, listenOnTcp, type TcpAddress } from "./tcp.ts";
import { listenOnSocket } from "./unix-socket.ts";

/** What is served, and where: on one of the two, or both. */
export interface ServeOptions {
  readonly app: HttpApp;
  /** Path of a unix socket, for this user only, in a directory that is there. */
  readonly socket?: string;
  readonly tcp?: TcpAddress;
  readonly clock?: Clock;
  /** Told of connections that could not be accepted, such as for want of file descriptors; the rest goes on. */
  readonly onError?: (error: unknown) => void;
}

/** A server that listens. */
export interface HttpServer {
  /** `unix:///run/user/1000/fleet/web.sock`, `http://127.0.0.1:9090`: the socket first. */
  readonly addresses: readonly string[];
  /** Takes no more requests, ends the streams, gives answers under way a moment, and frees everything. Never rejects. */
  close(): Promise<void>;
}

/** How long answers under way may take to end. Milliseconds. */
const closeGrace = 500;

/**
 * Serves the app on a unix socket, a TCP address, or both. Rejects with a `FleetError` when it cannot listen; nothing
 * is left open then.
 */
export async function serve({ app, socket, tcp, clock = systemClock, onError }: ServeOptions): Promise<HttpServer> {
  if (socket === undefined && tcp === undefined) {
    throw new FleetError("Invalid", "an HTTP server needs a unix socket or a TCP address to listen on");
  }
  const listeners = new Listeners(app, clock);
  try {
    const addresses: string[] = [];
    if (socket !== undefined) addresses.push(await listeners.openSocket(socket));
    if (tcp !== undefined) addresses.push(await listeners.openTcp(tcp));
    listeners.onError((error) => onError?.(error));
    return { addresses, close: () => listeners.close() };
  } catch (error) {
    await listeners.close();
    throw error;
  }
}

class Listeners {
  readonly #app: HttpApp;
  readonly #clock: Clock;
  readonly #servers: Server[] = [];
  readonly #closing = new AbortController();
  #removeSocket: () => Promise<void> = async () => undefined;
  #closed: Promise<void> | undefined;

  constructor(app: HttpApp, clock: Clock) {
    this.#app = app;
    this.#clock = clock;
  }

  async openSocket(path: string): Promise<string> {
    this.#removeSocket = await listenOnSocket(this.#server({ kind: "unix" }), path);
    return `unix://${path}`;
  }

  openTcp(address: TcpAddress): Promise<string> {
    return listenOnTcp(this.#server({ kind: "tcp", host: address.host ?? defaultHost }), address);
  }

  onError(listener: (error: Error) => void): void {
    for (const server of this.#servers) server.on("error", listener);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  #server(connection: Connection): Server {
    const server = createAdaptorServer({
      fetch: (request, { outgoing }) =>
        this.#app.fetch(request, { ...connection, closing: this.#closing.signal, cut: () => outgoing.destroy() }),
      // The embedder's own Request and Response stay as they are.
      overrideGlobalObjects: false,
    }) as Server;
    this.#servers.push(server);
    return server;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    await this.#removeSocket().catch(() => undefined);
    await Promise.all(this.#servers.map((server) => this.#end(server)));
  }

  #end(server: Server): Promise<void> {
    if (!server.listening) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(() => server.closeAllConnections(), closeGrace);
      server.close(() => {
        this.#clock.clearTimeout(timer);
        resolve();
      });
    });
  }
}
