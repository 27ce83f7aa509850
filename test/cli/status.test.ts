import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { note, twoInstances, Workbench } from "./command.ts";

let bench: Workbench;
beforeEach(() => {
  bench = new Workbench().write("fleet.yaml", twoInstances);
});
afterEach(() => bench.remove());

const head = "Fleet demo on memory:/bench/state.json (engine memory)\n\n";

describe("fleet status", () => {
  it("shows a line for each instance", async () => {
    await bench.fleet("apply --yes");
    bench.engine.kill("demo-db");
    bench.write(
      "fleet.yaml",
      twoInstances.replace("web, template: worker", "web, template: worker, tty: true") +
        "    - { name: later, template: worker }\n",
    );
    const { code, stdout, stderr } = await bench.fleet("status");
    expect({ code, stderr }).toEqual({ code: 0, stderr: note });
    expect(stdout.replaceAll(/ \ds /g, " 0s ")).toBe(`${head}\
NAME   STATE       SINCE  READY  SYNCED   IMAGE  REASON
db     exited 137  0s     no     start    app:1
later  missing            no     create
web    running     0s     yes    replace  app:1  tty differs

3 instances: 1 ready, 0 in sync.
`);
  });

  it("calls a lazy one that does not run idle, and ready", async () => {
    bench.write("fleet.yaml", twoInstances.replace("web, template: worker", "web, template: worker, lifecycle: lazy"));
    expect(await bench.fleet("apply --yes")).toMatchObject({ code: 0 });
    const { stdout } = await bench.fleet("status");
    expect(stdout.replaceAll(/ \ds /g, " 0s ")).toBe(`${head}\
NAME  STATE    SINCE  READY  SYNCED  IMAGE  REASON
db    running  0s     yes    yes     app:1
web   idle            yes    yes     app:1

2 instances: 2 ready, 2 in sync.
`);
  });

  it("writes one JSON document", async () => {
    await bench.fleet("apply --yes");
    const { stdout } = await bench.fleet("status -o json --target db");
    const [db] = await bench.engine.listContainers();
    expect(JSON.parse(stdout)).toEqual({
      schema: "fleet.status/v1",
      fleet: "demo",
      engine: { id: expect.stringMatching(/^[0-9a-f]{64}$/), version: "memory", address: "memory:/bench/state.json" },
      basis: expect.stringMatching(/^[0-9a-f]{12}$/),
      at: expect.any(Number),
      instances: [
        {
          instance: "db",
          container: "demo-db",
          id: db?.id,
          state: "running",
          phase: "running",
          ready: true,
          synced: true,
          verdict: "inSync",
          remedy: "none",
          image: "app:1",
          since: expect.any(Number),
          restarts: 0,
        },
      ],
    });
  });

  it("says what is in the way, and what is not in the file", async () => {
    await bench.fleet("apply --yes");
    bench.engine.remove("demo-db");
    bench.engine.addContainer("demo-db", { image: "other:1" });
    bench.write("fleet.yaml", twoInstances.replace(/.*name: web.*\n/, ""));
    const { stdout } = await bench.fleet("status");
    expect(stdout).toMatch(/\ndb {2,}missing +no +blocked +the name demo-db is taken by container /);
    expect(stdout).toMatch(/\nweb {2,}running +\ds +yes +orphan +app:1 +not in the fleet file; left alone\n/);
  });

  it("has the plan's exit codes when asked", async () => {
    expect((await bench.fleet("status")).code).toBe(0);
    expect((await bench.fleet("status --detailed-exitcode")).code).toBe(2);
    await bench.fleet("apply --yes");
    expect((await bench.fleet("status --detailed-exitcode")).code).toBe(0);
  });
});
