import * as z from "zod/mini";
import { bytes, swapTotal } from "../bytes.ts";
import { capability } from "../capability.ts";
import {
  cpus,
  envKey,
  hostItem,
  hostname,
  labelItem,
  labelKey,
  logDriver,
  networkMode,
  pids,
  ulimit,
  ulimitName,
  user,
} from "../container-kinds.ts";
import { dependencyCondition } from "../dependency-kinds.ts";
import { checkTime, wholeSeconds } from "../duration.ts";
import type { RestartWord } from "../fleet-spec.ts";
import { imageRef, pull, track } from "../image.ts";
import { count, filledText, flag, text } from "../kind.ts";
import { idleStop, lifecycleKind } from "../lifecycle.ts";
import { containerPath } from "../mount-kinds.ts";
import { name, resourceName } from "../name.ts";
import { hostAddress, portNumber, protocol, shortPort } from "../port.ts";
import { restart } from "../restart.ts";
import { securityOption } from "../security-option.ts";
import { signal } from "../signal.ts";
import { healSchema } from "./heal.ts";
import { mountSchema } from "./mount.ts";
import { keyOf, scalar, textOf, word } from "./scalar.ts";
import { either, field, list, map, optional, record, required } from "./shape.ts";

/** The keys that templates and instances share. */
export function containerShape() {
  const boolean = () => scalar(flag, "boolean");
  const size = () => scalar(bytes, "number");
  const words = () =>
    either("a list of words, or one line that is split into words", [
      textOf(text),
      list(scalar(text, "number", "boolean")),
    ]);
  return {
    image: field("What the container runs: a reference, or a map with ref, pull and track.", () =>
      either("an image reference, or a map with `ref`, `pull` and `track`", [
        textOf(imageRef),
        map({
          ref: field("Image reference.", () => textOf(imageRef)),
          pull: field("When to pull before a create: missing (default), always, never.", () => word(pull)),
          track: field("id (default): a tag that moved is drift. ref: only the text counts.", () => word(track)),
        }),
      ]),
    ),
    entrypoint: field("Replaces the image's entrypoint, and drops its command.", words),
    command: field("Replaces the image's command.", words),
    env: field("Environment variables, by name. They win over envFile.", envSchema),
    envFile: field("Files of KEY=value lines, taken literally; the later wins. Their values are never shown.", () =>
      either("a path, or a list of paths", [textOf(filledText), list(textOf(filledText))]),
    ),
    user: field("User, or user:group, by name or number. Default: the image's.", () => scalar(user, "number")),
    workingDir: field("Absolute path of the working directory.", () => textOf(containerPath)),
    hostname: field("Host name inside the container.", () => textOf(hostname)),
    labels: field("Labels. Keys that begin with `fleet.` are fleet's own.", () =>
      either("a map, or a list of `KEY=value`", [
        record(keyOf(labelKey), z.nullable(scalar(text, "number", "boolean"))),
        list(textOf(labelItem)),
      ]),
    ),
    mounts: field("What is mounted where: binds, volumes, tmpfs.", () => list(mountSchema())),
    networks: field("Networks to join; made when missing. Not together with networkMode.", () =>
      either("a list of network names, or a map by network name", [
        list(textOf(resourceName)),
        record(
          keyOf(resourceName),
          z.nullable(map({ aliases: optional("More names on this network.", list(textOf(filledText))) })),
        ),
      ]),
    ),
    networkMode: field("`bridge`, `host`, `none` or `container:NAME`.", () => textOf(networkMode)),
    ports: field("Published ports.", () => list(portSchema())),
    extraHosts: field("More lines for /etc/hosts.", () =>
      either("a list of `host:address`, or a map from host to address", [
        list(textOf(hostItem)),
        record(keyOf(filledText), z.nullable(textOf(filledText))),
      ]),
    ),
    resources: field("Limits.", () =>
      map({
        memory: field("Most memory, at least 6Mi.", size),
        swap: field("Most memory and swap together, or `unlimited`. Needs memory.", () => scalar(swapTotal, "number")),
        reservation: field("Memory that is reclaimed last. At most memory.", size),
        cpus: field("Cores: 1.5 is one and a half.", () => scalar(cpus, "number")),
        pids: field("Most processes and threads.", () => scalar(pids, "number")),
        shm: field("Size of /dev/shm.", size),
        ulimits: field("Process limits by name.", () =>
          record(
            keyOf(ulimitName),
            z.nullable(
              either("a number, or a map with `soft` and `hard`", [
                scalar(ulimit, "number"),
                map({
                  soft: required("Soft limit; -1 is unlimited.", scalar(ulimit, "number")),
                  hard: required("Hard limit; -1 is unlimited.", scalar(ulimit, "number")),
                }),
              ]),
            ),
          ),
        ),
      }),
    ),
    capabilities: field("Linux capabilities.", () =>
      map({
        add: field("Beyond the engine's default set.", () => list(textOf(capability))),
        drop: field("Out of the engine's default set.", () => list(textOf(capability))),
      }),
    ),
    privileged: field("Nearly all of the host. Default false.", boolean),
    readOnly: field("The root file system cannot be written. Default false.", boolean),
    securityOpt: field("Security options, such as `no-new-privileges`.", () => list(textOf(securityOption))),
    init: field("An init that reaps zombies runs as pid 1. Default: the engine's.", boolean),
    tty: field("A terminal is attached. Default false.", boolean),
    stdin: field("Standard input stays open. Default false.", boolean),
    stop: field("How it is stopped.", () =>
      map({
        signal: field("Default: the image's, else SIGTERM.", () => scalar(signal, "number")),
        gracePeriod: field("Whole seconds until SIGKILL. Default 10s.", () => scalar(wholeSeconds, "number")),
      }),
    ),
    restart: field("`no`, `always`, `unless-stopped`, `on-failure` or `on-failure:3`.", () =>
      textOf<RestartWord>(restart),
    ),
    healthcheck: field("How health is probed. What is left out is the image's.", () =>
      map({
        test: field("A line for the shell, or a list that begins with CMD, CMD-SHELL or NONE.", () =>
          either("a line for the shell, or a list", [textOf(filledText), list(textOf(text))]),
        ),
        interval: field("Between probes.", () => scalar(checkTime, "number")),
        timeout: field("Of one probe.", () => scalar(checkTime, "number")),
        startPeriod: field("Failures in this time do not count.", () => scalar(checkTime, "number")),
        retries: field("Failures in a row until it is unhealthy.", () => scalar(count(1), "number")),
        disable: field("No probe, whatever the image says.", boolean),
      }),
    ),
    logging: field("Where output goes. Default: the engine's.", () =>
      map({
        driver: field("Logging driver.", () => textOf(logDriver)),
        options: field("Options of the driver.", () =>
          record(keyOf(filledText), z.nullable(scalar(text, "number", "boolean"))),
        ),
      }),
    ),
    dependsOn: field("Instances that come first.", () =>
      either("a list of instance names, or a map by instance name", [
        list(textOf(name)),
        record(
          keyOf(name),
          z.nullable(
            map({
              condition: optional("started (default), healthy, or completed for a oneshot.", word(dependencyCondition)),
            }),
          ),
        ),
      ]),
    ),
    lifecycle: field(
      "hot (default): always on. lazy: runs only while somebody uses it. oneshot: runs to exit code 0 once, again only when its spec changes.",
      () =>
        either("`hot`, `lazy` or `oneshot`, or a map with `kind` and `idleStop`", [
          word(lifecycleKind),
          map({
            kind: field("hot (default), lazy or oneshot.", () => word(lifecycleKind)),
            idleStop: field("A lazy one is stopped after so long without use, 10s to 24h. Default 5m.", () =>
              scalar(idleStop, "number"),
            ),
          }),
        ]),
    ),
    heal: field("What the loop does about each kind of trouble. Left out: the policy's.", healSchema),
  };
}

function envSchema() {
  const value = either("text, a number, a boolean, `{ secret: NAME }` or `{ file: PATH }`", [
    scalar(text, "number", "boolean"),
    map({
      secret: required("Name of a variable of fleet's environment; its value is never shown.", textOf(filledText)),
    }),
    map({ file: required("Path of a file that holds the secret; a last line break is left out.", textOf(filledText)) }),
  ]);
  return either("a map, or a list of `KEY=value`", [
    record(keyOf(envKey), z.nullable(value)),
    list(
      z
        .string({
          error: "`KEY=value`, or `KEY` to pass on fleet's own\nwrite `KEY=value`, or make the whole list a map",
        })
        .check(z.describe("KEY=value; a bare KEY passes on fleet's own.")),
    ),
  ]);
}

function portSchema() {
  return either(`${shortPort.expected}, or a map with \`container\` and \`host\``, [
    scalar(shortPort, "number"),
    map({
      container: required("Port in the container.", scalar(portNumber, "number")),
      host: optional("Port on the host. Left out: the engine picks one.", scalar(portNumber, "number")),
      hostIp: optional("Address on the host. Default: all.", textOf(hostAddress)),
      protocol: optional("tcp (default), udp or sctp.", word(protocol)),
    }),
  ]);
}
