import type { PortBinding } from "./config.ts";
import { compareText } from "./diagnostic.ts";
import { choice, count, decimal, type Kind, right, wrong } from "./kind.ts";

export const portNumber = count(1, 65_535);
export const protocol = choice("tcp", "udp", "sctp");

/** An address to listen on; empty and `[::]` in their canonical form. */
export const hostAddress: Kind<string> = {
  expected: "an IPv4 or IPv6 address",
  read: (value) => {
    const address = String(value)
      .replace(/^\[(.*)\]$/, "$1")
      .toLowerCase();
    if (address === "") return right("0.0.0.0");
    return isIPv4(address) || isIPv6(address) ? right(address) : wrong();
  },
};

/**
 * Compose's short form: `8080:80`, `127.0.0.1:8080:80/udp`, `[::]:80:80`, `8000-8002:9000-9002`; a container port by
 * itself (`80`, `53/udp`, `127.0.0.1::80`) gets a host port that the engine chooses.
 */
export const shortPort: Kind<readonly PortBinding[]> = {
  expected: "a port such as `8080:80`, `127.0.0.1:8080:80/udp` or `80`",
  read: (value) => {
    if (typeof value === "number" && (value > 65_535 || !Number.isInteger(value))) {
      // What YAML 1.1 makes of two numbers with a colon between them.
      const written = `${Math.floor(value / 60)}:${value % 60}`;
      return wrong(`a port is ${portNumber.expected}; if \`${written}\` was written, quote it`);
    }
    const found = /^(?:(?:(\[[^\]]*\]|[^:[\]]*):)?([\d-]*):)?([\d-]+)(?:\/([a-z]+))?$/i.exec(String(value));
    if (found === null) return wrong();
    const [, address, host = "", container = "", suffix = "tcp"] = found;
    const hostIp = hostAddress.read(address ?? "");
    const inside = range(container);
    const outside = host === "" ? [] : range(host);
    const wire = protocol.read(suffix.toLowerCase());
    if (!hostIp.ok) return wrong(`\`${address}\` is no address`);
    if (!wire.ok) return wrong(`expected ${protocol.expected} after the slash`);
    if (inside === undefined || outside === undefined) return wrong(`a port is ${portNumber.expected}`);
    if (host !== "" && inside.length !== outside.length) return wrong("both ranges must have the same length");
    return right(
      inside.map((containerPort, index) => {
        const hostPort = outside[index];
        return {
          containerPort,
          protocol: wire.value,
          ...(hostPort !== undefined && { hostPort }),
          hostIp: hostIp.value,
        };
      }),
    );
  },
};

/** `80/tcp`. */
export function formatPort(port: PortBinding): string {
  return `${port.containerPort}/${port.protocol}`;
}

/** `0.0.0.0:8080/tcp`. */
export function formatHostPort(port: PortBinding): string {
  const address = port.hostIp.includes(":") ? `[${port.hostIp}]` : port.hostIp;
  return `${address}:${port.hostPort}/${port.protocol}`;
}

/** By container port, protocol, address and host port. */
export function comparePorts(a: PortBinding, b: PortBinding): number {
  return (
    a.containerPort - b.containerPort ||
    compareText(a.protocol, b.protocol) ||
    compareText(a.hostIp, b.hostIp) ||
    (a.hostPort ?? 0) - (b.hostPort ?? 0)
  );
}

/** Whether an engine could not publish both at once: the wildcard address of a family takes all of it. */
export function portsCollide(a: PortBinding, b: PortBinding): boolean {
  if (a.hostPort === undefined || a.hostPort !== b.hostPort || a.protocol !== b.protocol) return false;
  const sameFamily = a.hostIp.includes(":") === b.hostIp.includes(":");
  return a.hostIp === b.hostIp || (sameFamily && [a.hostIp, b.hostIp].some((ip) => ip === "0.0.0.0" || ip === "::"));
}

function range(text: string): readonly number[] | undefined {
  const [first, last, ...more] = text.split("-").map((part) => portNumber.read(part));
  if (first?.ok !== true || more.length > 0) return undefined;
  if (last === undefined) return [first.value];
  if (!last.ok || last.value < first.value) return undefined;
  return Array.from({ length: last.value - first.value + 1 }, (_, index) => first.value + index);
}

function isIPv4(address: string): boolean {
  const parts = address.split(".");
  return parts.length === 4 && parts.every((part) => /^\d+$/.test(part) && (decimal(part) ?? 256) <= 255);
}

function isIPv6(address: string): boolean {
  const [head, tail, ...more] = address.split("::");
  const groups = (text: string | undefined) => (text === undefined || text === "" ? [] : text.split(":"));
  const all = [...groups(head), ...groups(tail)];
  const right = all.every((group) => /^[0-9a-f]{1,4}$/.test(group));
  return right && more.length === 0 && (tail === undefined ? all.length === 8 : all.length < 8);
}
