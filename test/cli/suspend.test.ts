import { hostname } from "node:os";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { note, twoInstances, Workbench } from "./command.ts";

let bench: Workbench;
beforeEach(() => {
  bench = new Workbench().write("fleet.yaml", twoInstances);
});
afterEach(() => bench.remove());

const by = `alice@${hostname()}`;
/** Times of day, and the date in the small hours. */
const steady = (text: string): string => text.replaceAll(/(\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d/g, "TIME");

describe("fleet suspend and resume", () => {
  it("write down who holds what, without a running fleet run", async () => {
    const { code, stdout, stderr } = await bench.fleet("suspend web --for 1h --reason leak");
    expect({ code, stdout: steady(stdout), stderr }).toEqual({
      code: 0,
      stdout: `web is suspended until TIME by ${by}: leak.
No fleet run keeps its state in /bench/state.json.state/demo: one that begins there will do nothing to it.
`,
      stderr: "",
    });
    for (const command of ["status", "plan"]) {
      const shown = await bench.fleet(command);
      expect(steady(shown.stdout)).toContain(
        `\n\nheld: web is suspended until TIME by ${by}: leak; fleet resume web ends it\n`,
      );
    }
    expect(steady((await bench.fleet("resume web")).stdout)).toBe(
      `web was suspended until TIME by ${by}: leak; fleet run may mend it again.\n`,
    );
    expect((await bench.fleet("resume web")).stdout).toBe("web is not suspended.\n");
    expect((await bench.fleet("status")).stdout).not.toContain("held");
  });

  it("end all suspensions when no name is given, and none with --confirm alone", async () => {
    await bench.fleet("suspend web");
    await bench.fleet("suspend db");
    expect((await bench.fleet("resume --confirm")).stdout).toBe("Nothing holds the whole fleet.\n");
    expect(JSON.parse((await bench.fleet("resume -o json")).stdout)).toEqual({
      schema: "fleet.resumed/v1",
      fleet: "demo",
      resumed: ["db", "web"],
    });
    expect((await bench.fleet("resume")).stdout).toBe("Nothing is suspended.\n");
  });

  it("say so in one JSON document, and status has it too", async () => {
    const suspension = { since: expect.any(Number), reason: "no reason given", by };
    expect(JSON.parse((await bench.fleet("suspend web -o json")).stdout)).toEqual({
      schema: "fleet.suspended/v1",
      fleet: "demo",
      instance: "web",
      ...suspension,
      running: false,
    });
    const { suspensions } = JSON.parse((await bench.fleet("status -o json")).stdout);
    expect(suspensions).toEqual({ web: suspension });
  });

  it("need a place for it", async () => {
    expect(await bench.run(["suspend", "web", "--host", "memory:"])).toEqual({
      code: 1,
      stdout: "",
      stderr:
        "error: a memory engine without a file keeps no state\nhint: name a file, as in --host memory:/tmp/fleet.json\n",
    });
  });
});

describe("fleet run --once", () => {
  it("brings the fleet to its spec, and events and explain tell of it afterwards", async () => {
    const ran = await bench.fleet("run --once --log-level error");
    expect({ ...ran, stdout: ran.stdout.replaceAll(/ \ds /g, " 0s ") }).toEqual({
      code: 0,
      stdout: `Fleet demo on memory:/bench/state.json (engine memory)

NAME  STATE    SINCE  READY  SYNCED  IMAGE  REASON
db    running  0s     yes    yes     app:1
web   running  0s     yes    yes     app:1

2 instances: 2 ready, 2 in sync.
`,
      stderr: note,
    });
    const { stdout } = await bench.fleet("events db");
    expect(steady(stdout)).toBe(`\
TIME  db   ActionStarted            create container demo-db
TIME  db   ActionDone               create container demo-db  0.00s
TIME  db   ActionStarted            start demo-db
TIME  db   ActionDone               start demo-db  0.00s
TIME  db   Settled                  running
`);
    bench.engine.remove("demo-web");
    const explained = await bench.fleet("explain web");
    expect(steady(explained.stdout)).toBe(`\
web of fleet demo on memory:/bench/state.json, by a look at the engine; no fleet run answers

should be   hot, container demo-web, image app:1, after db
is          missing
differs     to do: create container demo-web (ContainerMissing)
            to do: start demo-web (ContainerMissing)
was done    TIME  start demo-web in 0.00s (ContainerMissing)
comes next  nothing by itself: fleet apply --target web, or fleet run
`);
    expect(JSON.parse((await bench.fleet("explain web -o json")).stdout)).toMatchObject({
      schema: "fleet.explain/v1",
      instance: "web",
      source: "look",
      desired: { container: "demo-web", image: "app:1", lifecycle: "hot", dependsOn: ["db"] },
      seen: { state: "missing", remedy: "create" },
      last: { action: { kind: "startContainer" } },
    });
  });

  it("leaves what holds the whole fleet to the next, and every command says so, until that is confirmed", async () => {
    const run = (more = "") => bench.fleet(`run --once --log-level error${more}`);
    await run();
    bench.engine.remove("demo-db");
    bench.engine.remove("demo-web");
    expect((await run(" --timeout 1s")).code).toBe(3);
    expect((await bench.fleet("apply --yes --target db")).code).toBe(0);
    expect((await run(" --timeout 1s")).code).toBe(3);
    const message = "2 of 2 containers vanished at once: db, web";
    for (const command of ["status", "plan"]) {
      const { stdout } = await bench.fleet(command);
      expect(stdout).toContain(`\nheld: the whole fleet: ${message}; fleet resume --confirm goes on all the same\n`);
    }
    const { hold } = JSON.parse((await bench.fleet("explain web -o json")).stdout);
    expect(hold).toMatchObject({ kind: "Breaker", message });
    expect((await bench.fleet("explain web")).stdout).toContain("comes next  nothing, until it is let go");
    expect((await bench.fleet("resume --confirm")).stdout).toBe(`Goes on, although ${message}.\n`);
    expect((await bench.fleet("resume --confirm")).stdout).toBe("Nothing holds the whole fleet.\n");
    expect((await bench.fleet("status")).stdout).not.toContain("held");
    expect((await run()).code).toBe(0);
  });

  it("is held no more once nothing of what was held is left", async () => {
    const run = (more = "") => bench.fleet(`run --once --log-level error${more}`);
    await run();
    bench.engine.remove("demo-db");
    bench.engine.remove("demo-web");
    expect((await run(" --timeout 1s")).code).toBe(3);
    await bench.fleet("apply --yes");
    await bench.fleet("destroy --yes");
    expect((await bench.fleet("status")).stdout).not.toContain("held");
    expect((await run()).code).toBe(0);
  });

  it("leaves a suspended instance alone, and exits with 3 for it", async () => {
    await bench.fleet("suspend web");
    const { code, stdout } = await bench.fleet("run --once --log-level error");
    expect({ code, last: stdout.trimEnd().split("\n").at(-1) }).toEqual({
      code: 3,
      last: "2 instances: 1 ready, 1 in sync.",
    });
  });

  it("writes a line of JSON for each event, and the status last", async () => {
    const { stdout } = await bench.fleet("run --once -o json");
    const documents = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(documents[0]).toMatchObject({ type: "Normal", reason: "LoopStarted", message: "keeps 2 instances", seq: 2 });
    expect(documents.find(({ reason }) => reason === "Settled")).toMatchObject({ instance: "db" });
    expect(documents.findLast(({ schema }) => schema !== undefined)).toMatchObject({ schema: "fleet.status/v1" });
    const entries = (await bench.fleet("events -o json")).stdout.trimEnd().split("\n");
    expect(entries.map((line) => JSON.parse(line).event.reason).at(0)).toBe("LoopStarted");
  });
});

describe("fleet systemd", () => {
  it("prints a unit with absolute paths and the engine of this shell", async () => {
    const { code, stdout } = await bench.run(["systemd", "--user"], { env: { DOCKER_HOST: "unix:///d.sock" } });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^# Save it as ~\/\.config\/systemd\/user\/fleet-demo\.service, then:\n/);
    expect(stdout).toContain(
      "\nExecStart=/usr/bin/node /usr/lib/node_modules/@fleet/cli/dist/fleet.cjs run --file /bench/fleet.yaml\n",
    );
    expect(stdout).toContain("\nEnvironment=DOCKER_HOST=unix:///d.sock\n");
    const chosen = await bench.run(["systemd", "--system", "--host", "ssh://me@box"], { env: { DOCKER_HOST: "x" } });
    expect(chosen.stdout).toContain(" --file /bench/fleet.yaml --host ssh://me@box\n");
    expect(chosen.stdout).not.toContain("DOCKER_HOST");
  });
});
