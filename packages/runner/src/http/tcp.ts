import type { AddressInfo, Server } from "node:net";
import { FleetError } from "@fleet/core";
import { isLoopback } from "./loopback.ts";

/** Where to listen over TCP. */
export interface TcpAddress {
  /** Name or address, an IPv6 one without brackets. Default 127.0.0.1. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Allows a host that other machines can reach: all of them may read, and who has the token may change. */
  readonly allowRemote?: boolean;
}

export const defaultHost = "127.0.0.1";

/**
 * Makes `server` listen on a TCP address and returns its URL. Rejects with `Invalid` for a host that is not loopback
 * and not allowed or is not this machine's, `Conflict` for a port in use, `Forbidden` for one that takes privileges.
 */
export async function listenOnTcp(server: Server, { host = defaultHost, ...rest }: TcpAddress): Promise<string> {
  const shown = host.includes(":") ? `[${host}]` : host;
  if (!isLoopback(host) && rest.allowRemote !== true) {
    throw new FleetError("Invalid", `${shown}:${rest.port}: other machines could reach this address`, {
      hint: "listen on 127.0.0.1, or say that remote clients are allowed",
    });
  }
  await new Promise<void>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => reject(tcpError(`${shown}:${rest.port}`, error));
    server.once("error", fail);
    server.listen({ host, port: rest.port }, () => {
      server.off("error", fail);
      resolve();
    });
  });
  return `http://${shown}:${(server.address() as AddressInfo).port}`;
}

function tcpError(address: string, error: NodeJS.ErrnoException): FleetError {
  switch (error.code) {
    case "EADDRINUSE":
      return new FleetError("Conflict", `${address}: another process listens here already`, {
        hint: "choose another port",
        cause: error,
      });
    case "EACCES":
      return new FleetError("Forbidden", `${address}: this user may not listen here`, {
        hint: "choose a port above 1023",
        cause: error,
      });
    default:
      return new FleetError("Invalid", `${address}: cannot listen here (${error.code ?? error.message})`, {
        hint: "give an address of this machine",
        cause: error,
      });
  }
}
