import { describe, expect, test } from "vitest";
import { realEngines } from "../support/engines.ts";
import { openRig, results } from "../support/rig.ts";

describe.each(realEngines())("engine $version", (real) => {
  test("dependsOn: completed before healthy before started, each when the one before it is so", async () => {
    const rig = await openRig(real);
    const spec = `
      templates:
        any: { image: "fleet-test:1" }
      instances:
        - { name: a-last, template: any, dependsOn: { b-db: { condition: healthy } } }
        - name: b-db
          template: any
          command: [sh, -c, "sleep 1; touch /tmp/up; trap 'exit 0' TERM; sleep infinity & wait"]
          healthcheck: { test: "test -f /tmp/up", interval: 1s, retries: 60 }
          dependsOn: { c-init: { condition: completed } }
        - { name: c-init, template: any, lifecycle: oneshot, command: [sh, -c, "sleep 1"] }
        - { name: d-first, template: any }`;
    const applied = await rig.apply(spec);
    const find = async (instance: string) => (await rig.world.container(`${rig.fleet}-${instance}`)).State;
    const [last, db, init] = [await find("a-last"), await find("b-db"), await find("c-init")];
    expect([last.Status, db.Status, db.Health?.Status, init.Status, init.ExitCode]).toEqual([
      "running",
      "running",
      "healthy",
      "exited",
      0,
    ]);
    expect(Date.parse(db.StartedAt)).toBeGreaterThanOrEqual(Date.parse(init.FinishedAt));
    expect(Date.parse(last.StartedAt)).toBeGreaterThan(Date.parse(db.Health?.Log[0]?.Start ?? ""));
    expect(new Set(Object.values(results(applied)))).toEqual(new Set(["changed"]));
    expect(rig.outline(await rig.plan(spec))).toEqual([]);
  });

  test("C61: a one-shot that exits 0 is done: it runs once, and again only when its spec changes", async () => {
    const rig = await openRig(real);
    const spec = (word: string): string => `
      instances:
        - name: job
          image: fleet-test:1
          lifecycle: oneshot
          command: [sh, -c, "echo ${word} >> /log/runs"]
          mounts: [{ bind: ./log, target: /log, ownership: { uid: 0, gid: 0 } }]`;
    await rig.apply(spec("one"));
    const before = await rig.containers();
    expect(before.job?.status).toBe("exited");
    await rig.apply(spec("one"));
    expect(await rig.containers()).toEqual(before);
    expect(rig.outline(await rig.plan(spec("one")))).toEqual([]);
    expect(rig.outline(await rig.plan(spec("two")))).toEqual(["job replace FieldsDiffer: command"]);
    await rig.apply(spec("two"));
    expect(rig.read("log/runs")).toBe("one\ntwo\n");
    expect(rig.outline(await rig.plan(spec("two")))).toEqual([]);
  });

  test("one that fails fails alone: a one-shot with another exit code, a program that ends at once", async () => {
    const rig = await openRig(real);
    const spec = `
      templates:
        any: { image: "fleet-test:1" }
      instances:
        - { name: crash, template: any, command: [sh, -c, "exit 7"] }
        - { name: fine, template: any }
        - { name: job, template: any, lifecycle: oneshot, command: [sh, -c, "exit 3"] }
        - { name: next, template: any, dependsOn: { job: { condition: completed } } }`;
    const applied = await rig.apply(spec, { patience: { backoff: { base: 50, factor: 2, cap: 200 } } });
    const after = await rig.containers();
    expect(Object.entries(after).map(([name, { status }]) => [name, status])).toEqual([
      ["crash", "exited"],
      ["fine", "running"],
      ["job", "exited"],
    ]);
    expect(results(applied)).toEqual({ crash: "failed", fine: "changed", job: "failed", next: "blocked" });
    expect(applied.outcomes.map(({ message }) => message)).toEqual([
      expect.stringMatching(/-crash does not stay up: exited 7/),
      undefined,
      expect.stringMatching(/-job .*exited 3/),
      "waits for job",
    ]);
  });
});
