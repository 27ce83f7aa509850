import fc from "fast-check";
import { expect, test } from "vitest";
import { compileFleet } from "./compile.ts";
import type { ResolveInputs } from "./inputs.ts";
import { fleetFromObject, parseFleet } from "./parse.ts";
import { renderDiagnostics } from "./render.ts";
import { resolveFleet } from "./resolve.ts";

/** On a machine that is busy with other tests. */
const timeout = 60_000;

/* biome-ignore-start lint/suspicious/noTemplateCurlyInString: that is what is tested */
const inputs: ResolveInputs = {
  env: { A: "a" },
  home: "/home/me",
  baseDir: "/srv",
  readFile: () => "KEY=value\n",
};

const whole = `apiVersion: fleet/v1
kind: Fleet
metadata: { name: f }
spec:
  naming: "{fleet}-{name}"
  policy:
    concurrency: 2
    backoff: { base: 2s, cap: 1m }
    breaker: { missing: 25% }
    heal: { unhealthy: report }
  templates:
    t: &t
      image: { ref: "app:\${A:-1}", pull: missing }
      command: "sh -c 'sleep 1d'"
      env: { A: "\${A}", B: { secret: A }, C: { file: ./c } }
      envFile: [.env]
      mounts:
        - { bind: ./data, target: /data, ownership: { uid: 1, gid: 1, mode: 0755 } }
        - { volume: "{name}-v", target: /data/v }
        - { tmpfs: { size: 1Mi }, target: /tmp }
      ports: ["127.0.0.1::80", 81]
      networks: { front: { aliases: [x] } }
      resources: { memory: 1Gi, swap: 2Gi, cpus: 1.5, ulimits: { nofile: 10 } }
      healthcheck: { test: [CMD, "true"], interval: 5s }
      logging: { driver: local, options: { max-file: 1 } }
      restart: on-failure:3
      capabilities: { add: [net_admin] }
      stop: { signal: TERM, gracePeriod: 5s }
      heal: { missing: report, staleMount: restart }
  instances:
    - { name: a, template: t, vars: { x: "1" }, dependsOn: [b] }
    - { <<: *t, name: b, replicas: 2 }
`;

test("the fleet that the properties start from is right", () => {
  expect(compileFleet(whole, inputs).diagnostics).toEqual([]);
});

test(
  "no text makes parsing throw",
  () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (text) => {
        expect(parseFleet(text).ok).toBe(false);
      }),
    );
  },
  timeout,
);

test(
  "a fleet with something torn out or put in is read or refused with places in the text",
  () => {
    const lines = whole.split("\n").length;
    const cut = fc.record({
      at: fc.nat(whole.length),
      length: fc.nat(12),
      put: fc.oneof(
        fc.constantFrom(
          "{",
          "}",
          "[",
          "]",
          ":",
          "- ",
          "*t",
          "&t ",
          "${",
          "$",
          "null",
          "~",
          "\\t",
          '"',
          "{x}",
          "<<: *t",
          "__proto__: 1",
          "!x ",
        ),
        fc.string({ maxLength: 4 }),
      ),
    });
    fc.assert(
      fc.property(fc.array(cut, { minLength: 1, maxLength: 3 }), (cuts) => {
        const text = cuts.reduce((all, { at, length, put }) => all.slice(0, at) + put + all.slice(at + length), whole);
        const { ok, diagnostics } = compileFleet(text, inputs);
        expect(ok).toBe(diagnostics.every(({ severity }) => severity === "warning"));
        for (const { line = 0, column = 0, length = 0, excerpt = "" } of diagnostics) {
          expect(line).toBeGreaterThan(0);
          expect(line).toBeLessThanOrEqual(lines + 8);
          expect(column + length - 1).toBeLessThanOrEqual(excerpt.length + 1);
        }
        expect(renderDiagnostics(diagnostics).length > 0).toBe(diagnostics.length > 0);
      }),
      { numRuns: 150 },
    );
  },
  timeout,
);

test(
  "no value makes an embedder's fleet throw, or reaches a prototype",
  () => {
    const spec = fc.record({
      apiVersion: fc.constant("fleet/v1"),
      kind: fc.constant("Fleet"),
      metadata: fc.record({ name: fc.oneof(fc.constant("f"), fc.jsonValue()) }),
      spec: fc.record({
        templates: fc.dictionary(fc.string(), fc.jsonValue()),
        instances: fc.array(
          fc.record({ name: fc.string(), env: fc.jsonValue(), mounts: fc.jsonValue(), image: fc.jsonValue() }),
        ),
      }),
    });
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.jsonValue(), spec), (value) => {
        const parsed = fleetFromObject(value);
        if (parsed.ok) resolveFleet(parsed.spec, parsed.source, inputs);
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
    );
  },
  timeout,
);

test("the order of templates and instances makes no difference", () => {
  const head = "apiVersion: fleet/v1\nkind: Fleet\nmetadata: { name: f }\nspec:\n";
  const templates = ["    t: { image: i:1, env: { A: x } }", "    u: { image: i:2 }", "    w: { image: i:3 }"];
  const instances = [
    "{ name: a, template: t }",
    "{ name: b, template: u, dependsOn: [a] }",
    "{ name: c, template: w, replicas: 3 }",
  ].map((item) => `    - ${item}`);
  const load = (first: readonly string[], second: readonly string[]) => {
    const result = compileFleet(
      `${head}  templates:\n${first.join("\n")}\n  instances:\n${second.join("\n")}\n`,
      inputs,
    );
    return result.ok ? result.fleet : result.diagnostics;
  };
  const expected = load(templates, instances);
  fc.assert(
    fc.property(
      fc.shuffledSubarray(templates, { minLength: 3 }),
      fc.shuffledSubarray(instances, { minLength: 3 }),
      (first, second) => {
        expect(load(first, second)).toEqual(expected);
      },
    ),
    { numRuns: 30 },
  );
});
/* biome-ignore-end lint/suspicious/noTemplateCurlyInString: that is what is tested */
