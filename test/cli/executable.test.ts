import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dockerEngine, type Engine, parseEndpoint } from "@fleet/core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type RealEngine, realEngines } from "../support/engines.ts";
import { type ChildOptions, type Ended, runExecutable } from "./executable.ts";
import { screenAfter } from "./screen.ts";

const folder = mkdtempSync(join(tmpdir(), "fleet-cli-"));
const file = join(folder, "fleet.yaml");
const name = `cli-${process.pid}`;
afterAll(() => rmSync(folder, { recursive: true }));

const write = (command = "[sleep, infinity]", web = ""): void =>
  writeFileSync(
    file,
    `
apiVersion: fleet/v1
kind: Fleet
metadata: { name: ${name} }
spec:
  templates:
    worker:
      image: fleet-test:1
      command: ${command}
      stop: { gracePeriod: 1s }
      networks: [${name}-net]
      mounts: [{ volume: ${name}-data, target: /data }]
  instances:
    - { name: web, template: worker, dependsOn: [db]${web} }
    - { name: db, template: worker }
`,
  );

const fleetOn =
  ({ host }: RealEngine) =>
  (argv: string, options: Partial<ChildOptions> = {}): Promise<Ended> =>
    runExecutable([...argv.split(" "), "-f", file], {
      cwd: folder,
      ...options,
      env: { DOCKER_HOST: host, ...options.env },
    });

describe("the code cache", () => {
  const cached = (home: string): string[] => {
    const codes = join(home, ".cache/fleet/code");
    return existsSync(codes) ? readdirSync(codes).map((entry) => join(codes, entry)) : [];
  };
  const schema = (home: string, env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
    runExecutable(["schema"], { cwd: home, env });

  it("is made by the first run, used by the next, and made anew when it is broken", async () => {
    const home = mkdtempSync(join(folder, "home-"));
    const first = await schema(home);
    const [path = "", ...others] = cached(home);
    expect([first.code, first.stderr, others]).toEqual([0, "", []]);
    const made = statSync(path);
    expect(await schema(home)).toEqual(first);
    expect(statSync(path).mtimeMs).toBe(made.mtimeMs);
    writeFileSync(path, "no code at all");
    expect(await schema(home)).toEqual(first);
    expect(statSync(path).size).toBeGreaterThan(100_000);
    expect(await schema(home)).toEqual(first);
  });

  it("is not made where it is not wanted, nor needed where it cannot be", async () => {
    const home = mkdtempSync(join(folder, "home-"));
    const told = await schema(home, { NODE_DISABLE_COMPILE_CACHE: "1" });
    expect([told.code, cached(home)]).toEqual([0, []]);
    writeFileSync(join(home, ".cache"), "a file");
    expect(await schema(home)).toEqual(told);
  });
});

describe.each(realEngines())("fleet on engine $version", (real) => {
  const fleet = fleetOn(real);
  let engine: Engine;
  beforeAll(() => {
    engine = dockerEngine(parseEndpoint(real.host));
  });
  afterAll(async () => {
    await fleet(`destroy --yes --volume ${name}-data`);
    await engine.close();
  });

  it("plans, applies, heals and destroys", async () => {
    write();
    expect((await fleet("plan --detailed-exitcode")).code).toBe(2);
    const applied = await fleet("apply --yes");
    expect({
      ...applied,
      stdout: applied.stdout
        .split("\n")
        .at(-2)
        ?.replace(/[\d.]+s\.$/, "0s."),
    }).toEqual({
      code: 0,
      stdout: "Applied: 2 created in 0s.",
      stderr: "",
    });
    expect(await fleet("plan --detailed-exitcode")).toMatchObject({ code: 0, stderr: "" });

    await engine.removeContainer(`${name}-db`, { force: true });
    expect((await fleet("status")).stdout).toMatch(/\ndb {4}missing {9}no {5}create\n/);
    expect(JSON.parse((await fleet("apply --yes -o json")).stdout)).toMatchObject({
      outcomes: [
        { instance: "db", result: "changed" },
        { instance: "web", result: "unchanged" },
      ],
    });

    const destroyed = await fleet("destroy --yes -o json");
    expect({ code: destroyed.code, document: JSON.parse(destroyed.stdout) }).toMatchObject({
      code: 0,
      document: { removed: { networks: [`${name}-net`], volumes: [] }, kept: { volumes: [`${name}-data`] } },
    });
    const left = [await engine.listContainers(), await engine.listNetworks(), await engine.listVolumes()].flat();
    expect(left.map((thing) => thing.name).filter((found) => found.startsWith(name))).toEqual([`${name}-data`]);
  });
});

describe("the executable", () => {
  const [real] = realEngines();
  if (real === undefined) throw new Error("there is no engine to run on");
  const fleet = fleetOn(real);
  afterEach(() => fleet(`destroy --yes --volume ${name}-data`));

  it("exits with 4 when one instance fails alone", async () => {
    write("[sleep, infinity]", ", command: [nosuchprogram]");
    const { code, stdout } = await fleet("apply --yes");
    expect(code).toBe(4);
    expect(stdout).toMatch(/\n {2}✗ web {2}start \S+ +[\d.]+s\n {9}failed: .*nosuchprogram/);
    expect(stdout).toMatch(
      /\n {2}✗ web {2}failed {6}.*nosuchprogram[\s\S]*\nApplied: 1 created, 1 failed in [\d.]+s\.\n$/,
    );
  });

  it("asks and shows progress on a terminal", async () => {
    write();
    let asked = false;
    const { code, stdout } = await fleet("apply", {
      terminal: true,
      env: { NO_COLOR: "1" },
      watch: (text, child) => {
        if (!asked && text.includes("[y/N]")) child.stdin?.write("y\r");
        asked ||= text.includes("[y/N]");
      },
    });
    expect(code).toBe(0);
    expect(stdout).toContain("  ⠋ 0 of 2 done");
    const screen = screenAfter(stdout);
    expect(screen).toMatch(
      /\n\nApply these changes\? \[y\/N\] y\n\n {2}✓ db {3}create volume [\s\S]*\nApplied: 2 created in [\d.]+s\.\n$/,
    );
    expect(screen).not.toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/);
  });

  it("finishes what is under way after SIGINT, and exits with 130", async () => {
    write();
    await fleet("apply --yes --target db");
    write('[sleep, "1000000"]');
    let sent = false;
    const { code, stdout } = await fleet("apply --yes --target db", {
      watch: (text, child) => {
        if (!sent && text.includes("✓ db  create container")) child.kill("SIGINT");
        sent ||= text.includes("✓ db  create container");
      },
    });
    expect(code).toBe(130);
    expect(stdout).toContain("\nStopping once what is under way has ended.");
    // A replacement under way is brought to its end.
    expect(stdout).toContain(`  ✓ db  remove ${name}-db`);
    expect((await fleet("plan --target db --detailed-exitcode")).code).toBe(0);
  });

  it("is silent when nobody reads its output any more", async () => {
    const ended = await runExecutable(["schema"], { cwd: folder, watch: (_text, child) => child.stdout?.destroy() });
    expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: "" });
  });

  it("names its version", async () => {
    expect(await runExecutable(["--version"], { cwd: folder })).toEqual({ code: 0, stdout: "0.1.0\n", stderr: "" });
  });
});
