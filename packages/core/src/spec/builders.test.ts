import { expect, test } from "vitest";
import { containerConfig, instanceSpec, resolvedFleet } from "./builders.ts";
import { defaultHeal } from "./policy-defaults.ts";

test("an instance follows from its config where nothing else is said", () => {
  const bind = (source: string, target: string) => ({ kind: "bind", source, target, readOnly: false }) as const;
  const config = containerConfig({ image: "web:1", mounts: [bind("/srv/b", "/b"), bind("/srv/a", "/a")] });
  expect(instanceSpec({ name: "web", config })).toEqual({
    fleet: "test",
    name: "web",
    container: "test-web",
    image: { ref: "web:1", pull: "missing", track: "id" },
    config,
    sources: [
      { path: "/srv/a", type: "directory", target: "/a", nested: [] },
      { path: "/srv/b", type: "directory", target: "/b", nested: [] },
    ],
    dependsOn: [],
    lifecycle: { kind: "hot" },
    heal: defaultHeal,
  });
});

test("a fleet's instances are sorted and give it its name", () => {
  const fleet = resolvedFleet([instanceSpec({ fleet: "f", name: "b" }), instanceSpec({ fleet: "f", name: "a" })]);
  expect([fleet.name, fleet.instances.map(({ name }) => name)]).toEqual(["f", ["a", "b"]]);
});
