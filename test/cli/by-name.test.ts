import { EventEmitter } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../support/world.ts";
import { note, type Outcome, Workbench } from "./command.ts";

const file = `
apiVersion: fleet/v1
kind: Fleet
metadata: { name: demo }
spec:
  policy: { resync: 1s }
  templates:
    worker:
      image: "app:\${REVISION}"
      env: { TOKEN: { secret: FORGE_TOKEN } }
  instances:
    - { name: web, template: worker, dependsOn: [db] }
    - { name: db, template: worker }
`;
const env = { REVISION: "1", FORGE_TOKEN: "t0ken" };

let bench: Workbench;
let signals: EventEmitter;
let loop: Promise<Outcome> | undefined;
beforeEach(() => {
  bench = new Workbench().write("fleet.yaml", file);
  signals = new EventEmitter();
  loop = undefined;
});
afterEach(async () => {
  signals.emit("SIGTERM");
  await loop;
  bench.remove();
});

/** A fleet run that has brought it up. */
async function running(): Promise<void> {
  loop = bench.fleet("run --log-level error", { env, signals });
  await eventually(async () => {
    const { stdout } = await bench.fleet("status", { env });
    return stdout.includes("2 instances: 2 ready, 2 in sync.") ? true : undefined;
  });
}

/** Broken so that the name can be read, and seen to be so by fleet run. */
async function breakFile(): Promise<void> {
  bench.write("fleet.yaml", `${file}bad: 1\n`);
  await eventually(async () =>
    (await bench.fleet("status --fleet demo")).stdout.includes("follows the last good fleet file") ? true : undefined,
  );
}

const steady = (text: string): string => text.replaceAll(/ \ds /g, " 0s ");

describe("a fleet file that no longer holds, while fleet run goes on", () => {
  it("is an error that names --fleet, and what is not set here stays out of it", async () => {
    bench.write("fleet.yaml", `${file}bad: 1\n`);
    for (const command of ["status", "explain web", "events", "suspend web", "resume", "destroy --yes"]) {
      const { code, stderr } = await bench.fleet(command);
      expect({ command, code, stderr: stderr.replace(note, "") }).toEqual({
        command,
        code: 1,
        stderr: expect.stringMatching(
          /^error\[UnknownKey\][\s\S]*\n1 error\nhint: --fleet demo does without the file\n$/,
        ),
      });
    }
    bench.write("fleet.yaml", "metadata: { name: [demo");
    expect((await bench.fleet("events")).stderr).toMatch(/\nhint: --fleet NAME does without the file\n$/);
    rmSync(join(bench.folder, "fleet.yaml"));
    expect((await bench.fleet("events")).stderr).toBe(
      "error: there is no file fleet.yaml in /bench\nhint: name the fleet file with -f FILE; --fleet NAME does without the file\n",
    );
  });

  it("blinds nobody: fleet run says how the fleet is", async () => {
    await running();
    await breakFile();
    const { code, stdout, stderr } = await bench.fleet("status --fleet demo");
    expect({ code, stdout: steady(stdout), stderr }).toEqual({
      code: 0,
      stdout: `Fleet demo on memory:/bench/state.json (engine memory)

NAME  STATE    SINCE  READY  SYNCED  IMAGE  REASON
db    running  0s     yes    yes     app:1
web   running  0s     yes    yes     app:1

2 instances: 2 ready, 2 in sync.

held: fleet run follows the last good fleet file: fleet.yaml:14:1: nothing is called \`bad\` here
`,
      stderr: note,
    });
    const explained = (await bench.fleet("explain web --fleet demo")).stdout;
    expect(explained).toMatch(/, as fleet run sees it\n\nshould be {3}not known: the fleet file was not read\n/);
    expect(explained).toMatch(/\ncomes next {2}nothing, while it stays as it is\n$/);
    expect((await bench.fleet("--fleet demo events db")).stdout).toMatch(/ db {3}Settled +running\n$/);
  });

  it("keeps nobody from holding an instance, and from letting it go", async () => {
    await running();
    await breakFile();
    expect((await bench.fleet("suspend web --fleet demo")).stdout).toMatch(
      /^web is suspended .*\nfleet run does nothing/,
    );
    expect((await bench.fleet("suspend wep --fleet demo")).stderr).toBe(
      "error: fleet demo has no instance wep\nhint: did you mean `web`?\n",
    );
    expect((await bench.fleet("status --fleet demo --target web")).stdout).toContain("\nheld: web is suspended");
    expect((await bench.fleet("resume web --fleet demo")).stdout).toMatch(/^web was suspended/);
    expect((await bench.fleet("resume --confirm --fleet demo")).stdout).toBe("Nothing holds the whole fleet.\n");
  });
});

describe("--fleet without a fleet run", () => {
  it("shows what runs by its labels, and says that nobody can tell what is in sync", async () => {
    await bench.fleet("apply --yes", { env });
    const { code, stdout, stderr } = await bench.fleet("status --fleet demo");
    expect({ code, stdout: steady(stdout), stderr }).toEqual({
      code: 0,
      stdout: `Fleet demo on memory:/bench/state.json (engine memory)

NAME  STATE    SINCE  READY  SYNCED  IMAGE  REASON
db    running  0s     yes    ?       app:1
web   running  0s     yes    ?       app:1

2 instances: 2 ready.
`,
      stderr: `${note}note: what is in sync cannot be told: the fleet file was not read\n`,
    });
    const report = JSON.parse((await bench.fleet("status --fleet demo -o json --target db")).stdout);
    expect(report.instances).toMatchObject([{ instance: "db", state: "running", ready: true, synced: null }]);
    expect(report).not.toHaveProperty("basis");
    expect(await bench.fleet("status --fleet demo --detailed-exitcode")).toMatchObject({ code: 1, stdout: "" });
    expect((await bench.fleet("explain web --fleet demo")).stdout).toMatch(
      /\nshould be {3}not known: .*\nis {10}running[\s\S]*\ndiffers {5}cannot be told: the fleet file was not read\ncomes next {2}not known\n$/,
    );
  });

  it("removes what carries the fleet's labels", async () => {
    await bench.fleet("apply --yes", { env });
    rmSync(join(bench.folder, "fleet.yaml"));
    expect(await bench.fleet("destroy --fleet demo --yes --target db")).toMatchObject({ code: 0 });
    expect((await bench.engine.listContainers()).map(({ name }) => name)).toEqual(["demo-web"]);
    expect(await bench.fleet("destroy --fleet demo --yes")).toMatchObject({ code: 0 });
    expect(await bench.engine.listContainers()).toEqual([]);
  });

  it("is refused for a fleet that nothing speaks of, and beside a file", async () => {
    await bench.fleet("run --once --log-level error", { env });
    for (const command of ["status", "events", "suspend web", "resume"]) {
      expect((await bench.fleet(`${command} --fleet dmo`)).stderr.replace(note, "")).toBe(
        "error: no fleet dmo keeps its state in /bench/state.json.state\nhint: did you mean `demo`?\n",
      );
    }
    expect((await bench.fleet("-f fleet.yaml status --fleet demo")).stderr).toMatch(
      /^error: --fleet and --file exclude/,
    );
    expect((await bench.fleet("status --fleet ../demo")).stderr.replace(note, "")).toMatch(
      /^error: no fleet can be called "\.\.\/demo"\nhint: expected a name of /,
    );
  });
});

describe("what is not set in this shell", () => {
  it("keeps status from telling what is in sync, and nothing else", async () => {
    await bench.fleet("apply --yes", { env });
    bench.engine.remove("demo-web");
    const { code, stdout, stderr } = await bench.fleet("status");
    expect({ code, stdout: steady(stdout), stderr }).toEqual({
      code: 0,
      stdout: `Fleet demo on memory:/bench/state.json (engine memory)

NAME  STATE    SINCE  READY  SYNCED  IMAGE  REASON
db    running  0s     yes    ?       app:1
web   missing         no     ?

2 instances: 1 ready.
`,
      stderr: `${note}note: what is in sync cannot be told: the variable REVISION is not set\n`,
    });
    expect((await bench.fleet("status --detailed-exitcode")).stderr.replace(note, "")).toBe(
      "error: whether anything differs cannot be told: the variable REVISION is not set\nhint: --detailed-exitcode needs the fleet file and all that it refers to\n",
    );
    expect((await bench.fleet("plan")).stderr).toContain("error[VariableUnset]: the variable REVISION is not set");
  });

  it("is not missed by destroy, which keeps the order of the file", async () => {
    await bench.fleet("apply --yes", { env });
    const { code, stdout } = await bench.fleet("destroy --yes");
    expect(code).toBe(0);
    expect(stdout).toMatch(/ - web +remove[\s\S]* - db +remove/);
    expect(await bench.engine.listContainers()).toEqual([]);
  });
});
