import { chownSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { realEngines } from "../support/engines.ts";
import { ownerOf } from "../support/owner.ts";
import { openRig, results } from "../support/rig.ts";

describe.each(realEngines())("engine $version", (real) => {
  test("C30: missing sources are made, each directory with the owner; those that were there are left alone", async () => {
    const rig = await openRig(real);
    mkdirSync(`${rig.dir}/there`, { mode: 0o711 });
    const spec = `
      instances:
        - name: a
          image: fleet-test:1
          mounts:
            - { bind: ./there/dev/projects, target: /p, ownership: { uid: 1000, gid: 1000, mode: "0750" } }
            - { bind: ./w, target: /w, ownership: { uid: 1000, gid: 1000 } }
            - { volume: "{fleet}-modules", target: /w/node_modules }`;
    await rig.apply(spec);
    const paths = ["there", "there/dev", "there/dev/projects", "w", "w/node_modules"];
    expect(paths.map((path) => ownerOf(`${rig.dir}/${path}`))).toEqual([
      "0:0 0711",
      "1000:1000 0755",
      "1000:1000 0750",
      "1000:1000 0755",
      "1000:1000 0755",
    ]);
    expect(rig.outline(await rig.plan(spec))).toEqual([]);
  });

  test("C31: what a failed start left behind is still seen: root's directory, and no container of use", async () => {
    const rig = await openRig(real);
    const spec = (command: string): string => `
      instances:
        - name: a
          image: fleet-test:1
          ${command}
          mounts: [{ bind: ./work, target: /work, ownership: { uid: 1000, gid: 1000, mode: "0755" } }]`;
    const failed = await rig.apply(spec("command: [/no/such/program]"), { patience: { maxFailures: 1 } });
    expect(results(failed)).toEqual({ a: "failed" });
    rmSync(`${rig.dir}/work`, { recursive: true });
    mkdirSync(`${rig.dir}/work`, { mode: 0o755 });
    chownSync(`${rig.dir}/work`, 0, 0);
    expect(rig.outline(await rig.plan(spec("")))).toEqual([
      "a replace OwnershipWrong FieldsDiffer: command, ownership../work",
    ]);
    await rig.apply(spec(""));
    expect(ownerOf(`${rig.dir}/work`)).toBe("1000:1000 0755");
    expect((await rig.containers()).a?.status).toBe("running");
    expect(rig.outline(await rig.plan(spec("")))).toEqual([]);
  });

  test("a file where a directory is declared: blocked, the file stays, the others come up", async () => {
    const rig = await openRig(real);
    writeFileSync(`${rig.dir}/work`, "precious");
    const spec = `
      instances:
        - { name: a, image: "fleet-test:1", mounts: [{ bind: ./work, target: /work, ownership: { uid: 0, gid: 0 } }] }
        - { name: b, image: "fleet-test:1" }`;
    expect(rig.outline(await rig.plan(spec))).toEqual([
      "a blocked SourceWrongType: ownership../work",
      "b create ContainerMissing",
    ]);
    const applied = await rig.apply(spec);
    expect(Object.keys(await rig.containers())).toEqual(["b"]);
    expect(readdirSync(rig.dir)).toEqual(["work"]);
    expect(rig.read("work")).toBe("precious");
    expect(results(applied)).toEqual({ a: "blocked", b: "changed" });
    expect(applied.outcomes[0]?.message).toBe(`${rig.dir}/work for /work should be a directory and is a file`);
  });

  test("a host port that is taken: that one fails, the others come up", async () => {
    const rig = await openRig(real);
    const PortBindings = { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "32021" }] };
    await rig.operator.run(`${rig.fleet}holder`, { ExposedPorts: { "80/tcp": {} }, HostConfig: { PortBindings } });
    const spec = `
      instances:
        - { name: a, image: "fleet-test:1", ports: ["127.0.0.1:32021:80"] }
        - { name: b, image: "fleet-test:1" }`;
    const applied = await rig.apply(spec, { patience: { backoff: { base: 50, factor: 2, cap: 200 } } });
    const { a, b } = await rig.containers();
    expect([a?.status, b?.status]).toEqual(["created", "running"]);
    expect(results(applied)).toEqual({ a: "failed", b: "changed" });
    expect(applied.outcomes[0]?.message).toMatch(/32021.*(port is already allocated|address already in use)/);
    await rig.operator.remove(`${rig.fleet}holder`);
    expect(results(await rig.apply(spec))).toEqual({ a: "changed", b: "unchanged" });
  });
});
