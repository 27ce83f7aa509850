import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { mountDead } from "../ownership/machine.ts";
import { realEngines } from "../support/engines.ts";
import { openRig, results } from "../support/rig.ts";

describe.each(realEngines())("engine $version", (real) => {
  test("C41: a source on a dead mount: that one is blocked, the others come up, and it does too once it is mounted", async (context) => {
    const rig = await openRig(real);
    const fuse = `${rig.dir}/fuse`;
    mkdirSync(fuse);
    mountDead(context, fuse);
    let mounted = true;
    const unmount = (): void => {
      if (mounted) execFileSync("umount", ["-l", fuse]);
      mounted = false;
    };
    onTestFinished(unmount);
    const spec = `
      instances:
        - { name: a, image: "fleet-test:1", mounts: [{ bind: ./fuse/data, target: /data }] }
        - { name: b, image: "fleet-test:1" }`;
    expect(rig.outline(await rig.plan(spec))).toEqual(["a blocked SourceUnreadable", "b create ContainerMissing"]);
    const applied = await rig.apply(spec, { timeout: 3000 });
    expect(Object.keys(await rig.containers())).toEqual(["b"]);
    expect(results(applied)).toEqual({ a: "blocked", b: "changed" });
    expect(applied.outcomes[0]?.message).toContain(`${fuse}: ENOTCONN`);
    unmount();
    expect(results(await rig.apply(spec))).toEqual({ a: "changed", b: "unchanged" });
    expect((await rig.containers()).a?.status).toBe("running");
  });
});
