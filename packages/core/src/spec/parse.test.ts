import { expect, test } from "vitest";
import type { Diagnostic } from "./diagnostic.ts";
import { fleetFromObject, parseFleet } from "./parse.ts";

/* biome-ignore-start lint/suspicious/noTemplateCurlyInString: that is what is tested */
const head = "apiVersion: fleet/v1\nkind: Fleet\nmetadata: { name: f }\nspec:\n  instances:\n    - name: a\n";

/** `line:column code at path | message | expected | hint` for one instance's line of YAML. */
function problems(line: string): string[] {
  const result = parseFleet(`${head}      ${line}\n`);
  expect(result.ok).toBe(false);
  return result.diagnostics.map(said);
}

function said({ line, column, code, path, message, expected, hint }: Diagnostic): string {
  const place = path.replace(/^spec\.(instances\[0\]|policy)\./, "");
  return [`${line}:${column} ${code} at ${place}`, message, expected, hint].join(" | ");
}

test.each([
  ["imgae: x", "7:7 UnknownKey at imgae | nothing is called `imgae` here |  | did you mean `image`?"],
  ["environment: {}", "7:7 UnknownKey at environment | nothing is called `environment` here |  | write `env`"],
  ["stop: { foo: 1 }", "7:15 UnknownKey at stop.foo | nothing is called `foo` here | `signal`, `gracePeriod` | "],
  ["tty: yes", '7:12 InvalidValue at tty | `tty` cannot be "yes" | true or false | write `true`'],
  [
    "restart: false",
    '7:16 InvalidValue at restart | `restart` cannot be false | `no`, `always`, `unless-stopped`, `on-failure` or `on-failure:3` | write `restart: "no"`',
  ],
  ["user: [a]", "7:13 WrongType at user | `user` cannot be a list | a user, or `user:group`, by name or number | "],
  [
    "lifecycle: hto",
    '7:18 InvalidValue at lifecycle | `lifecycle` cannot be "hto" | one of `hot`, `lazy`, `oneshot` | ',
  ],
  [
    "lifecycle: { kind: hto }",
    '7:26 InvalidValue at lifecycle.kind | `kind` cannot be "hto" | one of `hot`, `lazy`, `oneshot` | ',
  ],
  [
    "lifecycle: { kind: lazy, idleStop: 9s }",
    '7:42 InvalidValue at lifecycle.idleStop | `idleStop` cannot be "9s" | a duration from `10s` to `24h` | ',
  ],
  [
    "lifecycle: { kind: lazy, idleStop: 25h }",
    '7:42 InvalidValue at lifecycle.idleStop | `idleStop` cannot be "25h" | a duration from `10s` to `24h` | ',
  ],
  [
    "lifecycle: { kind: lazy, idleStop: 300 }",
    "7:42 InvalidValue at lifecycle.idleStop | `idleStop` cannot be 300 | a duration from `10s` to `24h` | a unit is missing: `300s`?",
  ],
  [
    "image: { ref: A, pull: sometimes }",
    '7:21 InvalidValue at image.ref | `ref` cannot be "A" | an image reference such as `nginx:1.27` or `registry:5000/team/app@sha256:…` | repository names are lower case',
    '7:30 InvalidValue at image.pull | `pull` cannot be "sometimes" | one of `missing`, `always`, `never` | ',
  ],
  [
    "ports: ['80:80:80:80']",
    '7:15 InvalidValue at ports[0] | `ports[0]` cannot be "80:80:80:80" | a port such as `8080:80`, `127.0.0.1:8080:80/udp` or `80` | ',
  ],
  [
    "labels: { fleet.name: x }",
    '7:17 InvalidValue at labels["fleet.name"] | `fleet.name` cannot be a key here | a label key | labels that begin with `fleet.` are fleet\'s own: take another prefix',
  ],
  [
    "labels: [fleet.name=x]",
    '7:16 InvalidValue at labels[0] | `labels[0]` cannot be "fleet.name=x" | `KEY=value` | labels that begin with `fleet.` are fleet\'s own: take another prefix',
  ],
  [
    "env: { 'A=B': x }",
    '7:14 InvalidValue at env["A=B"] | `A=B` cannot be a key here | a variable name without `=` | ',
  ],
  [
    "env: { A: { secret: X, file: Y } }",
    "7:17 WrongType at env.A | `A` cannot be a map | text, a number, a boolean, `{ secret: NAME }` or `{ file: PATH }` | ",
  ],
  [
    "command: a ${B",
    "7:16 Malformed at command | `${B` is no variable: `}`, `:-`, `-`, `:?`, `?`, `:+` or `+` should follow after `${B` |  | write `${NAME}`, `${NAME:-default}`, `${NAME:?message}`, `${NAME:+text}`, or `$$` for a dollar sign",
  ],
  [
    "command: echo $HOME",
    "7:16 Malformed at command | a `$` that begins no variable |  | write `${NAME}` for the value of a variable, or `$$` for a dollar sign",
  ],
  [
    "healthcheck: { interval: 30 }",
    "7:32 InvalidValue at healthcheck.interval | `interval` cannot be 30 | a duration of at least `1ms` | a unit is missing: `30s`?",
  ],
  [
    "heal: report",
    '7:13 WrongType at heal | `heal` cannot be "report" | a map | say it for each kind of trouble, such as `{ missing: report, stopped: report }`',
  ],
  [
    "heal: { misssing: create }",
    "7:15 UnknownKey at heal.misssing | nothing is called `misssing` here |  | did you mean `missing`?",
  ],
  [
    "heal: { drift: report, paused: unpuase }",
    '7:38 InvalidValue at heal.paused | `paused` cannot be "unpuase" | one of `unpause`, `report` | ',
  ],
  [
    "heal: [missing]",
    "7:13 WrongType at heal | `heal` cannot be a list | a map | say it for each kind of trouble, such as `{ missing: report, stopped: report }`",
  ],
])("%s", (line, ...expected) => {
  expect(problems(line)).toEqual(expected);
});

/** {@link problems} of a line of the policy, from `spec.policy`. */
function policyProblems(line: string): string[] {
  const text = `apiVersion: fleet/v1\nkind: Fleet\nmetadata: { name: f }\nspec:\n  instances: []\n  policy:\n    ${line}\n`;
  return parseFleet(text).diagnostics.map(said);
}

test.each([
  ["adpot: never", "7:5 UnknownKey at adpot | nothing is called `adpot` here |  | did you mean `adopt`?"],
  ["mode: observ", '7:11 InvalidValue at mode | `mode` cannot be "observ" | one of `converge`, `observe` | '],
  [
    "maxUnavailable: 0",
    "7:21 InvalidValue at maxUnavailable | `maxUnavailable` cannot be 0 | a whole number from 1 to 64 | ",
  ],
  [
    "maxUnavailable: 65",
    "7:21 InvalidValue at maxUnavailable | `maxUnavailable` cannot be 65 | a whole number from 1 to 64 | ",
  ],
  [
    "resync: 10",
    "7:13 InvalidValue at resync | `resync` cannot be 10 | a duration from `1s` to `168h` | a unit is missing: `10s`?",
  ],
  ["resync: 999ms", '7:13 InvalidValue at resync | `resync` cannot be "999ms" | a duration from `1s` to `168h` | '],
  [
    "deepResync: 9s",
    '7:17 InvalidValue at deepResync | `deepResync` cannot be "9s" | a duration from `10s` to `168h` | ',
  ],
  [
    "stopGrace: -1s",
    '7:16 InvalidValue at stopGrace | `stopGrace` cannot be "-1s" | a duration such as `30s`, `1m30s` or `500ms` | ',
  ],
  [
    "stopGrace: 10",
    "7:16 InvalidValue at stopGrace | `stopGrace` cannot be 10 | a duration such as `30s`, `1m30s` or `500ms` | a unit is missing: `10s`?",
  ],
  [
    "backoff: 5s",
    '7:14 WrongType at backoff | `backoff` cannot be "5s" | a map | write a map such as `{ base: 1s, cap: 5m }`',
  ],
  [
    "backoff:",
    "7:5 WrongType at backoff | `backoff` cannot be null | a map | an empty value is null, and so is a bare `~`: quote it if that is what is meant",
  ],
  [
    "backoff: { bsae: 1s }",
    "7:16 UnknownKey at backoff.bsae | nothing is called `bsae` here |  | did you mean `base`?",
  ],
  [
    "backoff: { base: 9ms, factor: 0.5, cap: 1, reset: 0s }",
    '7:22 InvalidValue at backoff.base | `base` cannot be "9ms" | a duration from `10ms` to `168h` | ',
    "7:35 InvalidValue at backoff.factor | `factor` cannot be 0.5 | a number of at least 1 such as `1.5` | ",
    "7:45 InvalidValue at backoff.cap | `cap` cannot be 1 | a duration from `10ms` to `168h` | a unit is missing: `1s`?",
    '7:55 InvalidValue at backoff.reset | `reset` cannot be "0s" | a duration from `10ms` to `168h` | ',
  ],
  [
    "breaker: off",
    '7:14 WrongType at breaker | `breaker` cannot be "off" | a map | write `{ missing: 50% }`, or `{ missing: off }` for none',
  ],
  [
    "breaker: { missing: 50 }",
    "7:25 InvalidValue at breaker.missing | `missing` cannot be 50 | a percentage from `0%` to `100%`, or `off` | the sign is missing: `50%`?",
  ],
  [
    "breaker: { missing: 101%, window: 0s }",
    '7:25 InvalidValue at breaker.missing | `missing` cannot be "101%" | a percentage from `0%` to `100%`, or `off` | ',
    '7:39 InvalidValue at breaker.window | `window` cannot be "0s" | a duration from `10ms` to `168h` | ',
  ],
  [
    "breaker: { missing: false }",
    "7:25 InvalidValue at breaker.missing | `missing` cannot be false | a percentage from `0%` to `100%`, or `off` | write `off`",
  ],
  [
    "heal: report",
    '7:11 WrongType at heal | `heal` cannot be "report" | a map | say it for each kind of trouble, such as `{ missing: report, stopped: report }`',
  ],
  [
    "heal: { misssing: create }",
    "7:13 UnknownKey at heal.misssing | nothing is called `misssing` here |  | did you mean `missing`?",
  ],
  [
    "heal: { missing: start }",
    '7:22 InvalidValue at heal.missing | `missing` cannot be "start" | one of `create`, `report` | ',
  ],
  [
    "heal: { whatever: report }",
    "7:13 UnknownKey at heal.whatever | nothing is called `whatever` here | `missing`, `stopped`, `paused`, `unhealthy`, `drift`, `ownership`, `staleMount` | ",
  ],
])("of the policy: %s", (line, ...expected) => {
  expect(policyProblems(line)).toEqual(expected);
});

test("in what the fleet or an instance heals, null says nothing", () => {
  expect(policyProblems("heal: { missing: , stopped: report }")).toEqual([]);
  expect(policyProblems("heal:")).toEqual([]);
});

test("C68: a decimal mode names its line", () => {
  expect(problems("mounts: [{ bind: /x, target: /x, ownership: { uid: 1, gid: 1, mode: 755 } }]")).toEqual([
    '7:75 InvalidValue at mounts[0].ownership.mode | `mode` cannot be 755 | permission bits in octal such as `0755` | write `"0755"` or `0755`: without the zero it is a decimal number',
  ]);
});

test("C38: short mounts are refused with the long form, and relabelling is not offered", () => {
  expect(problems("mounts: ['./src:/app:ro', 'data:/data', '/etc:/e:z']")).toEqual([
    '7:16 InvalidValue at mounts[0] | `mounts[0]` cannot be "./src:/app:ro" | a map with `target` and one of `bind`, `volume` and `tmpfs` | write `{ bind: "./src", target: /app, readOnly: true }`',
    '7:33 InvalidValue at mounts[1] | `mounts[1]` cannot be "data:/data" | a map with `target` and one of `bind`, `volume` and `tmpfs` | write `{ volume: "data", target: /data }`',
    '7:47 InvalidValue at mounts[2] | `mounts[2]` cannot be "/etc:/e:z" | a map with `target` and one of `bind`, `volume` and `tmpfs` | write `{ bind: "/etc", target: /e }`; fleet never relabels a source: run `chcon` on it yourself, and never on a system path',
  ]);
  expect(problems("mounts: [{ bind: /x, target: /x, z: true }]")).toEqual([
    "7:40 UnknownKey at mounts[0].z | nothing is called `z` here |  | fleet never relabels a source: run `chcon` on it yourself, and never on a system path",
  ]);
});

test("a mount is one thing, and only a bind has an owner", () => {
  const one = "a map with `target` and one of `bind`, `volume` and `tmpfs`";
  expect(problems("mounts: [{ target: /x }, { bind: /x, volume: x1, target: /y }]")).toEqual([
    `7:16 WrongType at mounts[0] | \`mounts[0]\` cannot be a map | ${one} | `,
    `7:32 WrongType at mounts[1] | \`mounts[1]\` cannot be a map | ${one} | `,
  ]);
  expect(problems("mounts: [{ volume: v1, target: /x, ownership: { uid: 1, gid: 1 } }]")).toEqual([
    "7:42 UnknownKey at mounts[0].ownership | nothing is called `ownership` here |  | only a bind has it: the engine makes volumes and tmpfs with the image's owner",
  ]);
  expect(problems("mounts: [{ bind: ~, target: /x }]")).toEqual([
    "7:24 InvalidValue at mounts[0].bind | `bind` cannot be null | text that is not empty | an empty value is null, and so is a bare `~`: quote it if that is what is meant",
  ]);
});

test("what is missing points at what it is missing from", () => {
  const { diagnostics } = parseFleet("apiVersion: fleet/v1\nkind: fleet\nspec:\n  instances:\n    - image: i\n");
  expect(
    diagnostics.map(({ line, column, code, path, message }) => `${line}:${column} ${code} ${path}: ${message}`),
  ).toEqual([
    "1:1 Missing metadata: `metadata` is missing",
    '2:7 InvalidValue kind: `kind` cannot be "fleet"',
    "5:7 Missing spec.instances[0].name: `name` is missing",
  ]);
});

test.each([
  ["just text", 'a fleet cannot be "just text"'],
  ["[]", "a fleet cannot be a list"],
  ["42", "a fleet cannot be 42"],
])("a document that is no map: %s", (text, message) => {
  expect(parseFleet(text).diagnostics.map((diagnostic) => diagnostic.message)).toEqual([message]);
});

test("an object's diagnostics have paths and no positions", () => {
  expect(
    fleetFromObject({ apiVersion: "fleet/v1", kind: "Fleet", metadata: { name: "f" }, spec: { instances: 1 } }),
  ).toEqual({
    ok: false,
    diagnostics: [
      {
        severity: "error",
        code: "WrongType",
        path: "spec.instances",
        message: "`instances` cannot be 1",
        found: "1",
        expected: "a list",
      },
    ],
  });
  for (const value of [undefined, null, [], "x", new Map()]) expect(fleetFromObject(value).ok).toBe(false);
});

test("C72: forty instances share defaults by merge keys", () => {
  const items = Array.from({ length: 40 }, (_, index) => `    - { <<: [*more, *defaults], name: i${index} }\n`).join(
    "",
  );
  const result = parseFleet(
    `apiVersion: fleet/v1\nkind: Fleet\nmetadata: { name: f }\nspec:\n  templates:\n    d: &defaults { image: i, tty: true }\n    m: &more { tty: false }\n  instances:\n${items}`,
  );
  expect(result.ok && result.spec.spec.instances).toEqual(
    Array.from({ length: 40 }, (_, index) => ({ image: "i", tty: false, name: `i${index}` })),
  );
});
/* biome-ignore-end lint/suspicious/noTemplateCurlyInString: that is what is tested */
