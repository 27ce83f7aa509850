import fc from "fast-check";
import { oneOf, plain, text } from "./arbitrary-text.ts";
import { type Abilities, comesUp, type FlatSpec, isValid, type Spelled } from "./flat-spec.ts";

/** Works as a command by itself and as arguments to an entrypoint, and stops at once when told to. */
const idle = "trap 'exit 0' TERM INT HUP; sleep infinity & wait";
const MiB = 1024 ** 2;
const list = (...words: readonly string[]): readonly [string, readonly string[]] => [JSON.stringify(words), words];
const sizes = (...mebibytes: readonly number[]) =>
  oneOf(...mebibytes.map((size) => [String(size * MiB), `${size}Mi`, `${size}m`, size * MiB] as const));
const hosts = (...entries: readonly string[]) => [entries.join(" "), entries] as const;
const ports = (container: string, ...bindings: readonly string[]) =>
  oneOf(...bindings.map((hostSide) => [hostSide, hostSide.split(" ").map((one) => `${one}${container}`)] as const));
const bind = (path: string, readOnly: boolean, over: object = {}) =>
  [`bind ${path} ${readOnly} ${JSON.stringify(over)}`, { bind: path, readOnly, ...over }] as const;

/**
 * Every row of the field table and the lifecycle, as many keys of each family as show how keys go together, and for each the values that
 * a spec may give it on a small machine. Paths of the host and names of the fleet are placeholders that the rig fills in.
 */
const cases: Readonly<Record<string, fc.Arbitrary<Spelled>>> = {
  image: plain(
    "fleet-test:1",
    "fleet-test:2",
    "fleet-test:user",
    "fleet-test:volume",
    "fleet-test:health",
    "claude-hooks:dev",
  ),
  entrypoint: oneOf([...list("sh", "-c", idle), `sh -c "${idle}"`], list("/bin/sh", "-c", idle)),
  command: oneOf(
    [...list("sh", "-c", idle), `sh -c "${idle}"`],
    list("sh", "-c", idle, "again"),
    list("sh", "-c", `:; ${idle}`),
  ),
  "env.A": text,
  "env.REV": text,
  "env.x.y-z": text,
  "env.PATH": plain("/bin:/usr/bin:/sbin", "/bin"),
  "env.TOKEN": oneOf(["first", { secret: "FIRST" }], ["second", { secret: "SECOND" }]),
  user: oneOf(
    ["1000:1000", "1000:1000"],
    ["1000", 1000, "1000"],
    ["claude", "claude"],
    ["root", "root"],
    ["0:0", "0:0"],
  ),
  workingDir: oneOf(["/tmp", "/tmp", "/tmp/", "//tmp"], ["/", "/"], ["/new/place", "/new/place"]),
  hostname: plain("one", "two.example"),
  "labels.a": text,
  "labels.v": oneOf(["9", 9, "9"], ["10", "10"]),
  "labels.x.y/z": text,
  "mounts./free": oneOf(
    bind("./free", false),
    bind("./free", true),
    bind("./other", false),
    bind("./other", false, { propagation: "private" }),
    ["volume", { volume: "{fleet}-free" }],
    ["tmpfs", { tmpfs: true }],
  ),
  "mounts./owned": oneOf(bind("./owned", false), bind("./owned", true)),
  "ownership../owned": oneOf(
    ["0:0 0755", { uid: 0, gid: 0, mode: "0755" }],
    [
      "1000:1000 0755",
      { uid: 1000, gid: 1000, mode: "0755" },
      { uid: "1000", gid: 1000, mode: "0o755", repair: "plan" },
    ],
    ["1000:1000 2770", { uid: 1000, gid: 1000, mode: "2770" }],
    ["4711:0 0700", { uid: 4711, gid: 0, mode: "0700" }],
  ),
  "mounts./file": oneOf(bind("./file", false, { type: "file" }), bind("./file", true, { type: "file" })),
  "mounts./data": oneOf(
    ["volume one", { volume: "{fleet}-one" }],
    ["volume one ro", { volume: "{fleet}-one", readOnly: true }],
    ["volume two", { volume: "{fleet}-two" }],
  ),
  "mounts./scratch": oneOf(
    ["tmpfs", { tmpfs: true }],
    ["tmpfs ro", { tmpfs: true, readOnly: true }],
    ["tmpfs 1m", { tmpfs: { size: "1Mi" } }, { tmpfs: { size: MiB } }],
    ["tmpfs 1m 1777", { tmpfs: { size: "1Mi", mode: "1777" } }],
    ["tmpfs 0700", { tmpfs: { mode: "0700" } }],
  ),
  "networks.{fleet}-one": oneOf(
    ["", {}],
    ["be", { aliases: ["be"] }],
    ["be db", { aliases: ["db", "be"] }, { aliases: ["be", "db", "be"] }],
  ),
  "networks.{fleet}-two": oneOf(["", {}], ["db", { aliases: ["db"] }]),
  networkMode: plain("bridge", "host", "none", "container:{fleet}peer"),
  "ports.80/tcp": ports(
    ":80",
    "0.0.0.0:31080",
    "127.0.0.1:31080",
    "127.0.0.1:31080 127.0.0.2:31080",
    "127.0.0.1:",
    "0.0.0.0:31081 [::]:31081",
  ),
  "ports.53/udp": ports(":53/udp", "0.0.0.0:31053", "127.0.0.1:31054"),
  extraHosts: oneOf(
    hosts("db:10.0.0.1"),
    hosts("db:10.0.0.1", "be:10.0.0.2"),
    hosts("be:10.0.0.2", "db:10.0.0.1"),
    hosts("v6:::1"),
  ),
  "resources.memory": sizes(64, 96, 128),
  "resources.swap": oneOf(
    ["-1", "unlimited", -1],
    [String(128 * MiB), "128Mi"],
    [String(192 * MiB), "192Mi"],
    [String(512 * MiB), "512Mi"],
  ),
  "resources.reservation": sizes(32, 48),
  "resources.cpus": oneOf(["0.5", 0.5, "0.5"], ["1", 1], ["1.5", 1.5], ["2", 2]),
  "resources.pids": plain(64, 128),
  "resources.shm": sizes(32, 64, 128),
  "resources.ulimits.nofile": oneOf(["1024:2048", { soft: 1024, hard: 2048 }], ["2048:2048", 2048]),
  "resources.ulimits.core": oneOf(["0:0", 0], ["-1:-1", -1, "unlimited"], ["0:-1", { soft: 0, hard: -1 }]),
  "capabilities.add": oneOf(
    ["NET_ADMIN", ["NET_ADMIN"], ["net_admin"], ["CAP_NET_ADMIN", "NET_ADMIN"]],
    ["IPC_LOCK SYS_PTRACE", ["SYS_PTRACE", "IPC_LOCK"]],
    ["ALL", ["ALL"]],
  ),
  "capabilities.drop": oneOf(
    ["AUDIT_WRITE MKNOD", ["CAP_AUDIT_WRITE", "mknod"]],
    ["ALL", ["all"]],
    ["SYS_PTRACE", ["SYS_PTRACE"]],
  ),
  privileged: plain(true, false),
  readOnly: plain(true, false),
  securityOpt: oneOf(
    ["no-new-privileges", ["no-new-privileges"]],
    ["label", ["label=disable"], ["label:disable"]],
    ["seccomp", ["seccomp=unconfined"], ["seccomp:unconfined"]],
    ["both", ["seccomp=unconfined", "no-new-privileges"], ["no-new-privileges", "seccomp=unconfined"]],
  ),
  init: plain(true, false),
  tty: plain(true, false),
  stdin: plain(true, false),
  "stop.signal": oneOf(["SIGTERM", "SIGTERM", "term", 15], ["SIGINT", "SIGINT", "INT", "2"], ["SIGKILL", 9]),
  "stop.gracePeriod": oneOf(["10000", "10s"], ["2000", "2s", "2000ms"], ["60000", "1m", "60s"], ["0", "0s"]),
  // No field of a container: one that is idle is compared and mended like one that runs.
  lifecycle: oneOf(["hot", "hot"], ["lazy", "lazy", { kind: "lazy", idleStop: "1m" }]),
  restart: plain("no", "always", "unless-stopped", "on-failure", "on-failure:3"),
  "healthcheck.test": oneOf(
    [JSON.stringify(["CMD-SHELL", "true"]), "true", ["CMD-SHELL", "true"]],
    list("CMD", "true"),
    [JSON.stringify(["NONE"]), ["NONE"], null],
  ),
  "healthcheck.interval": oneOf(["1000", "1s", "1000ms"], ["1500", "1.5s"], ["60000", "1m"]),
  "healthcheck.timeout": oneOf(["5000", "5s"], ["30000", "30s"]),
  "healthcheck.startPeriod": oneOf(["1000", "1s"], ["60000", "60s"]),
  "healthcheck.retries": plain(2, 3, 5),
  "logging.driver": plain("json-file", "local"),
  "logging.options.max-size": plain("1m", "2m"),
  "logging.options.max-file": oneOf(["2", 2, "2"], ["3", "3"]),
};

/** Paths of which every spec of the test may hold one. */
export const casePaths: readonly string[] = Object.keys(cases);

/** Fields that a spec and an engine take together, of a container that comes up. */
export function flatSpec(abilities: Abilities): fc.Arbitrary<FlatSpec> {
  return fc
    .record(cases, { requiredKeys: ["image"] })
    .map((fields) => {
      let kept: FlatSpec = {};
      for (const [path, value] of Object.entries(fields)) {
        const more = value === undefined ? kept : { ...kept, [path]: value };
        if (isValid(more)) kept = more;
      }
      return kept;
    })
    .filter((flat) => comesUp(flat, abilities));
}

/** A value for every field there is. */
export const everyField = fc.record(cases) as fc.Arbitrary<FlatSpec>;
