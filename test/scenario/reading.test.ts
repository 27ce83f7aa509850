import { chownSync, mkdirSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { realEngines } from "../support/engines.ts";
import { startProxy } from "../support/proxy.ts";
import { openRig } from "../support/rig.ts";

const spec = `
      policy: { orphans: remove, adopt: byName }
      templates:
        worker: { image: "fleet-test:1", resources: { memory: 64Mi } }
      instances:
        - { name: adopted, template: worker }
        - { name: changed, template: worker, env: { A: new } }
        - { name: gone, template: worker }
        - { name: killed, template: worker }
        - { name: limited, template: worker }
        - name: mounted
          template: worker
          mounts:
            - { bind: ./root, target: /root, ownership: { uid: 1000, gid: 1000 } }
            - { bind: ./missing/deep, target: /deep, ownership: { uid: 1000, gid: 1000 } }
            - { volume: "{fleet}-missing", target: /volume }
        - { name: moved, template: worker, image: "{fleet}/moved:1" }
        - { name: paused, template: worker }
        - { name: renamed, template: worker }
        - { name: taken, template: worker }
        - { name: unpulled, template: worker, image: "{fleet}/nowhere:1", networks: ["{fleet}-missing"] }`;

describe.each(realEngines())("engine $version", (real) => {
  test("plan sends nothing but GET, whatever the situation, and changes nothing", async () => {
    const proxy = await startProxy({ target: real.host });
    onTestFinished(() => proxy.close());
    const rig = await openRig(real, { through: proxy.host });
    const { operator, fleet } = rig;
    const name = (instance: string): string => `${fleet}-${instance}`;
    await operator.tag("fleet-test:1", `${fleet}/moved:1`);
    await rig.apply(`
      instances:
        - { name: orphan, image: "fleet-test:1" }${["changed", "killed", "limited", "paused", "renamed"]
          .map((instance) => `\n        - { name: ${instance}, image: "fleet-test:1", resources: { memory: 64Mi } }`)
          .join("")}
        - { name: moved, image: "{fleet}/moved:1", resources: { memory: 64Mi } }`);
    mkdirSync(`${rig.dir}/root`);
    chownSync(`${rig.dir}/root`, 0, 0);
    await operator.run(name("adopted"));
    await operator.run(name("taken"), { Labels: { "fleet.name": "another", "fleet.instance": "taken" } });
    await operator.kill(name("killed"));
    await operator.update(name("limited"), { Memory: 96 * 1024 ** 2, MemorySwap: 192 * 1024 ** 2 });
    await operator.pause(name("paused"));
    await operator.rename(name("renamed"), name("by-hand"));
    await operator.tag("fleet-test:2", `${fleet}/moved:1`);

    const before = await rig.containers();
    const sent = proxy.requests.length;
    const plan = await rig.plan(spec);
    expect(await rig.containers()).toEqual(before);
    expect(new Set(proxy.requests.slice(sent).map(({ method }) => method))).toEqual(new Set(["GET"]));
    expect(rig.outline(plan)).toEqual([
      "adopted replace Adopted",
      "changed replace FieldsDiffer: env.A",
      "gone create ContainerMissing",
      "killed restart ContainerExited",
      "limited update FieldsDiffer: resources.memory",
      "mounted create VolumeMissing SourceMissing OwnershipWrong ContainerMissing: ownership../missing/deep, ownership../root",
      "moved replace ImageMoved: image",
      "paused restart ContainerPaused",
      "renamed update FieldsDiffer: name",
      "taken blocked NameTaken",
      "unpulled create ImageMissing NetworkMissing ContainerMissing",
      "orphan remove Orphaned",
    ]);
  });
});
