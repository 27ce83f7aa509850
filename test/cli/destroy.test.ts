import { labels } from "@fleet/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { note, twoInstances, Workbench } from "./command.ts";

const withBelongings = twoInstances.replace(
  "sleep, infinity]",
  `sleep, infinity], networks: [demo-net], mounts: [
        { volume: demo-data, target: /data }, { bind: /srv/demo, target: /srv, ownership: { uid: 1000, gid: 1000 } }]`,
);

let bench: Workbench;
beforeEach(async () => {
  bench = new Workbench().write("fleet.yaml", withBelongings);
  await bench.fleet("apply --yes");
});
afterEach(() => bench.remove());

const plan = `Fleet demo on memory:/bench/state.json (engine memory)

  - web  remove    as asked
  - db   remove    as asked

Plan: 2 to remove.  basis 000000000000
`;

const removals = `
  ✓ web  stop demo-web    0.00s
  ✓ web  remove demo-web  0.00s
  ✓ db   stop demo-db     0.00s
  ✓ db   remove demo-db   0.00s
`;

const names = async (): Promise<unknown> => ({
  containers: (await bench.engine.listContainers()).map(({ name }) => name),
  volumes: (await bench.engine.listVolumes()).map(({ name }) => name),
  networks: (await bench.engine.listNetworks()).map(({ name }) => name).filter((name) => name.startsWith("demo")),
});

describe("fleet destroy", () => {
  it("removes containers and networks, and keeps data", async () => {
    expect(await bench.fleet("destroy --yes")).toEqual({
      code: 0,
      stdout: `${plan}
Goes too:  network demo-net
Stays:     volume demo-data
           /srv/demo
${removals}  ✓ remove network demo-net  0.00s

Destroyed: 2 removed in 0.00s.
`,
      stderr: note,
    });
    expect(await names()).toEqual({ containers: [], volumes: ["demo-data"], networks: [] });
    expect(bench.host.exists("/srv/demo")).toBe(true);
  });

  it("removes a volume that is named", async () => {
    const { code, stdout } = await bench.fleet("destroy --yes --volume demo-data");
    expect(code).toBe(0);
    expect(stdout).toContain("           volume demo-data, with all that is in it\n");
    expect(stdout).toContain("  ✓ remove volume demo-data  0.00s\n");
    expect(await names()).toEqual({ containers: [], volumes: [], networks: [] });
  });

  it("removes no volume that is not the fleet's", async () => {
    await bench.engine.createVolume("foreign", {});
    expect(await bench.fleet("destroy --yes --volume demo-dta")).toMatchObject({
      code: 1,
      stderr: `${note}error: fleet demo has no volume demo-dta\nhint: did you mean \`demo-data\`?\n`,
    });
    expect((await bench.fleet("destroy --yes --volume foreign")).code).toBe(1);
    expect((await bench.engine.listContainers()).length).toBe(2);
  });

  it("removes a labelled volume that the file no longer declares", async () => {
    await bench.engine.createVolume("demo-old", { [labels.fleet]: "demo" });
    expect((await bench.fleet("destroy --yes --volume demo-old")).code).toBe(0);
    expect(await names()).toEqual({ containers: [], volumes: ["demo-data"], networks: [] });
  });

  it("keeps a network that another container uses, running or not", async () => {
    bench.engine.addContainer("other", { image: "other:1", networks: { "demo-net": { aliases: [] } } }, "created");
    const { code, stdout } = await bench.fleet("destroy --yes");
    expect(code).toBe(0);
    expect(stdout).toContain("\nStays:     network demo-net, which other containers use\n");
    expect(await names()).toEqual({ containers: ["other"], volumes: ["demo-data"], networks: ["demo-net"] });
  });

  it("exits with 4 when the containers are gone and a volume is not", async () => {
    bench.engine.addContainer("other", {
      image: "other:1",
      mounts: [{ kind: "volume", source: "demo-data", target: "/d", readOnly: false }],
    });
    const { code, stdout } = await bench.fleet("destroy --yes -o json --volume demo-data");
    expect(code).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: "fleet.apply/v1",
      outcomes: [{ result: "removed" }, { result: "removed" }],
      removed: { networks: ["demo-net"], volumes: [] },
      failed: [{ kind: "volume", name: "demo-data", code: "Conflict" }],
    });
  });

  it("is about the targets alone, orphans included, and leaves networks then", async () => {
    bench.write("fleet.yaml", withBelongings.replace(/.*name: web.*\n/, ""));
    expect((await bench.fleet("destroy --yes --target web")).code).toBe(0);
    expect(await names()).toEqual({ containers: ["demo-db"], volumes: ["demo-data"], networks: ["demo-net"] });
    expect((await bench.fleet("destroy --yes --target wbe")).stderr).toContain("fleet demo has no instance wbe");
  });

  it("asks on a terminal, and refuses to guess without one", async () => {
    const refused = await bench.fleet("destroy");
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("hint: pass --yes") });
    const declined = await bench.fleet("destroy", { terminal: true, stdin: "n\n", env: { NO_COLOR: "1" } });
    expect(declined.code).toBe(1);
    expect(declined.stdout).toMatch(/Remove all this\? \[y\/N\] [\s\S]*Nothing was removed\.\n$/);
    expect((await bench.engine.listContainers()).length).toBe(2);
  });

  it("says so when there is nothing", async () => {
    await bench.fleet("destroy --yes");
    expect(await bench.fleet("destroy")).toEqual({
      code: 0,
      stdout: `Fleet demo on memory:/bench/state.json (engine memory)

Plan: nothing to do.  basis 000000000000

Stays:     volume demo-data
           /srv/demo

Nothing to remove.
`,
      stderr: note,
    });
  });

  it("leaves what has work inside, and what that depends on, and says so; --force cuts it", async () => {
    bench.engine.startExec("demo-web");
    const { code, stdout } = await bench.fleet("destroy --yes");
    expect(code).toBe(1);
    expect(stdout).toContain("  - web  remove    as asked  deferred: 1 running exec inside\n");
    expect(stdout).toMatch(/ {2}✗ db {3}blocked {5}waits for web\n/);
    expect(stdout).toMatch(
      / {2}✗ web {2}blocked {5}1 running exec inside\n +hint: fleet destroy again once it has ended/,
    );
    expect(stdout).toContain("Destroyed: 2 blocked in 0.00s.\n");
    expect(await names()).toMatchObject({ containers: ["demo-db", "demo-web"], networks: ["demo-net"] });
    const cut = await bench.fleet("destroy --yes --force");
    expect(cut.code).toBe(0);
    expect(cut.stdout).toContain("  - web  remove    as asked  cuts: 1 running exec inside\n");
    expect(await names()).toMatchObject({ containers: [], networks: [] });
  });

  it("removes the rest", async () => {
    bench.engine.startExec("demo-db");
    const { code, stdout } = await bench.fleet("destroy --yes");
    expect(code).toBe(4);
    expect(stdout).toContain("Destroyed: 1 removed, 1 blocked in 0.00s.\n");
    expect(await names()).toMatchObject({ containers: ["demo-db"], networks: ["demo-net"] });
  });

  it("needs no secret", async () => {
    bench.write(
      "fleet.yaml",
      withBelongings.replace(
        "image: ",
        "env: { T: { secret: TOKEN }, F: { file: ./none } }, envFile: ./none.env, image: ",
      ),
    );
    expect((await bench.fleet("plan")).code).toBe(1);
    expect((await bench.fleet("destroy --yes")).code).toBe(0);
  });
});
