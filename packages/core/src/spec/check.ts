import type { Diagnostics } from "./diagnostic.ts";
import type { Path } from "./path.ts";
import { formatPath } from "./path.ts";
import type { Placed } from "./placed.ts";
import { formatHostPort, formatPort, portsCollide } from "./port.ts";

/** What only shows once every field of an instance is read, or once all instances are. */
export function checkFleet(instances: readonly Placed[], diagnostics: Diagnostics): void {
  for (const instance of instances) {
    checkNetworking(instance, diagnostics);
    checkCapabilities(instance, diagnostics);
    checkLifecycle(instance, diagnostics);
    checkUser(instance, diagnostics);
  }
  checkNames(instances, diagnostics);
  checkPorts(instances, diagnostics);
  checkSources(instances, diagnostics);
}

function place({ reader, path }: Placed, field: string): Path {
  return reader.written(field)?.path ?? [...path, field];
}

function checkNetworking(instance: Placed, diagnostics: Diagnostics): void {
  const { networkMode, networks, ports, hostname, extraHosts } = instance.spec.config;
  if (networks !== undefined) {
    for (const name of Object.keys(networks)) {
      if (!["bridge", "host", "none", "default"].includes(name)) continue;
      diagnostics.error("InvalidValue", place(instance, `networks.${name}`), `\`${name}\` is no network of your own`, {
        hint: name === "default" ? "leave `networks` out" : `write \`networkMode: ${name}\``,
      });
    }
  }
  if (networkMode === undefined) return;
  const at = place(instance, "networkMode");
  const clash = (what: string, hint: string) =>
    diagnostics.error(
      "Conflict",
      at,
      `\`networkMode: ${networkMode.split(":")[0]}\` and \`${what}\` exclude each other`,
      {
        hint,
      },
    );
  if (networks !== undefined) clash("networks", "take one of them away; `networks: null` drops the template's");
  const shared = networkMode.startsWith("container:");
  if (ports !== undefined && networkMode !== "bridge") {
    clash("ports", "there is nothing to publish: take `ports` away");
  }
  if (shared && hostname !== undefined) clash("hostname", "the other container's host name is used");
  if (shared && extraHosts !== undefined) clash("extraHosts", "the other container's /etc/hosts is used");
}

function checkCapabilities(instance: Placed, diagnostics: Diagnostics): void {
  const { capAdd = [], capDrop = [] } = instance.spec.config;
  for (const name of capAdd) {
    if (!capDrop.includes(name)) continue;
    diagnostics.error("Conflict", place(instance, "capabilities.drop"), `${name} is both added and dropped`);
  }
}

function checkLifecycle(instance: Placed, diagnostics: Diagnostics): void {
  const policy = instance.spec.config.restart?.policy;
  const { kind } = instance.spec.lifecycle;
  const at = place(instance, "restart");
  if (kind === "oneshot" && (policy === "always" || policy === "unless-stopped")) {
    diagnostics.error("Conflict", at, `a oneshot never completes with \`restart: ${policy}\``, {
      hint: "write `restart: on-failure`, or `restart: null` to drop the template's",
    });
  }
  if (kind === "lazy" && policy === "always") {
    diagnostics.error("Conflict", at, "with `restart: always` the engine starts a lazy instance at every boot", {
      hint: "write `restart: unless-stopped`, or `restart: null` to drop the template's",
    });
  }
}

function checkUser(instance: Placed, diagnostics: Diagnostics): void {
  const { user } = instance.spec.config;
  const owned = instance.spec.sources.some(({ ownership }) => ownership !== undefined);
  if (user === undefined || !owned || /^\d+(:|$)/.test(user)) return;
  diagnostics.warn("UserByName", place(instance, "user"), "a user by name cannot be compared with numeric owners", {
    hint: "write its number, such as `user: 1000`: only the image knows what the name stands for",
  });
}

function checkNames(instances: readonly Placed[], diagnostics: Diagnostics): void {
  const names = new Map<string, Placed>();
  const containers = new Map<string, Placed>();
  for (const instance of instances) {
    const { name, container } = instance.spec;
    const first = names.get(name);
    const sharing = containers.get(container);
    if (first !== undefined) {
      diagnostics.error("Duplicate", [...instance.path, "name"], "two instances have one name", {
        hint: `${formatPath(first.path)} has it already${first.base === name ? "" : " as a replica's"}`,
      });
    } else if (sharing !== undefined) {
      diagnostics.error("Duplicate", [...instance.path, "name"], "two instances get one container name", {
        hint: `${formatPath(sharing.path)} has it already: have \`{name}\` in \`naming\``,
      });
    }
    names.set(name, first ?? instance);
    containers.set(container, sharing ?? instance);
  }
}

function checkPorts(instances: readonly Placed[], diagnostics: Diagnostics): void {
  const published = instances.flatMap((instance) =>
    (instance.spec.config.ports ?? []).map((port) => ({ instance, port })),
  );
  for (const [index, one] of published.entries()) {
    const other = published.slice(0, index).find(({ port }) => portsCollide(port, one.port));
    if (other === undefined) continue;
    const same = other.instance === one.instance;
    diagnostics.error(
      "Duplicate",
      place(one.instance, "ports"),
      same ? "one host port leads to two container ports" : "two instances publish one host port",
      {
        found: `${formatHostPort(one.port)} for ${one.instance.spec.name}'s ${formatPort(one.port)} and ${other.instance.spec.name}'s ${formatPort(other.port)}`,
        hint: same
          ? "give each its own host port or address"
          : "give each instance its own: a `{placeholder}` may stand in a port, or leave the host port out",
      },
    );
  }
}

/** A source has one type and one owner, whoever mounts it. */
function checkSources(instances: readonly Placed[], diagnostics: Diagnostics): void {
  const owners = new Map<string, { readonly text: string; readonly path: Path }>();
  const types = new Map<string, { readonly text: string; readonly path: Path }>();
  for (const { mounts } of instances) {
    for (const { mount, written, source } of mounts) {
      if (mount.kind !== "bind" || source === undefined) continue;
      checkSame(types, mount.source, source.type, written.path, "type", diagnostics);
      if (source.ownership === undefined) continue;
      const { uid, gid, mode, recursive, repair } = source.ownership;
      const text = JSON.stringify([uid, gid, mode, recursive, repair]);
      checkSame(owners, mount.source, text, [...written.path, "ownership"], "ownership", diagnostics);
    }
  }
}

function checkSame(
  known: Map<string, { readonly text: string; readonly path: Path }>,
  source: string,
  text: string,
  path: Path,
  what: string,
  diagnostics: Diagnostics,
): void {
  const first = known.get(source);
  if (first === undefined) known.set(source, { text, path });
  else if (first.text !== text) {
    diagnostics.error("Conflict", path, `two mounts of one source differ in \`${what}\``, {
      hint: `${formatPath(first.path)} says otherwise: they would undo each other`,
    });
  }
}
