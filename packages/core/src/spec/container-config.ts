import { capability } from "./capability.ts";
import type { ContainerConfig, Healthcheck, Logging, NetworkAttachment, PortBinding } from "./config.ts";
import { hostname, logDriver, networkMode, user } from "./container-kinds.ts";
import { compareText } from "./diagnostic.ts";
import { checkTime, wholeSeconds } from "./duration.ts";
import type { Written } from "./fields.ts";
import { count, filledText, flag, text } from "./kind.ts";
import { containerPath } from "./mount-kinds.ts";
import { comparePorts, hostAddress, portNumber, protocol, shortPort } from "./port.ts";
import { filled, present } from "./present.ts";
import { entriesOf, itemsOf, type Reader } from "./reader.ts";
import { readResources } from "./resources.ts";
import { restart } from "./restart.ts";
import { securityOption } from "./security-option.ts";
import { signal } from "./signal.ts";
import { splitWords } from "./words.ts";

/** What one instance's fields come to, but for image, env and mounts, which need more than the fields. */
export function readConfig(reader: Reader): Omit<ContainerConfig, "image"> {
  return present({
    entrypoint: readWords("entrypoint", reader),
    command: readWords("command", reader),
    user: reader.field("user", user),
    workingDir: reader.field("workingDir", containerPath),
    hostname: reader.field("hostname", hostname),
    labels: filled(readTexts("labels", reader)),
    networks: filled(readNetworks(reader)),
    networkMode: reader.field("networkMode", networkMode),
    ports: filled(readPorts(reader)),
    extraHosts: filled(readHosts(reader)),
    ...readResources(reader),
    capAdd: readCapabilities("capabilities.add", reader),
    capDrop: readCapabilities("capabilities.drop", reader),
    privileged: reader.field("privileged", flag),
    readOnly: reader.field("readOnly", flag),
    securityOpt: filled(reader.list("securityOpt", securityOption)),
    init: reader.field("init", flag),
    tty: reader.field("tty", flag),
    stdin: reader.field("stdin", flag),
    stopSignal: reader.field("stop.signal", signal),
    stopGracePeriod: reader.field("stop.gracePeriod", wholeSeconds),
    restart: reader.field("restart", restart),
    healthcheck: filled(readHealthcheck(reader)),
    logging: filled(readLogging(reader)),
  });
}

/** A list as it is, one line split; nothing in it means that the image's is taken. */
function readWords(field: string, reader: Reader): readonly string[] | undefined {
  const written = reader.written(field);
  if (written === undefined) return undefined;
  if (Array.isArray(written.value)) return filled(reader.list(field, text));
  const line = reader.expand(String(written.value), written.path);
  if (line === undefined) return undefined;
  const words = splitWords(line.pieces);
  if (words === undefined) {
    reader.diagnostics.error("InvalidValue", written.path, `a quote in \`${field}\` is not closed`, {
      hint: "write it as a list of words",
    });
  }
  return filled(words);
}

function readTexts(field: string, reader: Reader): Record<string, string> {
  const texts: [string, string][] = [];
  for (const [key, written] of reader.below(field)) {
    const value = reader.read(text, written);
    if (value !== undefined) texts.push([key, value]);
  }
  return Object.fromEntries(texts.sort(([a], [b]) => compareText(a, b)));
}

function readNetworks(reader: Reader): Record<string, NetworkAttachment> {
  const networks: [string, NetworkAttachment][] = [];
  for (const [key, written] of reader.below("networks")) {
    const name = reader.read(filledText, { value: key, path: written.path });
    const list = entriesOf(written).get("aliases");
    const aliases = list === undefined ? [] : itemsOf(list).map((item) => reader.read(filledText, item));
    if (name !== undefined) networks.push([name, { aliases: sortedUnique(aliases) }]);
  }
  return Object.fromEntries(networks.sort(([a], [b]) => compareText(a, b)));
}

function readPorts(reader: Reader): readonly PortBinding[] {
  const written = reader.written("ports");
  const ports = written === undefined ? [] : itemsOf(written).flatMap((item) => readPort(item, reader));
  const unique = new Map(
    ports.map((port) => [JSON.stringify([port.containerPort, port.protocol, port.hostIp, port.hostPort]), port]),
  );
  return [...unique.values()].sort(comparePorts);
}

function readPort(written: Written, reader: Reader): readonly PortBinding[] {
  if (typeof written.value !== "object") return reader.read(shortPort, written) ?? [];
  const entries = entriesOf(written);
  const [container, host, ip, wire] = ["container", "host", "hostIp", "protocol"].map((key) => entries.get(key));
  const containerPort = container && reader.read(portNumber, container);
  const hostPort = host && reader.read(portNumber, host);
  const hostIp = ip ? reader.read(hostAddress, ip) : "0.0.0.0";
  const kind = wire ? reader.read(protocol, wire) : "tcp";
  if (containerPort === undefined || hostIp === undefined || kind === undefined) return [];
  return [{ containerPort, protocol: kind, ...present({ hostPort }), hostIp }];
}

function readHosts(reader: Reader): readonly string[] {
  const hosts: string[] = [];
  for (const [host, written] of reader.below("extraHosts")) {
    const name = reader.read(filledText, { value: host, path: written.path });
    const address = reader.read(filledText, written);
    if (name !== undefined && address !== undefined) hosts.push(`${name}:${address}`);
  }
  return hosts;
}

function readCapabilities(field: string, reader: Reader): readonly string[] | undefined {
  return filled(sortedUnique(reader.list(field, capability) ?? []));
}

function readHealthcheck(reader: Reader): Healthcheck {
  if (reader.field("healthcheck.disable", flag) === true) return { test: ["NONE"] };
  return present({
    test: filled(readTest(reader)),
    interval: reader.field("healthcheck.interval", checkTime),
    timeout: reader.field("healthcheck.timeout", checkTime),
    startPeriod: reader.field("healthcheck.startPeriod", checkTime),
    retries: reader.field("healthcheck.retries", count(1)),
  });
}

function readTest(reader: Reader): readonly string[] | undefined {
  const written = reader.written("healthcheck.test");
  if (written === undefined) return undefined;
  if (!Array.isArray(written.value)) {
    const line = reader.read(filledText, written);
    return line === undefined ? undefined : ["CMD-SHELL", line];
  }
  const test = reader.list("healthcheck.test", text) ?? [];
  const wanted = { NONE: test.length === 1, "CMD-SHELL": test.length === 2, CMD: test.length > 1 }[test[0] ?? "NONE"];
  if (test.length === 0 || wanted === true) return test;
  reader.diagnostics.error("InvalidValue", written.path, "this is no health check", {
    expected: "`[CMD, word, …]`, `[CMD-SHELL, line]` or `[NONE]`",
    hint: wanted === undefined ? "put `CMD` in front, or write one line for the shell" : undefined,
  });
  return undefined;
}

function readLogging(reader: Reader): Logging {
  return present({
    driver: reader.field("logging.driver", logDriver),
    options: filled(readTexts("logging.options", reader)),
  });
}

function sortedUnique(items: readonly (string | undefined)[]): string[] {
  return [...new Set(items.filter((item) => item !== undefined))].sort(compareText);
}
