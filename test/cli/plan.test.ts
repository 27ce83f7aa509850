import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { note, twoInstances, Workbench } from "./command.ts";

let bench: Workbench;
beforeEach(() => {
  bench = new Workbench().write("fleet.yaml", twoInstances);
});
afterEach(() => bench.remove());

const head = "Fleet demo on memory:/bench/state.json (engine memory)\n\n";
const colorCode = "\u001b";

describe("fleet plan", () => {
  it("shows what would change, and changes nothing", async () => {
    expect(await bench.fleet("plan")).toEqual({
      code: 0,
      stdout: `${head}\
  + db   create    missing
  + web  create    missing

Plan: 2 to create.  basis 000000000000
`,
      stderr: note,
    });
    expect(await bench.engine.listContainers()).toEqual([]);
  });

  it("takes the shared options before the command too, and the nearer one wins", async () => {
    bench.write("other.yaml", twoInstances.replace("name: demo", "name: other"));
    const before = await bench.run(["-f", "other.yaml", "--host", bench.address, "-o", "json", "plan"]);
    expect(JSON.parse(before.stdout)).toMatchObject({ fleet: "other" });
    const both = await bench.run([
      "-f",
      "other.yaml",
      "plan",
      "-f",
      "fleet.yaml",
      "--host",
      bench.address,
      "-o",
      "json",
    ]);
    expect(JSON.parse(both.stdout)).toMatchObject({ fleet: "demo" });
  });

  it("reads the fleet file from stdin", async () => {
    const { code, stdout } = await bench.fleet("plan -f -", {
      stdin: twoInstances.replace("name: demo", "name: piped"),
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Fleet piped on /);
  });

  it("is about the targets alone, and knows no others", async () => {
    const { stdout } = await bench.fleet("plan --target db");
    expect(stdout).toBe(`${head}  + db  create    missing\n\nPlan: 1 to create.  basis 000000000000\n`);
    expect(await bench.fleet("plan --target wbe")).toEqual({
      code: 1,
      stdout: "",
      stderr: `${note}error: fleet demo has no instance wbe\nhint: did you mean \`web\`?\n`,
    });
    expect((await bench.fleet("plan --target x")).stderr).toBe(
      `${note}error: fleet demo has no instance x\nhint: its instances are db, web\n`,
    );
  });

  it("writes the plan as one JSON document", async () => {
    const { code, stdout, stderr } = await bench.fleet("plan -o json --target db");
    expect({ code, stderr }).toEqual({ code: 0, stderr: note });
    expect(JSON.parse(stdout)).toMatchObject({
      schema: "fleet.plan/v1",
      fleet: "demo",
      engine: { address: "memory:/bench/state.json" },
      instances: [{ instance: "db", container: "demo-db", verdict: "pending", remedy: "create" }],
      summary: { create: 1, inSync: 0 },
    });
  });

  it("shows no secret, whatever the command and the output", async () => {
    const secret = twoInstances.replace("sleep, infinity]", "sleep, infinity], env: { TOKEN: { secret: TOKEN } }");
    bench.write("fleet.yaml", secret);
    const outputs: string[] = [];
    const run = async (args: string, TOKEN: string): Promise<string> => {
      const { stdout, stderr } = await bench.fleet(args, { env: { TOKEN } });
      outputs.push(stdout, stderr);
      return stdout;
    };
    await run("plan -o json", "hunter2");
    await run("apply --yes -o json", "hunter2");
    expect(await run("plan", "correct-horse")).toContain("env.TOKEN  ‹secret› → ‹secret›");
    for (const args of ["plan -o json", "status", "status -o json", "apply --yes", "destroy --yes -o json"]) {
      await run(args, "correct-horse");
    }
    expect(outputs.filter((text) => /hunter2|correct-horse/.test(text))).toEqual([]);
  });
});

describe("fleet plan of a fleet with work inside", () => {
  it("shows who is inside of what would be cut, and asks about nothing else", async () => {
    await bench.fleet("apply --yes");
    bench.engine.startExec("demo-web");
    bench.engine.startExec("demo-db");
    expect((await bench.fleet("plan")).stdout).toBe(`${head}Plan: 2 in sync.  basis 000000000000\n`);
    bench.write("fleet.yaml", twoInstances.replace("web, template: worker", "web, template: worker, tty: true"));
    expect((await bench.fleet("plan")).stdout).toBe(`${head}\
  ± web  replace   differs  deferred: 1 running exec inside
      tty  false → true  added to the spec

Plan: 1 to replace (deferred), 1 in sync.  basis 000000000000
`);
    const { code, stdout } = await bench.fleet("plan -o json --detailed-exitcode");
    expect(code).toBe(2);
    const { instances } = JSON.parse(stdout);
    expect(instances).toMatchObject([{ verdict: "inSync" }, { verdict: "pending" }]);
    expect(instances.map(({ busy }: { readonly busy: unknown }) => busy)).toEqual([
      undefined,
      { message: "1 running exec inside" },
    ]);
  });

  it("shows the holders of leases, as the journal has them", async () => {
    await bench.fleet("apply --yes");
    await bench.lease("web", "task-4711");
    bench.write("fleet.yaml", twoInstances.replace("web, template: worker", "web, template: worker, tty: true"));
    const { stdout } = await bench.fleet("plan");
    expect(stdout).toContain("  ± web  replace   differs  deferred: 1 task inside (task-4711, 3m)\n");
  });
});

describe("fleet plan --detailed-exitcode", () => {
  it("exits with 2 when changes are pending, 3 when something is blocked, 0 in sync", async () => {
    expect((await bench.fleet("plan --detailed-exitcode")).code).toBe(2);
    await bench.fleet("apply --yes");
    expect((await bench.fleet("plan --detailed-exitcode")).code).toBe(0);
    bench.engine.remove("demo-web");
    bench.engine.addContainer("demo-web", { image: "other:1" });
    expect((await bench.fleet("plan --detailed-exitcode")).code).toBe(3);
  });

  it("counts an orphan that is left alone as in sync", async () => {
    await bench.fleet("apply --yes");
    bench.write("fleet.yaml", twoInstances.replace(/.*name: web.*\n/, ""));
    expect((await bench.fleet("plan --detailed-exitcode")).code).toBe(0);
  });
});

describe("colours", () => {
  const colored = async (args: string, env: Readonly<Record<string, string>>, terminal: boolean): Promise<boolean> =>
    (await bench.fleet(args, { env, terminal })).stdout.includes(colorCode);

  it.each([
    ["a terminal", "plan", {}, true, true],
    ["a pipe", "plan", {}, false, false],
    ["NO_COLOR on a terminal", "plan", { NO_COLOR: "1" }, true, false],
    ["an empty NO_COLOR", "plan", { NO_COLOR: "" }, true, true],
    ["FORCE_COLOR in a pipe", "plan", { FORCE_COLOR: "1" }, false, true],
    ["FORCE_COLOR=0 on a terminal", "plan", { FORCE_COLOR: "0" }, true, false],
    ["NO_COLOR and FORCE_COLOR", "plan", { NO_COLOR: "1", FORCE_COLOR: "1" }, true, false],
    ["--no-color on a terminal", "plan --no-color", {}, true, false],
    ["--no-color and FORCE_COLOR", "plan --no-color", { FORCE_COLOR: "1" }, true, false],
    ["a terminal that can do nothing", "plan", { TERM: "dumb" }, true, false],
    ["JSON on a terminal", "plan -o json", {}, true, false],
  ] as const)("%s", async (_name, args, env, terminal, expected) => {
    expect(await colored(args, env, terminal)).toBe(expected);
  });
});
