import { mkdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { agents } from "../support/agents.ts";
import { realEngines } from "../support/engines.ts";
import { ownerOf } from "../support/owner.ts";
import { openRig, results } from "../support/rig.ts";

describe.each(realEngines())("engine $version", (real) => {
  test("apply then plan is empty, for eight agents with volumes and shared sources", async () => {
    const rig = await openRig(real);
    const applied = await rig.apply(agents);
    const containers = await rig.containers();
    expect(Object.values(containers).map(({ status }) => status)).toEqual(Array(8).fill("running"));
    expect(ownerOf(`${rig.dir}/agent-env`)).toBe("1000:1000 0755");
    for (const type of ["boss", "dev", "reviewer", "designer"]) {
      expect(ownerOf(`${rig.dir}/agent-env/${type}/projects`)).toBe("1000:1000 0755");
    }
    const write = ["sh", "-c", "touch .config/claude-code/projects/x .config/claude-code/session-env/x"];
    expect(await rig.operator.exec(`${rig.fleet}-dev-2`, write)).toBe(0);
    expect(new Set(Object.values(results(applied)))).toEqual(new Set(["changed"]));
    expect(rig.outline(await rig.plan(agents))).toEqual([]);
    const again = await rig.apply(agents);
    expect(await rig.containers()).toEqual(containers);
    expect(new Set(Object.values(results(again)))).toEqual(new Set(["unchanged"]));
  });

  test("the seed incident: projects/ is root's, and one chown mends it without touching the container", async () => {
    const rig = await openRig(real);
    const spec = `
      instances:
        - name: dev
          image: claude-hooks:dev
          user: "1000:1000"
          mounts:
            - { bind: "./projects", target: /projects, ownership: { uid: 1000, gid: 1000, mode: "0755" } }`;
    mkdirSync(`${rig.dir}/projects`, { mode: 0o755 });
    const bare = spec.replace(/, ownership: .*/, " }");
    await rig.apply(bare);
    const before = await rig.containers();
    const write = ["touch", "/projects/session"];
    expect(await rig.operator.exec(`${rig.fleet}-dev`, write)).not.toBe(0);
    expect(rig.outline(await rig.plan(spec))).toEqual(["dev host OwnershipWrong: ownership../projects"]);
    const applied = await rig.apply(spec);
    expect(ownerOf(`${rig.dir}/projects`)).toBe("1000:1000 0755");
    expect(await rig.containers()).toEqual(before);
    expect(await rig.operator.exec(`${rig.fleet}-dev`, write)).toBe(0);
    expect(applied.outcomes[0]?.actions.map(({ kind }) => kind)).toEqual(["mendSource"]);
    expect(rig.outline(await rig.plan(spec))).toEqual([]);
  });
});
