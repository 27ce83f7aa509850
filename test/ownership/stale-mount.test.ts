import { mkdirSync, renameSync, rmdirSync, statSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { realEngines } from "../support/engines.ts";
import { Operator } from "../support/operator.ts";
import { World } from "../support/world.ts";
import { mount } from "./machine.ts";
import { runAsService, scratch } from "./service.ts";

describe.each(realEngines())("engine $version", (real) => {
  test("C39: who may not look into a container's process knows what was removed, and not what was moved away", async (context) => {
    const dir = scratch();
    mount(context, "-t", "tmpfs", "-o", "mode=0755", "fleet-test", dir);
    const mounts = ["same", "removed", "moved"].map((name) => ({ source: `${dir}/${name}`, target: `/${name}` }));
    for (const { source } of mounts) mkdirSync(source);
    const operator = new Operator(real.host);
    const name = basename(dir);
    onTestFinished(() => operator.clean(name));
    const Mounts = mounts.map(({ source, target }) => ({ Type: "bind", Source: source, Target: target }));
    await operator.run(name, { HostConfig: { Mounts } });
    rmdirSync(`${dir}/removed`);
    mkdirSync(`${dir}/removed`);
    renameSync(`${dir}/moved`, `${dir}/elsewhere`);
    mkdirSync(`${dir}/moved`);
    const { Id, State } = await new World(real.host).container(name);
    const container = { id: Id, pid: State.Pid };
    const { dev, ino } = statSync(`${dir}/removed`);
    expect(await runAsService(new URL("stale-mounts.mjs", import.meta.url), { container, mounts })).toEqual({
      "/removed": { mounted: null, removed: true, source: { device: dev, inode: ino } },
    });
  });
});
