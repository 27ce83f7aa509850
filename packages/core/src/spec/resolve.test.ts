import { expect, test } from "vitest";
import { compileFleet } from "./compile.ts";
import type { ContainerConfig } from "./config.ts";
import type { Diagnostic } from "./diagnostic.ts";
import type { ResolveInputs } from "./inputs.ts";
import type { InstanceSpec } from "./instance.ts";
import { fleetFromObject } from "./parse.ts";
import { defaultHeal, defaultPolicy } from "./policy-defaults.ts";
import { resolveFleet } from "./resolve.ts";
import { reveal, Secret } from "./secret.ts";

/* biome-ignore-start lint/suspicious/noTemplateCurlyInString: that is what is tested */
const files: Readonly<Record<string, string>> = {
  "/srv/fleet/token": "s3cret\n",
  "/srv/fleet/empty": "\n",
  "/srv/fleet/app.env": '# a comment\n\nA=1\nQ="quoted"\nURI=db://h/?a=b\n  HOST_NAME\nA=2\r\n',
  "/srv/fleet/bad.env": "A=1\nno t = k\n",
};

const inputs: ResolveInputs = {
  env: { TOKEN: "hunter2", TAG: "1.27", MEM: "hunter2", EMPTY: "", HOST_NAME: "box", N: "3" },
  home: "/home/me",
  baseDir: "/srv/fleet",
  readFile(path) {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error(`no ${path}`), { code: "ENOENT" });
    return text;
  },
};

const head = "apiVersion: fleet/v1\nkind: Fleet\nmetadata: { name: f }\nspec:\n";

function load(spec: string, more: Partial<ResolveInputs> = {}) {
  return compileFleet(head + spec.replace(/^\n/, ""), { ...inputs, ...more, file: "fleet.yaml" });
}

function instances(spec: string): readonly InstanceSpec[] {
  const result = load(spec);
  expect(result.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return result.ok ? result.fleet.instances : [];
}

function first(spec: string): InstanceSpec {
  const [instance] = instances(spec);
  if (instance === undefined) throw new Error("the fleet has no instance");
  return instance;
}

/** One instance of image `i:1` with these lines of YAML in it, without the image. */
function config(...lines: readonly string[]): Omit<ContainerConfig, "image"> {
  const { image, ...rest } = first(one(...lines)).config;
  expect(image).toBe("i:1");
  return rest;
}

function one(...lines: readonly string[]): string {
  return `  instances:\n    - name: a\n      image: i:1\n${lines.map((line) => `      ${line}\n`).join("")}`;
}

/** `line: code at path: message` of each diagnostic. */
function problems(spec: string, more: Partial<ResolveInputs> = {}): string[] {
  return load(spec, more).diagnostics.map(brief);
}

function brief({ line, code, path, message }: Diagnostic): string {
  return `${line}: ${code} at ${path.replace("spec.instances[0].", "")}: ${message}`;
}

test("a whole instance", () => {
  expect(
    load(`
  naming: "{fleet}-{type}-{name}"
  policy: { orphans: remove, adopt: byName, concurrency: 2 }
  templates:
    worker:
      image: { ref: "app:\${TAG}", pull: always, track: ref }
      user: 1000
      entrypoint: [tini, --]
      command: "sleep 1d"
      workingDir: /work/
      env: { B: "1", A: two }
      labels: { team: "{type}", n: 1 }
      restart: on-failure:3
      stop: { signal: int, gracePeriod: 1m30s }
  instances:
    - name: dev
      template: worker
      vars: { type: dev }
      hostname: "{container}"
`),
  ).toEqual({
    ok: true,
    diagnostics: [],
    fleet: {
      name: "f",
      policy: { ...defaultPolicy, orphans: "remove", adopt: "byName", concurrency: 2 },
      instances: [
        {
          fleet: "f",
          name: "dev",
          container: "f-dev-dev",
          image: { ref: "app:1.27", pull: "always", track: "ref" },
          config: {
            image: "app:1.27",
            entrypoint: ["tini", "--"],
            command: ["sleep", "1d"],
            env: { A: "two", B: "1" },
            user: "1000",
            workingDir: "/work",
            hostname: "f-dev-dev",
            labels: { n: "1", team: "dev" },
            restart: { policy: "on-failure", maxRetries: 3 },
            stopSignal: "SIGINT",
            stopGracePeriod: 90_000,
          },
          sources: [],
          dependsOn: [],
          lifecycle: { kind: "hot" },
          heal: defaultHeal,
        },
      ],
    },
  });
});

test("defaults", () => {
  expect(load(one())).toEqual({
    ok: true,
    diagnostics: [],
    fleet: {
      name: "f",
      policy: {
        orphans: "report",
        adopt: "never",
        concurrency: 16,
        mode: "converge",
        maxUnavailable: 1,
        backoff: { base: 1_000, factor: 2, cap: 300_000, reset: 600_000 },
        resync: 10_000,
        deepResync: 600_000,
        stopGrace: 10_000,
        whenBusy: "defer",
        drainTimeout: 600_000,
        breaker: { missing: 50, window: 10_000 },
      },
      instances: [
        {
          fleet: "f",
          name: "a",
          container: "f-a",
          image: { ref: "i:1", pull: "missing", track: "id" },
          config: { image: "i:1" },
          sources: [],
          dependsOn: [],
          lifecycle: { kind: "hot" },
          heal: {
            missing: "create",
            stopped: "start",
            paused: "unpause",
            unhealthy: "restart",
            drift: "mend",
            ownership: "mend",
            staleMount: "report",
          },
        },
      ],
    },
  });
});

/** What a policy with these lines of YAML comes to. */
function policy(...lines: readonly string[]) {
  const result = load(ruled(...lines));
  expect(result.diagnostics).toEqual([]);
  return result.ok ? result.fleet.policy : undefined;
}

function ruled(...lines: readonly string[]): string {
  return `  policy:\n${lines.map((line) => `    ${line}\n`).join("")}${one()}`;
}

test("a whole policy", () => {
  expect(
    policy(
      "orphans: remove",
      "adopt: byName",
      "concurrency: 64",
      "mode: observe",
      "maxUnavailable: 64",
      "resync: 1m",
      "deepResync: 1h",
      "stopGrace: 0s",
      "whenBusy: force",
      "drainTimeout: 1m",
      "backoff: { base: 10ms, factor: 1.5, cap: 2m, reset: 3m }",
      "breaker: { missing: 12.5%, window: 1s }",
    ),
  ).toEqual({
    orphans: "remove",
    adopt: "byName",
    concurrency: 64,
    mode: "observe",
    maxUnavailable: 64,
    resync: 60_000,
    deepResync: 3_600_000,
    stopGrace: 0,
    whenBusy: "force",
    drainTimeout: 60_000,
    backoff: { base: 10, factor: 1.5, cap: 120_000, reset: 180_000 },
    breaker: { missing: 12.5, window: 1_000 },
  });
});

test("a part of the policy leaves the rest as it is; variables may stand in it, off is 100%", () => {
  const { backoff, breaker } = defaultPolicy;
  expect(policy("backoff: { factor: '${N}' }", "breaker: { window: '${N}s' }", "mode: '${M:-observe}'")).toEqual({
    ...defaultPolicy,
    backoff: { ...backoff, factor: 3 },
    breaker: { ...breaker, window: 3_000 },
    mode: "observe",
  });
  expect(policy("breaker: { missing: off }")).toEqual(policy("breaker: { missing: 100% }"));
  expect(policy("backoff: {}", "breaker: {}", "heal: {}")).toEqual(defaultPolicy);
});

test("times that contradict each other are an error where one is written, beside a default as well", () => {
  const said = (...lines: readonly string[]) =>
    load(ruled(...lines)).diagnostics.map(({ hint, ...rest }) => [brief(rest), hint ?? ""].join(" | "));
  expect(said("backoff: { base: 2s, cap: 1s }")).toEqual([
    "6: Conflict at spec.policy.backoff.cap: `backoff.base` is longer than `backoff.cap` | ",
  ]);
  expect(said("backoff: { cap: 999ms }")).toEqual([
    "6: Conflict at spec.policy.backoff.cap: `backoff.base` is longer than `backoff.cap` | `backoff.base` is 1s by default",
  ]);
  expect(said("backoff: { base: 6m }")).toEqual([
    "6: Conflict at spec.policy.backoff.base: `backoff.base` is longer than `backoff.cap` | `backoff.cap` is 5m by default",
  ]);
  expect(said("resync: 11m")).toEqual([
    "6: Conflict at spec.policy.resync: `resync` is longer than `deepResync` | `deepResync` is 10m by default",
  ]);
  expect(said("resync: 20s", "deepResync: 19s")).toEqual([
    "7: Conflict at spec.policy.deepResync: `resync` is longer than `deepResync` | ",
  ]);
  expect(said("backoff: { base: 1s, cap: 1s }", "resync: 10s", "deepResync: 10s")).toEqual([]);
  // What was refused is not compared.
  expect(said("backoff: { base: '${N}', cap: 10ms }")).toEqual([
    "6: InvalidValue at spec.policy.backoff.base: `base` cannot be what `${N}` stands for, which is not shown | ",
  ]);
});

test("what an instance heals is the policy's, changed by its template and then by itself, key by key", () => {
  const found = instances(`
  policy: { heal: { missing: report, stopped: report, drift: report, paused: null } }
  templates:
    t: { image: i:1, heal: { missing: create, paused: report, "unhealthy": "\${NOPE:-report}" } }
  instances:
    - { name: a, image: i:1 }
    - { name: b, template: t }
    - { name: c, template: t, heal: { missing: null, stopped: start, unhealthy: restart, staleMount: restart } }
    - { name: d, template: t, heal: }
    - { name: e, image: i:1, heal: { ownership: "{what}" }, vars: { what: report } }
`);
  const fleets = { ...defaultHeal, missing: "report", stopped: "report", drift: "report" };
  expect(found.map(({ heal }) => heal)).toEqual([
    fleets,
    { ...fleets, missing: "create", paused: "report", unhealthy: "report" },
    { ...fleets, stopped: "start", paused: "report", staleMount: "restart" },
    fleets,
    { ...fleets, ownership: "report" },
  ]);
});

test("what an instance heals is no field of its container", () => {
  expect(config("heal: { missing: report, drift: report, staleMount: restart }")).toEqual({});
});

test("an embedder's object resolves as a file does; its diagnostics have paths", () => {
  const parsed = fleetFromObject({
    apiVersion: "fleet/v1",
    kind: "Fleet",
    metadata: { name: "f" },
    spec: { instances: [{ name: "a", image: "i:1", env: { T: { secret: "DB_TOKEN" } } }] },
  });
  if (!parsed.ok) throw new Error("it should parse");
  const found = resolveFleet(parsed.spec, parsed.source, { ...inputs, secret: (name) => `${name} of the embedder` });
  expect(found.ok && reveal(found.fleet.instances[0]?.config.env?.T ?? "")).toBe("DB_TOKEN of the embedder");
  expect(resolveFleet(parsed.spec, parsed.source, inputs)).toEqual({
    ok: false,
    diagnostics: [
      {
        severity: "error",
        code: "SecretMissing",
        path: "spec.instances[0].env.T.secret",
        message: "the secret DB_TOKEN is not set",
        hint: "set the variable of that name in fleet's environment",
      },
    ],
    name: "f",
  });
});

test("replicas are numbered, even one; a template's text sees each one's own name", () => {
  const found = instances(`
  templates:
    t: { image: i:1, hostname: "h-{name}-{replica}" }
  instances:
    - { name: b, template: t, replicas: 2 }
    - { name: a, template: t }
    - { name: c, template: t, replicas: "\${N}" }
    - { name: d, template: t, replicas: 0 }
`);
  expect(found.map(({ name, container, config: { hostname } }) => [name, container, hostname])).toEqual([
    ["a", "f-a", "h-a-1"],
    ["b-1", "f-b-1", "h-b-1-1"],
    ["b-2", "f-b-2", "h-b-2-2"],
    ["c-1", "f-c-1", "h-c-1-1"],
    ["c-2", "f-c-2", "h-c-2-2"],
    ["c-3", "f-c-3", "h-c-3-3"],
  ]);
});

test("a template merges: maps by key, lists as a whole, null takes away", () => {
  const { config: merged, image } = first(`
  templates:
    t:
      image: { ref: i:1, pull: always }
      env: { A: a, B: b, C: c }
      labels: [x=1, y=2]
      command: [one, two]
      mounts: [{ volume: vol, target: /v }]
      networks: [front, back]
      resources: { memory: 1Gi, cpus: 2, ulimits: { nofile: 10, nproc: 5 } }
      logging: { driver: local, options: { max-size: 10m, max-file: 1 } }
      healthcheck: { disable: true }
      restart: always
      tty: true
  instances:
    - name: a
      template: t
      image: i:2
      env: [B=bb, D=d]
      labels: { y: null }
      command: [three]
      mounts: []
      networks: { back: null, db: { aliases: [z, b, z] } }
      resources: { cpus: null, ulimits: { nproc: 6 } }
      logging: { options: { max-file: 2 } }
      healthcheck: { test: "true" }
      restart: null
      tty:
`);
  expect(image).toEqual({ ref: "i:2", pull: "always", track: "id" });
  expect(merged).toEqual({
    image: "i:2",
    env: { A: "a", B: "bb", C: "c", D: "d" },
    labels: { x: "1" },
    command: ["three"],
    networks: { db: { aliases: ["b", "z"] }, front: { aliases: [] } },
    memory: 1024 ** 3,
    ulimits: { nofile: { soft: 10, hard: 10 }, nproc: { soft: 6, hard: 6 } },
    logging: { driver: "local", options: { "max-file": "2", "max-size": "10m" } },
    healthcheck: { test: ["CMD-SHELL", "true"] },
  });
});

test("a lifecycle is a word, or a map that merges key by key", () => {
  const found = instances(`
  templates:
    t: { image: "i:1", lifecycle: { kind: lazy, idleStop: 10s } }
    u: { image: "i:1", restart: always }
  instances:
    - { name: a, template: t }
    - { name: b, template: t, lifecycle: { idleStop: 24h } }
    - { name: c, template: t, lifecycle: { idleStop: null } }
    - { name: d, template: t, lifecycle: { kind: hot, idleStop: null } }
    - { name: e, template: t, lifecycle: null }
    - { name: f, template: u, lifecycle: { idleStop: "\${N}m", kind: lazy }, restart: null }
    - { name: g, template: u, lifecycle: lazy, restart: unless-stopped }
    - { name: h, template: u, lifecycle: oneshot, restart: on-failure }
    - { name: i, template: u, lifecycle: {} }
`);
  expect(found.map(({ name, lifecycle }) => [name, lifecycle])).toEqual([
    ["a", { kind: "lazy", idleStop: 10_000 }],
    ["b", { kind: "lazy", idleStop: 86_400_000 }],
    ["c", { kind: "lazy", idleStop: 300_000 }],
    ["d", { kind: "hot" }],
    ["e", { kind: "hot" }],
    ["f", { kind: "lazy", idleStop: 180_000 }],
    ["g", { kind: "lazy", idleStop: 300_000 }],
    ["h", { kind: "oneshot" }],
    ["i", { kind: "hot" }],
  ]);
});

test("when an instance that is not lazy would be stopped is told where it is written", () => {
  expect(
    problems(`
  templates:
    t:
      image: i:1
      lifecycle: { kind: lazy, idleStop: 1m }
  instances:
    - { name: a, template: t, lifecycle: oneshot }
    - { name: b, template: t, lifecycle: { kind: hot, idleStop: 2m } }
`),
  ).toEqual([
    "8: Conflict at spec.templates.t.lifecycle.idleStop: only a lazy instance is stopped when idle, and this one is oneshot",
    "11: Conflict at spec.instances[1].lifecycle.idleStop: only a lazy instance is stopped when idle, and this one is hot",
  ]);
});

test("an empty value in a map of networks or dependencies that takes nothing away is an error", () => {
  expect(problems(one("networks: { front: }"))).toEqual([
    "8: InvalidValue at networks.front: an empty value takes away what the template says, which is nothing",
  ]);
  expect(config("networks: { front: {} }")).toEqual({ networks: { front: { aliases: [] } } });
});

test("C19: an empty command is none; a line is the words of a list; variables do not split", () => {
  expect(config("command: []", 'entrypoint: ""')).toEqual({});
  expect(config("command: sleep 1d")).toEqual(config("command: [sleep, 1d]"));
  expect(config("command: 'sh -c \"echo {name}\" ${EMPTY}'", "entrypoint: [a, 1, true, '${EMPTY}']")).toEqual({
    command: ["sh", "-c", "echo a"],
    entrypoint: ["a", "1", "true", ""],
  });
  expect(problems(one("command: sh -c 'echo"))).toEqual([
    "8: InvalidValue at command: a quote in `command` is not closed",
  ]);
});

test("C17: env splits at the first =, and keeps line breaks and empty values", () => {
  expect(config("env: [URI=db://h/?rs=a=b, EMPTY=]")).toEqual({ env: { EMPTY: "", URI: "db://h/?rs=a=b" } });
  expect(config('env: { L: "a\\nb\\n" }')).toEqual({ env: { L: "a\nb\n" } });
});

test("C76: in a map a bare key is undeclared and quotes are empty; in a list a bare key is passed on", () => {
  expect(config("env: { A: , B: '' }")).toEqual({ env: { B: "" } });
  const { env } = config("env: [TOKEN]");
  expect(env).toEqual({ TOKEN: new Secret("hunter2", "env TOKEN") });
  expect(reveal(env?.TOKEN ?? "")).toBe("hunter2");
  expect(problems(one("env: [NOWHERE]"))).toEqual([
    "8: VariableUnset at env[0]: the variable NOWHERE is not set, so it cannot be passed on",
  ]);
});

test("C77: a map in an env list is an error with a hint, quotes in it are part of the value", () => {
  const [diagnostic] = load(one("env: [{ KEY: v }]")).diagnostics;
  expect(diagnostic).toMatchObject({
    code: "WrongType",
    path: "spec.instances[0].env[0]",
    found: "a map",
    expected: "`KEY=value`, or `KEY` to pass on fleet's own",
    hint: "write `KEY=value`, or make the whole list a map",
  });
  expect(config("env: ['K=\"v\"']")).toEqual({ env: { K: '"v"' } });
  expect(problems(one("env: [A=1, A=2]"))).toEqual(["8: Duplicate at env[1]: `A` is in this list already"]);
});

test("env values are the text that they are written as", () => {
  expect(config("env: { A: 0755, B: 1.10, C: true, D: yes, E: 1e3, F: ~ }")).toEqual({
    env: { A: "0755", B: "1.10", C: "true", D: "yes", E: "1e3" },
  });
});

test("an env file is literal lines, the later wins, and env wins over it; nothing of it shows", () => {
  const { env = {} } = config("envFile: app.env", "env: { URI: mine }");
  expect(JSON.stringify(env)).toBe('{"A":"‹secret›","HOST_NAME":"‹secret›","Q":"‹secret›","URI":"mine"}');
  expect(Object.fromEntries(Object.entries(env).map(([key, value]) => [key, reveal(value)]))).toEqual({
    A: "2",
    HOST_NAME: "box",
    Q: '"quoted"',
    URI: "mine",
  });
  expect(problems(one("envFile: [bad.env, none.env]"))).toEqual([
    "8: InvalidValue at envFile[0]: line 2 of bad.env is no KEY=value",
    "8: FileUnreadable at envFile[1]: none.env cannot be read",
  ]);
});

test("secrets come from the environment or a file, and are never blank", () => {
  const { env = {} } = config("env: { A: { secret: TOKEN }, B: { file: ./token }, C: '${TOKEN}', D: '${NOPE:-d}' }");
  expect(env).toEqual({
    A: new Secret("hunter2", "env TOKEN"),
    B: new Secret("s3cret", "file ./token"),
    C: new Secret("hunter2", "env TOKEN"),
    D: "d",
  });
  expect(Object.values(env).map(reveal)).toEqual(["hunter2", "s3cret", "hunter2", "d"]);
  expect(
    problems(one("env: { A: { secret: NOPE }, B: { secret: EMPTY }, C: { file: empty }, D: { file: nope } }")),
  ).toEqual([
    "8: SecretMissing at env.A.secret: the secret NOPE is not set",
    "8: SecretMissing at env.B.secret: the secret EMPTY is empty",
    "8: SecretMissing at env.C.file: the file empty holds nothing",
    "8: FileUnreadable at env.D.file: nope cannot be read",
  ]);
});

test("a file that cannot be read is told with the place where it was looked for", () => {
  const { diagnostics } = load(one("env: { D: { file: nope } }"));
  expect(diagnostics[0]).toMatchObject({ code: "FileUnreadable", found: "ENOENT for /srv/fleet/nope" });
});

test("an outline needs nothing from elsewhere, save what names the instances", () => {
  const elsewhere =
    "image: 'app:${NOPE}', env: { A: { secret: NOPE }, B: { file: nope } }, resources: { pids: '${NOPE}' }";
  const written = `  instances:\n    - { name: a, dependsOn: [b], ${elsewhere} }\n    - { name: b, image: i }\n`;
  const outlined = load(written, { outline: true });
  expect(outlined.diagnostics).toEqual([]);
  expect(outlined.ok && outlined.fleet.instances.map(({ name, dependsOn }) => [name, dependsOn.length])).toEqual([
    ["a", 1],
    ["b", 0],
  ]);
  expect(load(written)).toMatchObject({ ok: false, name: "f" });
  const named = load(written.replace("name: a", "name: '${NOPE}'").replace("dependsOn: [b], ", ""), { outline: true });
  expect(named).toMatchObject({ ok: false, name: "f" });
  expect(named.diagnostics.map(({ code }) => code)).toContain("VariableUnset");
});

test("what an outline lacks is not told among other errors, and the name of a broken fleet is", () => {
  const { ok, ...broken } = load("  instances:\n    - { name: a, image: '${NOPE}' }\nbad: 1\n", { outline: true });
  expect({ ok, ...broken }).toMatchObject({ ok: false, name: "f", diagnostics: [{ code: "UnknownKey" }] });
});

test("C75: no value of the environment is in a diagnostic", () => {
  const { diagnostics } = load(
    one(
      "resources: { memory: '${MEM}' }",
      "user: 'a ${TOKEN}'",
      "ports: ['${TOKEN}:80']",
      "workingDir: '${TOKEN}'",
      "networkMode: '${TOKEN}'",
      "hostname: '${TOKEN}_'",
      "restart: '${TOKEN}'",
      "stop: { signal: '${TOKEN}' }",
      "mounts: [{ bind: '~${TOKEN}', target: '${TOKEN}' }, { bind: '/etc/${EMPTY}', target: '/${TOKEN}' }, { volume: v1, target: '/${TOKEN}' }]",
      "env: { A: '${NOPE:?${TOKEN}}' }",
      "dependsOn: ['${TOKEN}']",
    ),
  );
  expect(diagnostics.map(({ path }) => path.replace("spec.instances[0].", ""))).toEqual([
    "resources.memory",
    "user",
    "ports[0]",
    "workingDir",
    "networkMode",
    "hostname",
    "restart",
    "stop.signal",
    "mounts[0].bind",
    "mounts[0].target",
    "mounts[1].bind",
    "mounts[2].target",
    "env.A",
    "dependsOn[0]",
  ]);
  expect(JSON.stringify(diagnostics)).not.toContain("hunter2");
  expect(diagnostics.find(({ path }) => path.endsWith("memory"))).toMatchObject({
    found: "what `${MEM}` stands for, which is not shown",
    expected: "a size such as `512Mi`, `2g` or a number of bytes",
  });
});

test("C08, C09, C11: ports are canonical, unique and in one order", () => {
  const expected = {
    ports: [
      { containerPort: 53, protocol: "tcp", hostPort: 53, hostIp: "0.0.0.0" },
      { containerPort: 53, protocol: "udp", hostPort: 53, hostIp: "0.0.0.0" },
      { containerPort: 80, protocol: "tcp", hostPort: 80, hostIp: "0.0.0.0" },
      { containerPort: 80, protocol: "tcp", hostPort: 6001, hostIp: "127.0.0.1" },
      { containerPort: 80, protocol: "tcp", hostPort: 6001, hostIp: "127.0.0.2" },
      { containerPort: 80, protocol: "tcp", hostPort: 80, hostIp: "::" },
      { containerPort: 443, protocol: "tcp", hostIp: "0.0.0.0" },
    ],
  };
  expect(
    config(
      'ports: ["53:53/udp", "53:53", "0.0.0.0:80:80", "[::]:80:80", "80:80", "127.0.0.2:6001:80", "127.0.0.1:6001:80", 443]',
    ),
  ).toEqual(expected);
  expect(
    config(
      "ports:",
      "  - { container: 53, host: 53 }",
      "  - { container: 53, host: 53, protocol: udp }",
      '  - { container: 80, host: 80, hostIp: "::" }',
      '  - { container: 80, host: 80, hostIp: "" }',
      "  - 127.0.0.1:6001:80",
      "  - 127.0.0.2:6001:80",
      "  - '443'",
    ),
  ).toEqual(expected);
});

test("one host port twice is an error, in one instance and across the fleet", () => {
  expect(problems(one("ports: ['80:80', '127.0.0.1:80:81']"))).toEqual([
    "8: Duplicate at ports: one host port leads to two container ports",
  ]);
  expect(
    problems(`
  instances:
    - { name: a, image: i:1, ports: ["127.0.0.1:80:80"] }
    - { name: b, image: i:1, ports: ["80:80"] }
    - { name: c, image: i:1, ports: ["127.0.0.2:81:80"] }
    - { name: d, image: i:1, ports: ["127.0.0.1:81:80"] }
`),
  ).toEqual(["7: Duplicate at spec.instances[1].ports: two instances publish one host port"]);
});

test("C14, C42: mounts are normalised and sorted; what is mounted inside a bind is its nested mountpoint", () => {
  const { config: found, sources } = first(
    one(
      "mounts:",
      "  - { volume: mods, target: /w/node_modules }",
      "  - bind: /srv//w/",
      "    target: /w/",
      "    ownership: { uid: 1000, gid: 1000, mode: 0750, repair: plan, recursive: true }",
      "  - { bind: ./conf, target: /w/sub, readOnly: true, propagation: rslave }",
      "  - { tmpfs: { size: 1Mi, mode: 1777 }, target: /w/sub/tmp }",
      "  - { tmpfs: true, target: /tmp }",
      "  - { bind: ~/x, target: /x, type: file }",
    ).replace("mode: 1777", 'mode: "1777"'),
  );
  expect(found.mounts).toEqual([
    { kind: "tmpfs", target: "/tmp", readOnly: false },
    { kind: "bind", source: "/srv/w", target: "/w", readOnly: false },
    { kind: "volume", source: "mods", target: "/w/node_modules", readOnly: false },
    { kind: "bind", source: "/srv/fleet/conf", target: "/w/sub", readOnly: true, propagation: "rslave" },
    { kind: "tmpfs", target: "/w/sub/tmp", readOnly: false, size: 1048576, mode: 0o1777 },
    { kind: "bind", source: "/home/me/x", target: "/x", readOnly: false },
  ]);
  expect(sources).toEqual([
    { path: "/home/me/x", type: "file", target: "/x", nested: [] },
    { path: "/srv/fleet/conf", type: "directory", target: "/w/sub", nested: ["tmp"] },
    {
      path: "/srv/w",
      type: "directory",
      target: "/w",
      ownership: { uid: 1000, gid: 1000, mode: 0o750, repair: "plan", recursive: true },
      nested: ["node_modules", "sub"],
    },
  ]);
});

test("two mounts of one source share it; where they disagree is an error, also between instances", () => {
  const { sources } = first(
    one(
      "mounts:",
      "  - { bind: /srv/d, target: /a }",
      "  - { bind: /srv/d, target: /b, ownership: { uid: 1, gid: 1 } }",
      "  - { volume: v1, target: /b/in }",
    ),
  );
  expect(sources).toEqual([
    {
      path: "/srv/d",
      type: "directory",
      target: "/a",
      ownership: { uid: 1, gid: 1, repair: "auto", recursive: false },
      nested: ["in"],
    },
  ]);
  expect(
    problems(`
  instances:
    - { name: a, image: i:1, mounts: [{ bind: /srv/d, target: /d, ownership: { uid: 1, gid: 1 } }] }
    - { name: b, image: i:1, mounts: [{ bind: /srv/d, target: /d, ownership: { uid: 2, gid: 1 } }] }
    - { name: c, image: i:1, mounts: [{ bind: /srv/d, target: /d, type: file }] }
`),
  ).toEqual([
    "7: Conflict at spec.instances[1].mounts[0].ownership: two mounts of one source differ in `ownership`",
    "8: Conflict at spec.instances[2].mounts[0]: two mounts of one source differ in `type`",
  ]);
});

test("two mounts on one target are an error", () => {
  expect(problems(one("mounts: [{ volume: v1, target: /d }, { volume: v2, target: /d/ }]"))).toEqual([
    "8: Duplicate at mounts[1].target: two mounts have one target",
  ]);
});

test.each([
  "/",
  "/var/run/docker.sock",
  "/run/docker.sock",
  "/var/run",
  "/run",
  "/var",
  "/etc",
  "/proc",
  "/proc/1/root",
  "/sys",
  "/dev",
  "/root",
  "'~'",
  "/home/me/",
  "/home",
  "/run/user/1000/docker.sock",
  "/run/podman",
  "/var/lib/docker",
  "/etc/../var//run",
])("a bind of %s needs allow: true", (path) => {
  expect(load(one(`mounts: [{ bind: ${path}, target: /x, allow: true }]`)).ok).toBe(true);
  const { diagnostics } = load(one(`mounts: [{ bind: ${path}, target: /x }]`));
  expect(diagnostics.filter(({ severity }) => severity === "error")).toMatchObject([
    {
      code: "Denied",
      path: "spec.instances[0].mounts[0].bind",
      hint: "bind something narrower, or add `allow: true` to this mount if that is what you want",
    },
  ]);
});

test.each(["/etc/ssl", "~/work", "/srv", "/var/lib/app", "/run/app", "/devices", "."])(
  "a bind of %s is fine",
  (path) => {
    expect(load(one(`mounts: [{ bind: ${path}, target: /x }]`)).diagnostics).toEqual([]);
  },
);

test("a bind of a file that programs replace is warned about", () => {
  const { ok, diagnostics } = load(one("mounts: [{ bind: ~/.creds.json, target: /c, type: file }]"));
  expect(ok).toBe(true);
  expect(diagnostics).toMatchObject([{ severity: "warning", code: "FileBind", line: 8 }]);
  expect(diagnostics[0]?.hint).toContain("stale inode");
  expect(load(one("mounts: [{ bind: ./app.json, target: /c }]")).diagnostics).toMatchObject([
    { severity: "warning", code: "FileBind", hint: "add `type: file`, or `type: directory` if it is one" },
  ]);
  expect(
    load(one("mounts: [{ bind: /etc/localtime, target: /c, type: file }, { bind: ./conf.d, target: /d }]")).diagnostics,
  ).toEqual([]);
});

test("C44: a user by name beside a numeric owner is warned about, not refused", () => {
  const mounts = "mounts: [{ bind: /srv/d, target: /d, ownership: { uid: 1000, gid: 1000 } }]";
  const { ok, diagnostics } = load(one("user: claude", mounts));
  expect(ok).toBe(true);
  expect(diagnostics).toMatchObject([{ severity: "warning", code: "UserByName", path: "spec.instances[0].user" }]);
  expect(load(one("user: 1000", mounts)).diagnostics).toEqual([]);
});

test("C18, C20, C21, C22: what is written in different ways is the same", () => {
  expect(config("healthcheck: { disable: true }")).toEqual({ healthcheck: { test: ["NONE"] } });
  expect(config("healthcheck: { test: [NONE] }")).toEqual({ healthcheck: { test: ["NONE"] } });
  expect(config("healthcheck: { interval: 1m }")).toEqual(config("healthcheck: { interval: 60s, disable: false }"));
  expect(config("healthcheck: { test: curl -f localhost, retries: 3 }")).toEqual({
    healthcheck: { test: ["CMD-SHELL", "curl -f localhost"], retries: 3 },
  });
  expect(config("resources: { memory: 4Gi, swap: unlimited, cpus: 0.50 }")).toEqual({
    memory: 4294967296,
    memorySwap: -1,
    cpus: 0.5,
  });
  expect(config("logging: { driver: json-file, options: { max-file: 1 } }")).toEqual({
    logging: { driver: "json-file", options: { "max-file": "1" } },
  });
  expect(config('restart: ""')).toEqual({});
  expect(config("restart: no")).toEqual({ restart: { policy: "no" } });
  expect(config("labels: [a=1, b]", "extraHosts: [db:10.0.0.1, 'six:::1']")).toEqual({
    labels: { a: "1", b: "" },
    extraHosts: ["db:10.0.0.1", "six:::1"],
  });
  expect(config("capabilities: { add: [net_admin, CAP_CHOWN, NET_ADMIN], drop: [] }")).toEqual({
    capAdd: ["CHOWN", "NET_ADMIN"],
  });
});

test("the other fields", () => {
  expect(
    config(
      "networkMode: host",
      "extraHosts: { db: 10.0.0.1 }",
      "resources: { memory: 1Gi, swap: 2Gi, reservation: 512Mi, pids: 100, shm: 64m, ulimits: { nofile: { soft: 1, hard: -1 } } }",
      "capabilities: { drop: [all] }",
      "privileged: false",
      "readOnly: '${RO:-true}'",
      "securityOpt: [no-new-privileges]",
      "init: true",
      "tty: true",
      "stdin: false",
    ),
  ).toEqual({
    networkMode: "host",
    extraHosts: ["db:10.0.0.1"],
    memory: 1024 ** 3,
    memorySwap: 2 * 1024 ** 3,
    memoryReservation: 512 * 1024 ** 2,
    pids: 100,
    shmSize: 64 * 1024 ** 2,
    ulimits: { nofile: { soft: 1, hard: -1 } },
    capDrop: ["ALL"],
    privileged: false,
    readOnly: true,
    securityOpt: ["no-new-privileges"],
    init: true,
    tty: true,
    stdin: false,
  });
});

test.each([
  ["resources: { memory: 5Mi }", "InvalidValue at resources.memory"],
  ["resources: { memory: 10Mi, reservation: 11Mi }", "InvalidValue at resources.reservation"],
  ["resources: { memory: 10Mi, swap: 9Mi }", "InvalidValue at resources.swap"],
  ["resources: { swap: 9Mi }", "Missing at resources.swap"],
  ["resources: { ulimits: { nofile: { soft: 2, hard: 1 } } }", "InvalidValue at resources.ulimits.nofile"],
  ["{ networkMode: host, ports: ['80:80'] }", "Conflict at networkMode"],
  ["{ networkMode: host, networks: [x1] }", "Conflict at networkMode"],
  ["{ networkMode: 'container:x1', hostname: h }", "Conflict at networkMode"],
  ["{ networkMode: 'container:x1', extraHosts: ['a:1'] }", "Conflict at networkMode"],
  ["networks: [host]", "InvalidValue at networks[0]"],
  ["capabilities: { add: [CHOWN], drop: [CAP_CHOWN] }", "Conflict at capabilities.drop"],
  ["{ lifecycle: oneshot, restart: always }", "Conflict at restart"],
  ["{ lifecycle: lazy, restart: always }", "Conflict at restart"],
  ["healthcheck: { test: [curl, localhost] }", "InvalidValue at healthcheck.test"],
  ["healthcheck: { test: [CMD] }", "InvalidValue at healthcheck.test"],
  ["healthcheck: { test: [CMD-SHELL, a, b] }", "InvalidValue at healthcheck.test"],
])("what an engine would refuse is refused: %s", (line, expected) => {
  const lines = line.startsWith("{") ? line.slice(2, -2).split(/, (?=[a-zA-Z]+: )/) : [line];
  expect(problems(one(...lines)).map((problem) => problem.replace(/^\d+: (.*?): .*$/, "$1"))).toEqual([expected]);
});

test("dependencies: a name that stands for replicas means all of them", () => {
  const found = instances(
    `
  instances:
    - { name: app, image: i:1, dependsOn: [db, cache-2, cache-2] }
    - { name: web, image: i:1, dependsOn: { app: { condition: healthy }, cache: {}, job: { condition: completed } } }
    - { name: db, image: i:1 }
    - { name: cache, image: i:1, replicas: 2 }
    - { name: job, image: i:1, lifecycle: oneshot }
`.replace(", cache-2, cache-2", ", cache-2"),
  );
  expect(found.filter(({ name }) => name === "app" || name === "web").map(({ dependsOn }) => dependsOn)).toEqual([
    [
      { instance: "cache-2", condition: "started" },
      { instance: "db", condition: "started" },
    ],
    [
      { instance: "app", condition: "healthy" },
      { instance: "cache-1", condition: "started" },
      { instance: "cache-2", condition: "started" },
      { instance: "job", condition: "completed" },
    ],
  ]);
});

test("dependencies that cannot be", () => {
  const spec = `
  instances:
    - { name: a, image: i:1, dependsOn: [b] }
    - { name: b, image: i:1, dependsOn: { c: {} } }
    - { name: c, image: i:1, dependsOn: [a] }
    - { name: d, image: i:1, dependsOn: [d] }
    - { name: e, image: i:1, dependsOn: [aa] }
    - { name: g, image: i:1, dependsOn: { a: { condition: completed } } }
    - { name: h, image: i:1, healthcheck: { disable: true } }
    - { name: i, image: i:1, dependsOn: { h: { condition: healthy } } }
    - { name: j, image: i:1, lifecycle: lazy, dependsOn: [h] }
    - { name: k, image: i:1, dependsOn: [j] }
    - { name: l, image: i:1, dependsOn: { j: { condition: completed } } }
`;
  expect(problems(spec)).toEqual([
    "6: Cycle at dependsOn[0]: instances wait for each other",
    "9: Cycle at spec.instances[3].dependsOn[0]: `d` depends on itself",
    "10: UnknownInstance at spec.instances[4].dependsOn[0]: there is no instance `aa`",
    "11: Conflict at spec.instances[5].dependsOn.a.condition: `a` never completes: it is always on",
    "13: Conflict at spec.instances[7].dependsOn.h.condition: `h` is never healthy: its health check is disabled",
    "15: Conflict at spec.instances[9].dependsOn[0]: `j` is lazy: it runs only while somebody uses it",
    "16: Conflict at spec.instances[10].dependsOn.j: `j` is lazy: it runs only while somebody uses it",
  ]);
  expect(load(spec).diagnostics[0]?.found).toBe("a → b → c → a");
});

test("names: duplicates after replicas, duplicate containers, C80 length and reserved endings", () => {
  expect(
    problems(`
  instances:
    - { name: a-1, image: i:1 }
    - { name: a, image: i:1, replicas: 2 }
    - { name: a-1, image: i:1 }
`),
  ).toEqual([
    "7: Duplicate at spec.instances[1].name: two instances have one name",
    "8: Duplicate at spec.instances[2].name: two instances have one name",
  ]);
  expect(
    problems(`  naming: box\n  instances:\n    - { name: a, image: i:1 }\n    - { name: b, image: i:1 }\n`),
  ).toEqual(["8: Duplicate at spec.instances[1].name: two instances get one container name"]);
  expect(problems(`  instances:\n    - { name: x.next, image: i:1 }\n`)).toEqual([
    '6: InvalidValue at name: `name` cannot be "f-x.next"',
  ]);
  expect(problems(`  naming: "{name}.old"\n${one()}`)).toEqual([
    '5: InvalidValue at spec.naming: `naming` cannot be "a.old"',
  ]);
  expect(problems(`  instances:\n    - { name: ${"n".repeat(62)}, image: i:1, replicas: 1 }\n`)).toEqual([
    "6: InvalidValue at name: a replica's name is too long",
  ]);
  expect(
    instances(`  instances:\n    - { name: dev, image: i:1 }\n    - { name: dev-2, image: i:1 }\n`).map(
      ({ name }) => name,
    ),
  ).toEqual(["dev", "dev-2"]);
});

test("templates that are not there or not used", () => {
  expect(
    problems(`
  templates: { worker: { image: i:1 }, spare: {} }
  instances:
    - { name: a, template: woker }
    - { name: b, template: worker }
`),
  ).toEqual([
    "5: Unused at spec.templates.spare: no instance uses the template `spare`",
    "7: Missing at spec.instances[0]: the instance has no image",
    "7: UnknownTemplate at template: there is no template `woker`",
  ]);
});

test("an instance that is wrong is still an instance, and an empty section is none", () => {
  expect(
    problems(`
  policy:
  templates:
  instances:
    - { name: a, dependsOn: [b], image: i:1 }
    - { name: b, template: , vars: , replicas: }
`),
  ).toEqual(["9: Missing at spec.instances[1]: the instance has no image"]);
});

test("what is wrong in a template is said once, where it is written", () => {
  expect(
    problems(`
  templates:
    t: { image: i:1, hostname: "\${NOPE}", user: "{typ}" }
  instances:
    - { name: a, template: t, vars: { type: x } }
    - { name: b, template: t, vars: { type: y } }
`),
  ).toEqual([
    "6: VariableUnset at spec.templates.t.hostname: the variable NOPE is not set",
    "6: UnknownPlaceholder at spec.templates.t.user: nothing is called {typ} here",
  ]);
});

test("all that is wrong is said at once: shape, texts and what they refer to", () => {
  expect(
    problems(`
  templates:
    t:
      imgae: i:1
      image: i:1
      env: { A: "\${NOPE}", B: { secret: GONE } }
  instances:
    - { name: a, template: t, tty: maybe, mounts: [{ bind: /etc, target: /e }] }
    - { name: b, template: t, mounts: [{ bind: /etc, target: e }] }
    - { name: b, template: t }
`),
  ).toEqual([
    "7: UnknownKey at spec.templates.t.imgae: nothing is called `imgae` here",
    "9: VariableUnset at spec.templates.t.env.A: the variable NOPE is not set",
    "9: SecretMissing at spec.templates.t.env.B.secret: the secret GONE is not set",
    '11: InvalidValue at tty: `tty` cannot be "maybe"',
    "11: Denied at mounts[0].bind: `/etc` holds the host's configuration and password hashes",
    '12: InvalidValue at spec.instances[1].mounts[0].target: `target` cannot be "e"',
    "13: Duplicate at spec.instances[2].name: two instances have one name",
  ]);
});
/* biome-ignore-end lint/suspicious/noTemplateCurlyInString: that is what is tested */

test("a tmpfs of size or mode 0 is refused: an engine takes 0 for nothing said", () => {
  expect(problems(one("mounts:", '  - { tmpfs: { size: 0, mode: "0000" }, target: /tmp }')).map(withoutPlace)).toEqual([
    "InvalidValue at mounts[0].tmpfs.size",
    "InvalidValue at mounts[0].tmpfs.mode",
  ]);
});

function withoutPlace(problem: string): string {
  return problem.replace(/^\d+: /, "").replace(/:.*/s, "");
}
