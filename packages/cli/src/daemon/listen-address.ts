import { FleetError } from "@fleet/core";

/** A name or an address, an IPv6 one without its brackets, and a port. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Reads `127.0.0.1:8080`, `[::1]:8080` or `localhost:8080`. Throws `Invalid`. */
export function parseListenAddress(text: string): ListenAddress {
  const [, bracketed, plain, digits = ""] = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host !== undefined && port <= 65_535) return { host, port };
  throw new FleetError("Invalid", `--listen: expected an address and a port, found ${JSON.stringify(text)}`, {
    hint: "give both, as in --listen 127.0.0.1:8080",
  });
}
