import type { InstanceSpec } from "@fleet/core";
import { instanceSpec, memoryHost, sourceSpec } from "@fleet/core/testing";
import { expect, test } from "vitest";
import { Glances } from "./glances.ts";

const withSource = (name: string): InstanceSpec =>
  instanceSpec({ name, sources: [sourceSpec({ path: `/srv/${name}` })] });

test("gives those whose sources changed since the glance before, and none the first time", async () => {
  const host = memoryHost();
  // More than are glanced at at a time.
  const specs = Array.from({ length: 150 }, (_, index) => withSource(`w${index}`));
  for (const { name } of specs) host.addDirectory(`/srv/${name}`, { uid: 1000 });
  const glances = new Glances(host);
  expect(await glances.take(specs)).toEqual([]);
  host.change("/srv/w149", { uid: 0 });
  host.change("/srv/w1", { mode: 0o700 });
  host.remove("/srv/w70");
  expect(await glances.take(specs)).toEqual(["w1", "w149", "w70"]);
  expect(await glances.take(specs)).toEqual([]);
});

test("one that was not glanced at before has not changed", async () => {
  const host = memoryHost();
  host.addDirectory("/srv/a");
  const glances = new Glances(host);
  await glances.take([]);
  expect(await glances.take([withSource("a")])).toEqual([]);
});

test("a filesystem that hangs is not asked twice, and what changed meanwhile is found once it answers", async () => {
  const host = memoryHost();
  host.addDirectory("/srv/a");
  let answer = (): void => undefined;
  let hangs = false;
  let asked = 0;
  const glances = new Glances({
    glance: async (source) => {
      asked += 1;
      if (hangs) await new Promise<void>((resolve) => (answer = resolve));
      return host.glance(source);
    },
  });
  await glances.take([withSource("a")]);
  hangs = true;
  const hung = glances.take([withSource("a")]);
  expect(await glances.take([withSource("a")])).toEqual([]);
  expect(asked).toBe(2);
  host.change("/srv/a", { uid: 7 });
  answer();
  expect(await hung).toEqual(["a"]);
});
