import { EventEmitter } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { note, twoInstances, Workbench } from "./command.ts";
import { screenAfter } from "./screen.ts";

let bench: Workbench;
beforeEach(() => {
  bench = new Workbench().write("fleet.yaml", twoInstances);
});
afterEach(() => bench.remove());

const head = "Fleet demo on memory:/bench/state.json (engine memory)\n\n";

const creation = `${head}\
  + db   create    missing
  + web  create    missing

Plan: 2 to create.  basis 000000000000
`;

const record = `
  ✓ db   create container demo-db   0.00s
  ✓ db   start demo-db              0.00s
  ✓ web  create container demo-web  0.00s
  ✓ web  start demo-web             0.00s

Applied: 2 created in 0.00s.
`;

describe("fleet apply", () => {
  it("shows the plan, a line for each finished action, and the counts", async () => {
    expect(await bench.fleet("apply --yes")).toEqual({ code: 0, stdout: creation + record, stderr: note });
    const containers = await bench.engine.listContainers();
    expect(containers.map(({ name, phase }) => `${name} ${phase}`)).toEqual(["demo-db running", "demo-web running"]);
  });

  it("ends at once when everything is in sync, without a question", async () => {
    await bench.fleet("apply --yes");
    expect(await bench.fleet("apply")).toEqual({
      code: 0,
      stdout: `${head}Plan: 2 in sync.  basis 000000000000\n\nNothing to apply.\n`,
      stderr: note,
    });
  });

  it("refuses to guess without a terminal, and changes nothing", async () => {
    expect(await bench.fleet("apply")).toEqual({
      code: 1,
      stdout: creation,
      stderr: `${note}error: nothing was changed: this is not a terminal, so nobody can be asked
hint: pass --yes to go ahead without a question
`,
    });
    expect(await bench.engine.listContainers()).toEqual([]);
  });

  it("refuses to ask when the fleet file came through stdin", async () => {
    const { code, stderr } = await bench.fleet("apply -f -", { terminal: true, stdin: twoInstances });
    expect(code).toBe(1);
    expect(stderr).toContain("nothing was changed: stdin was the fleet file, so nobody can be asked");
  });

  it("counts what became of each instance", async () => {
    await bench.fleet("apply --yes");
    bench.engine.kill("demo-db");
    bench.write("fleet.yaml", twoInstances.replace("web, template: worker", "web, template: worker, tty: true"));
    const { code, stdout } = await bench.fleet("apply --yes");
    expect(code).toBe(0);
    expect(stdout).toContain("Applied: 1 replaced, 1 started in 0.00s.\n");
  });

  it("removes orphans when the policy says so, and leaves them alone when it does not", async () => {
    await bench.fleet("apply --yes");
    const onlyDb = twoInstances.replace(/.*name: web.*\n/, "");
    bench.write("fleet.yaml", onlyDb);
    expect((await bench.fleet("apply --yes")).stdout).toBe(`${head}\
  ? web  orphan

Plan: 1 orphan left alone, 1 in sync.  basis 000000000000

Nothing to apply.
`);
    bench.write("fleet.yaml", onlyDb.replace("concurrency: 1", "concurrency: 1, orphans: remove"));
    expect((await bench.fleet("apply --yes")).stdout).toContain("Applied: 1 removed, 1 unchanged in 0.00s.\n");
  });

  it("acts on the targets alone", async () => {
    expect((await bench.fleet("apply --yes --target db")).stdout).toContain("Applied: 1 created in 0.00s.\n");
    expect((await bench.engine.listContainers()).map(({ name }) => name)).toEqual(["demo-db"]);
  });

  it("writes one JSON document to stdout, and what people read to stderr", async () => {
    const { code, stdout, stderr } = await bench.fleet("apply --yes -o json --target db");
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `${note}${head}\
  + db  create    missing

Plan: 1 to create.  basis 000000000000

  ✓ db  create container demo-db  0.00s
  ✓ db  start demo-db             0.00s

Applied: 1 created in 0.00s.
`,
    });
    expect(JSON.parse(stdout)).toEqual({
      schema: "fleet.apply/v1",
      fleet: "demo",
      duration: 0,
      outcomes: [
        {
          instance: "db",
          container: "demo-db",
          result: "changed",
          actions: [
            {
              kind: "createContainer",
              description: "create container demo-db",
              reason: "ContainerMissing",
              causes: [],
              duration: 0,
              created: expect.stringMatching(/^[0-9a-f]{64}$/),
            },
            {
              kind: "startContainer",
              description: "start demo-db",
              reason: "ContainerMissing",
              causes: [],
              duration: 0,
            },
          ],
        },
      ],
    });
    expect(JSON.parse((await bench.fleet("apply -o json --target db")).stdout)).toEqual({
      schema: "fleet.apply/v1",
      fleet: "demo",
      duration: 0,
      outcomes: [{ instance: "db", container: "demo-db", result: "unchanged", actions: [] }],
    });
  });
});

describe("fleet apply --basis", () => {
  it("applies the plan that was read", async () => {
    const basis = JSON.parse((await bench.fleet("plan -o json")).stdout).basis;
    expect((await bench.fleet(`apply --yes --basis ${basis}`)).code).toBe(0);
  });

  it("exits with 6, shows the present plan and does nothing when that plan no longer holds", async () => {
    const { code, stdout, stderr } = await bench.fleet("apply --yes --basis 123456789abc");
    expect({ code, stdout }).toEqual({ code: 6, stdout: creation });
    expect(stderr).toMatch(
      /^note: .*\nerror: the plan with basis 0{12} no longer holds; the present one is [0-9a-f]{12}\nhint: read the plan above, then: fleet apply --basis [0-9a-f]{12}\n$/,
    );
    expect(await bench.engine.listContainers()).toEqual([]);
    const json = JSON.parse((await bench.fleet("apply --yes -o json --basis 123456789abc")).stdout);
    expect(json).toMatchObject({ schema: "fleet.error/v1", code: "PlanStale" });
  });
});

describe("fleet apply when something goes wrong", () => {
  it("exits with 4 when some instances are fine, and says at the end what the others need", async () => {
    bench.engine.addContainer("demo-web", { image: "other:1" });
    const { code, stdout } = await bench.fleet("apply --yes");
    expect(code).toBe(4);
    expect(stdout).toMatch(
      /\n\n {2}✗ web {2}blocked {5}the name demo-web is taken by container [0-9a-f]{12}, which is not fleet's\n {21}hint: .*\n\nApplied: 1 created, 1 blocked in 0.00s.\n$/,
    );
  });

  it("exits with 1 when nothing is fine", async () => {
    bench.engine.addContainer("demo-db", { image: "other:1" });
    const { code, stdout } = await bench.fleet("apply --yes --target db");
    expect(code).toBe(1);
    expect(stdout).toContain("\nApplied: 1 blocked in 0.00s.\n");
  });

  it("tells a container that is as specified and does not do its work", async () => {
    const checked = twoInstances.replace(
      "sleep, infinity]",
      'sleep, infinity], healthcheck: { test: ["CMD", "true"] }',
    );
    bench.write("fleet.yaml", checked);
    await bench.fleet("apply --yes");
    bench.engine.setHealth("demo-web", "unhealthy");
    const { code, stdout } = await bench.fleet("apply");
    expect(code).toBe(4);
    expect(stdout).toBe(`${head}Plan: 2 in sync.  basis 000000000000

  ✗ web  not ready   demo-web is unhealthy
                     hint: docker logs demo-web may say why

Applied: 1 unchanged, 1 not ready in 0.00s.
`);
  });

  it("gives up at the timeout", async () => {
    await bench.fleet("apply --yes");
    bench.engine.setPhase("demo-web", "removing");
    const { code, stdout } = await bench.fleet("apply --yes --timeout 300ms");
    expect(code).toBe(4);
    expect(stdout).toMatch(/\nApplied: 1 unchanged, 1 (blocked|unfinished) in 0.00s.\n$/);
  });

  it("stops on the first interrupt and exits with 130", async () => {
    await bench.fleet("apply --yes");
    bench.engine.setPhase("demo-web", "removing");
    const signals = new EventEmitter();
    setTimeout(() => signals.emit("SIGINT"), 200);
    const { code, stdout } = await bench.fleet("apply --yes", { signals });
    expect(code).toBe(130);
    expect(stdout).toContain("\nStopping once what is under way has ended. Again: stop at once.\n");
    expect(stdout).toMatch(/\nStopped: 1 unchanged, 1 (blocked|unfinished) in 0.00s.\n$/);
    expect(signals.listenerCount("SIGINT")).toBe(0);
  });

  it("exits at once on the second, and with 143 when it is SIGTERM", async () => {
    await bench.fleet("apply --yes");
    bench.engine.setPhase("demo-web", "removing");
    const signals = new EventEmitter();
    setTimeout(() => signals.emit("SIGINT") && signals.emit("SIGTERM"), 200);
    const { code, stdout } = await bench.fleet("apply --yes", { signals });
    expect(code).toBe(143);
    expect(stdout).not.toContain("Stopped:");
  });
});

const answering = (...answers: string[]) => ({
  terminal: true,
  env: { NO_COLOR: "1" },
  reply: (stdout: string) => (stdout.endsWith("[y/N] ") ? answers.shift() : undefined),
});

describe("fleet apply on a terminal", () => {
  it.each(["y\n", "yes\n", " Y \n"])("goes ahead after %j", async (answer) => {
    const { code, stdout } = await bench.fleet("apply", answering(answer));
    expect(code).toBe(0);
    expect(stdout).toContain("Apply these changes? [y/N] ");
    expect((await bench.engine.listContainers()).length).toBe(2);
  });

  it.each(["n\n", "no\n", "\n", "\u0004"])("changes nothing after %j", async (answer) => {
    const { code, stdout, stderr } = await bench.fleet("apply", answering(answer));
    expect({ code, stderr }).toEqual({ code: 1, stderr: note });
    expect(stdout).toMatch(/Nothing was changed.\n$/);
    expect(await bench.engine.listContainers()).toEqual([]);
  });

  it("asks again after anything else", async () => {
    const { code, stdout } = await bench.fleet("apply", answering("yep\n", "n\n"));
    expect(code).toBe(1);
    expect(stdout).toContain("Please answer y or n. [y/N] ");
  });

  it("exits with 130 on Ctrl-C at the question", async () => {
    expect((await bench.fleet("apply", answering("\u0003"))).code).toBe(130);
    expect(await bench.engine.listContainers()).toEqual([]);
  });

  it("draws what is under way, and leaves only the record", async () => {
    const { stdout } = await bench.fleet("apply --yes", { terminal: true, env: { NO_COLOR: "1" } });
    expect(stdout).toContain("  ⠋ 0 of 2 done");
    expect(stdout).toMatch(/ {2}⠋ db {3}create container demo-db {3}0.00s/);
    expect(screenAfter(stdout)).toBe(creation + record);
  });
});

describe("fleet apply of a fleet with work inside", () => {
  const other = twoInstances.replace("worker: { image", "worker: { tty: true, image").replace(", dependsOn: [db]", "");
  const hint = "hint: fleet apply again once it has ended, or with --force to cut it";

  beforeEach(async () => {
    await bench.fleet("apply --yes");
    bench.write("fleet.yaml", other);
  });

  it("leaves it alone and says so, and does the rest; the next one finds it ended", async () => {
    const exec = bench.engine.startExec("demo-web");
    const { id } = await bench.engine.inspectContainer("demo-web");
    const { code, stdout } = await bench.fleet("apply --yes");
    expect(code).toBe(4);
    expect(stdout).toContain("  ± web  replace   differs  deferred: 1 running exec inside\n");
    expect(stdout).toContain("Plan: 2 to replace (1 deferred).");
    expect(stdout).toMatch(/ {2}✗ web {2}blocked {5}1 running exec inside\n/);
    expect(stdout).toContain(`${hint}\n\nApplied: 1 replaced, 1 blocked in 0.00s.\n`);
    expect(await bench.engine.listExecs(id)).toHaveLength(1);
    bench.engine.endExec("demo-web", exec);
    const next = await bench.fleet("apply --yes");
    expect([next.code, next.stdout.includes("Applied: 1 replaced, 1 unchanged in 0.00s.\n")]).toEqual([0, true]);
  });

  it("is about the holders of leases too, as the journal has them", async () => {
    await bench.lease("web", "task-4711");
    const { code, stdout } = await bench.fleet("apply --yes -o json");
    expect(code).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({
      outcomes: [
        { instance: "db", result: "changed" },
        { instance: "web", result: "blocked", message: "1 task inside (task-4711, 3m)" },
      ],
    });
  });

  it("cuts it with --force, and says so before it asks", async () => {
    bench.engine.startExec("demo-web");
    await bench.lease("db", "task-4711");
    const { code, stdout } = await bench.fleet("apply --force", answering("y\n"));
    expect(code).toBe(0);
    expect(stdout).toMatch(
      / {2}± web {2}replace {3}differs {2}cuts: 1 running exec inside\n[\s\S]*Apply these changes\?/,
    );
    expect(stdout).toContain("Plan: 2 to replace.");
    expect(stdout).toContain("Applied: 2 replaced in");
  });

  it("applies to the basis of a plan, whoever is inside meanwhile", async () => {
    const { basis } = JSON.parse((await bench.fleet("plan -o json")).stdout);
    bench.engine.startExec("demo-web");
    expect((await bench.fleet(`apply --yes --basis ${basis}`)).code).toBe(4);
  });
});
