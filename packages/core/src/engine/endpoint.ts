import { FleetError } from "../errors.ts";

/** Where an engine answers. `address` is the same as text, for messages. */
export type Endpoint = UnixEndpoint | TcpEndpoint | SshEndpoint;

/** A unix socket on this machine; `path` is absolute. */
export interface UnixEndpoint {
  readonly kind: "unix";
  readonly address: string;
  readonly path: string;
}

/** HTTP over TCP. `host` is a name or an address, an IPv6 one without its brackets. */
export interface TcpEndpoint {
  readonly kind: "tcp";
  readonly address: string;
  readonly host: string;
  readonly port: number;
  /** Absent: plain HTTP. */
  readonly tls?: TlsFiles;
}

/** Reached through the system's `ssh` program, so that its own configuration, agent and known hosts apply. */
export interface SshEndpoint {
  readonly kind: "ssh";
  readonly address: string;
  readonly host: string;
  readonly port?: number;
  readonly user?: string;
  /** Socket on the far side, when it is not the default one. */
  readonly path?: string;
}

/** PEM texts. */
export interface TlsFiles {
  /** Absent: the authorities that the runtime trusts. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Whether the engine's certificate must be good. */
  readonly verify: boolean;
}

export const defaultSocket = "/var/run/docker.sock";

/** Reads an address as the docker CLI takes it; `tls` is asked for a TCP one. `Invalid` when it is none. */
export function parseEndpoint(text: string, tls: () => TlsFiles | undefined = () => undefined): Endpoint {
  const address = text.trim();
  if (address.startsWith("/")) return unix(address);
  const [, scheme = "tcp", rest = ""] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/is.exec(address) ?? [];
  switch (scheme.toLowerCase()) {
    case "unix":
      return unix(rest || defaultSocket);
    case "tcp":
      return tcp(address, rest, tls());
    case "ssh":
      return ssh(address);
    case "http":
    case "https":
      throw invalid(
        address,
        `"${scheme}" is not an engine's scheme`,
        `Write tcp://${rest}; TLS is switched on by DOCKER_TLS_VERIFY=1.`,
      );
    default:
      throw invalid(
        address,
        `"${scheme}" is not a known scheme`,
        "Use unix:///path, tcp://host:port or ssh://user@host.",
      );
  }
}

function unix(path: string): UnixEndpoint {
  if (!path.startsWith("/")) {
    throw invalid(`unix://${path}`, "the path of the socket is not absolute", `Write unix:///${path}.`);
  }
  return { kind: "unix", address: `unix://${path}`, path };
}

function tcp(address: string, rest: string, tls: TlsFiles | undefined): TcpEndpoint {
  const found = /^(\[[0-9a-f:.]+\]|[^/:?#[\]@\s]*)(?::(\d+))?\/?$/i.exec(rest);
  const port = found?.[2] === undefined ? (tls === undefined ? 2375 : 2376) : Number(found[2]);
  if (found === null || port < 1 || port > 65535) {
    throw invalid(
      address,
      "it does not read as host and port",
      "Write tcp://host:port, for example tcp://10.0.0.5:2376.",
    );
  }
  const host = (found[1] || "localhost").replace(/^\[|\]$/g, "");
  return {
    kind: "tcp",
    address: `tcp://${host.includes(":") ? `[${host}]` : host}:${port}`,
    host,
    port,
    ...(tls === undefined ? {} : { tls }),
  };
}

function ssh(address: string): SshEndpoint {
  const hint = "Write ssh://user@host, ssh://user@host:port or ssh://user@host/path/to/docker.sock.";
  if (!URL.canParse(address)) throw invalid(address, "it does not read as an ssh address", hint);
  const url = new URL(address);
  const user = decodeURIComponent(url.username);
  // ssh would take a leading dash for an option.
  if (url.hostname === "" || url.hostname.startsWith("-") || user.startsWith("-")) {
    throw invalid(address, "it names no host or user that ssh could take", hint);
  }
  if (url.password !== "") {
    throw new FleetError("Invalid", "An ssh address for the engine holds a password.", {
      hint: "Leave it out and use a key or an agent: a password in an address ends up in logs.",
    });
  }
  const path = url.pathname === "/" ? "" : url.pathname;
  return {
    kind: "ssh",
    address: `ssh://${url.username === "" ? "" : `${url.username}@`}${url.host}${path}`,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    ...(url.port === "" ? {} : { port: Number(url.port) }),
    ...(user === "" ? {} : { user }),
    ...(path === "" ? {} : { path: decodeURIComponent(path) }),
  };
}

function invalid(address: string, why: string, hint: string): FleetError {
  return new FleetError("Invalid", `The engine address "${address}" cannot be used: ${why}.`, { hint });
}
