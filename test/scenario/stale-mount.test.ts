import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { realEngines } from "../support/engines.ts";
import { openRig, type Rig, results } from "../support/rig.ts";

/** `a` binds a directory and a file, `b` has nothing to do with either. */
const spec = (heal: "report" | "restart"): string => `
      policy: { heal: { staleMount: ${heal} } }
      instances:
        - name: a
          image: fleet-test:1
          mounts:
            - { bind: ./work, target: /work }
            - { bind: ./app.conf, target: /etc/app.conf, type: file }
        - { name: b, image: "fleet-test:1" }`;

async function up(rig: Rig): Promise<void> {
  mkdirSync(`${rig.dir}/work`);
  writeFileSync(`${rig.dir}/work/rev`, "1");
  writeFileSync(`${rig.dir}/app.conf`, "1");
  await rig.apply(spec("report"));
}

function removeAndMakeAgain({ dir }: Rig): void {
  rmSync(`${dir}/work`, { recursive: true });
  mkdirSync(`${dir}/work`);
  writeFileSync(`${dir}/work/rev`, "2");
}

/** As an editor saves. */
function saveAnew({ dir }: Rig): void {
  writeFileSync(`${dir}/app.conf.new`, "2");
  renameSync(`${dir}/app.conf.new`, `${dir}/app.conf`);
}

/** Whether a process in the container finds `text` there. */
async function sees(rig: Rig, path: string, text: string): Promise<boolean> {
  return (await rig.operator.exec(`${rig.fleet}-a`, ["grep", "-qx", text, path])) === 0;
}

describe.each(realEngines())("engine $version", (real) => {
  test("C39: a directory that was removed and made again is told, and by default nothing is done", async () => {
    const rig = await openRig(real);
    await up(rig);
    removeAndMakeAgain(rig);
    const before = await rig.containers();
    const plan = await rig.plan(spec("report"));
    expect(plan.instances.map(({ instance, verdict, drifts }) => [instance, verdict, drifts])).toEqual([
      [
        "a",
        "inSync",
        [
          {
            path: "mounts./work.inode",
            desired: expect.stringMatching(/^\d+$/),
            observed: expect.stringMatching(/^\d+ \(removed\)$/),
            cause: "sourceReplaced",
            remedy: "none",
          },
        ],
      ],
      ["b", "inSync", []],
    ]);
    expect(await sees(rig, "/work/rev", "1")).toBe(false);
    expect(results(await rig.apply(spec("report")))).toEqual({ a: "unchanged", b: "unchanged" });
    expect(await rig.containers()).toEqual(before);
    expect((await rig.plan(spec("report"))).basis).toBe(plan.basis);
  });

  test.each([
    { what: "a directory that was removed and made again", harm: removeAndMakeAgain, at: "/work", shows: "/work/rev" },
    { what: "a file that was replaced by rename", harm: saveAnew, at: "/etc/app.conf", shows: "/etc/app.conf" },
  ])("C39: $what: where the policy says so, a restart shows the new one", async ({ harm, at, shows }) => {
    const rig = await openRig(real);
    await up(rig);
    harm(rig);
    const before = await rig.containers();
    expect(await sees(rig, shows, "2")).toBe(false);
    expect(rig.outline(await rig.plan(spec("restart")))).toEqual([`a restart StaleMount: mounts.${at}.inode`]);
    const applied = await rig.apply(spec("restart"));
    expect(applied.outcomes.map(({ actions }) => actions.map(({ kind }) => kind))).toEqual([
      ["stopContainer", "startContainer"],
      [],
    ]);
    expect(await sees(rig, shows, "2")).toBe(true);
    const after = await rig.containers();
    expect([after.a?.id, after.a?.status, after.b]).toEqual([before.a?.id, "running", before.b]);
    expect(after.a?.startedAt).not.toBe(before.a?.startedAt);
    const { instances } = await rig.plan(spec("restart"));
    expect(instances.map(({ verdict, drifts }) => [verdict, drifts])).toEqual([
      ["inSync", []],
      ["inSync", []],
    ]);
  });

  test("C39: with its source gone for good, the directory is made first, and then the container restarted", async () => {
    const rig = await openRig(real);
    await up(rig);
    rmSync(`${rig.dir}/work`, { recursive: true });
    expect(rig.outline(await rig.plan(spec("restart")))).toEqual(["a host SourceMissing: ownership../work"]);
    await rig.apply(spec("restart"));
    expect(rig.outline(await rig.plan(spec("restart")))).toEqual([]);
    expect(await rig.operator.exec(`${rig.fleet}-a`, ["touch", "/work/seen"])).toBe(0);
    expect(rig.read("work/seen")).toBe("");
  });
});
