import { expect, test } from "vitest";
import * as z from "zod";
import { fleetJsonSchema } from "./json-schema.ts";

type Node = Record<string, unknown>;

function* nodes(value: unknown, path: string): Generator<[path: string, node: Node]> {
  if (typeof value !== "object" || value === null) return;
  yield [path, value as Node];
  for (const [key, child] of Object.entries(value)) yield* nodes(child, `${path}/${key}`);
}

test("every key has a description, and no map takes keys that it does not know", () => {
  const undescribed: string[] = [];
  const open: string[] = [];
  for (const [path, node] of nodes(fleetJsonSchema(), "")) {
    const { properties } = node;
    if (typeof properties !== "object" || properties === null || node.type !== "object") continue;
    if (node.additionalProperties !== false) open.push(path);
    for (const [key, child] of Object.entries(properties as Node)) {
      if (typeof (child as Node).description !== "string") undescribed.push(`${path}/${key}`);
    }
  }
  expect({ undescribed, open }).toEqual({ undescribed: [], open: [] });
});

test("it is plain JSON for editors, of a version that they read, and the same each time", () => {
  const schema = fleetJsonSchema();
  expect(schema).toMatchObject({
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "fleet",
    required: ["apiVersion", "kind", "metadata", "spec"],
  });
  expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  expect(fleetJsonSchema()).toEqual(schema);
});

test("it takes what the parser takes, and offers the words of a field", () => {
  const schema = z.fromJSONSchema(fleetJsonSchema());
  const fleet = (instance: object, policy: object) => ({
    apiVersion: "fleet/v1",
    kind: "Fleet",
    metadata: { name: "f" },
    spec: { policy, instances: [{ name: "a", ...instance }] },
  });
  const takes = (instance: object, policy = {}) => schema.safeParse(fleet(instance, policy)).success;
  expect(
    takes({ image: "i:1", tty: true, env: ["A=1"], lifecycle: "oneshot", mounts: [{ tmpfs: true, target: "/t" }] }),
  ).toBe(true);
  expect(takes({ image: { ref: "i:1", pull: "always" }, env: { A: { secret: "S" }, B: null }, restart: null })).toBe(
    true,
  );
  expect(takes({ imgae: "i:1" })).toBe(false);
  expect(takes({ image: { ref: "i:1", pull: "sometimes" } })).toBe(false);
  expect(takes({ mounts: ["a:/b"] })).toBe(false);
  expect(takes({ lifecycle: { kind: "lazy", idleStop: "1m" } })).toBe(true);
  expect(takes({ lifecycle: { idleStop: null } })).toBe(true);
  expect(takes({ lifecycle: { kind: "cold" } })).toBe(false);
  expect(takes({ heal: { missing: "report", drift: null } }, { heal: { staleMount: "restart" } })).toBe(true);
  expect(takes({ heal: { missing: "start" } })).toBe(false);
  expect(takes({ heal: "report" })).toBe(false);
  expect(takes({}, { mode: "observe", resync: "1m", backoff: { factor: 1.5 }, breaker: { missing: "off" } })).toBe(
    true,
  );
  expect(takes({}, { mode: "watch" })).toBe(false);
  expect(takes({}, { backoff: { max: "1m" } })).toBe(false);
  expect(JSON.stringify(fleetJsonSchema())).toContain('"enum":["missing","always","never"]');
});
