import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { realEngines } from "../support/engines.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const bin = (name: string): string => join(root, "node_modules/.bin", name);
const packages = ["core", "runner", "cli"] as const;
const runtimes = [
  ["node", process.execPath],
  // Not the wrapper in .bin, which adds what this workspace has installed.
  ["bun", join(root, "node_modules/bun/bin/bun.exe")],
] as const;
/** Finds no more than what is installed where it runs: without NODE_PATH, which whoever runs the tests may have set. */
const start = (command: string, cwd: string, script: string, ...words: readonly string[]): unknown =>
  JSON.parse(
    execFileSync(command, [join(cwd, script), ...words], { cwd, encoding: "utf8", env: { PATH: process.env.PATH } }),
  );
/** Dependencies of the runner that only its entries `./http` and `./metrics` need. */
const apart = ["hono", "@hono", "prom-client"];

let folder = "";
/** The same installation without {@link apart}. */
let bare = "";
/** Core, and nothing that it depends on. */
let alone = "";
const tarball = (name: string): string => join(folder, `fleet-${name}-0.1.0.tgz`);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fleet-packed-"));
  for (const name of packages) {
    execFileSync("npx", ["--yes", "pnpm@10.34.8", "pack", "--pack-destination", folder], {
      cwd: join(root, "packages", name),
      stdio: "pipe",
    });
  }
  const dependencies = Object.fromEntries(packages.map((name) => [`@fleet/${name}`, `file:${tarball(name)}`]));
  // One copy of core for all: what the packages name by version comes from the tarballs.
  const manifest = { private: true, type: "module", dependencies, overrides: dependencies };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: folder, stdio: "pipe" });
  for (const script of ["scenario.mjs", "embed.mjs", "entries.mjs"]) {
    copyFileSync(join(root, "test/packed", script), join(folder, script));
  }
  bare = mkdtempSync(join(tmpdir(), "fleet-packed-bare-"));
  const gone = new Set(apart.map((name) => join(folder, "node_modules", name)));
  cpSync(folder, bare, { recursive: true, filter: (path) => !gone.has(path) });
  alone = mkdtempSync(join(tmpdir(), "fleet-packed-alone-"));
  for (const path of ["entries.mjs", "node_modules/@fleet/core"]) {
    cpSync(join(folder, path), join(alone, path), { recursive: true });
  }
}, 180_000);

afterAll(() => {
  for (const path of [folder, bare, alone]) rmSync(path, { recursive: true, force: true });
});

describe.each(packages)("the package %s", (name) => {
  test("has nothing that publint would object to", () => {
    expect(execFileSync(bin("publint"), [tarball(name), "--strict"], { encoding: "utf8" })).toContain("All good!");
  });

  test("holds its licence and readme, and neither tests nor sources", () => {
    const files = readdirSync(join(folder, "node_modules/@fleet", name), { recursive: true }) as string[];
    expect(files).toEqual(expect.arrayContaining(["LICENSE", "README.md", "package.json"]));
    expect(files.filter((file) => /\.test\.|(?<!\.d)\.ts$|tsbuildinfo/.test(file))).toEqual([]);
  });
});

test.each([
  ["core", [".", "./testing"]],
  ["runner", [".", "./http", "./metrics"]],
])("the types of %s resolve for every importer of ES modules", (name, entries) => {
  const output = execFileSync(bin("attw"), [tarball(name), "--profile", "esm-only", "--format", "json"], {
    encoding: "utf8",
  });
  const { entrypoints, problems }: { entrypoints: object; problems: { resolutionKind?: string; kind: string }[] } =
    JSON.parse(output).analysis;
  expect(Object.keys(entrypoints)).toEqual([...entries, "./package.json"]);
  // What only CommonJS and the resolution of before Node 12 would meet is not promised.
  expect(problems.filter(({ resolutionKind = "" }) => !["node10", "node16-cjs"].includes(resolutionKind))).toEqual([]);
});

test.each([
  ["core", "index"],
  ["core", "testing"],
  ["runner", "index"],
  ["runner", "http"],
  ["runner", "metrics"],
])("no type of a dependency crosses the public surface of %s/%s", (name, entry) => {
  const dist = join(folder, "node_modules/@fleet", name, "dist");
  const reached = reachable(join(dist, `${entry}.d.ts`));
  const foreign = [...reached].filter((file) =>
    /(from |import\()"(dockerode|xstate|zod|yaml|hono|@hono|prom-client)/.test(readFileSync(file, "utf8")),
  );
  expect(foreign.map((file) => file.slice(dist.length))).toEqual([]);
});

test.each(["core", "runner"])("no declaration in %s knows of dockerode", (name) => {
  const dist = join(folder, "node_modules/@fleet", name, "dist");
  const files = (readdirSync(dist, { recursive: true }) as string[]).filter((file) => file.endsWith(".d.ts"));
  expect(files).toContain("index.d.ts");
  expect(files.filter((file) => /dockerode/i.test(readFileSync(join(dist, file), "utf8")))).toEqual([]);
});

describe.each(runtimes)("under %s", (_runtime, command) => {
  const all = {
    "@fleet/core": "loads",
    "@fleet/core/testing": "loads",
    "@fleet/runner": "loads",
    "@fleet/runner/http": "loads",
    "@fleet/runner/metrics": "loads",
  };

  test("every entry loads", () => {
    expect(start(command, folder, "entries.mjs")).toEqual(all);
  });

  test("what only the interfaces need is loaded by them alone", () => {
    expect(start(command, bare, "entries.mjs")).toEqual({
      ...all,
      "@fleet/runner/http": expect.stringMatching(/^Cannot find (package|module) '@?hono/),
      "@fleet/runner/metrics": expect.stringMatching(/^Cannot find (package|module) 'prom-client'$/),
    });
  });

  test("what tests are written with needs no client of an engine, nor anything else", () => {
    expect(start(command, alone, "entries.mjs")).toMatchObject({
      "@fleet/core": expect.stringMatching(/^Cannot find (package|module) '(dockerode|xstate|yaml|zod)/),
      "@fleet/core/testing": "loads",
    });
  });
});

test("what tests are written with has no way to a real engine", () => {
  const dist = join(folder, "node_modules/@fleet/core/dist");
  const reached = reachable(join(dist, "testing.js"), ".js");
  expect(reached).toContain(join(dist, "engine/memory.js"));
  const open = [...reached].filter((file) =>
    /"node:(net|http|https|http2|tls|dgram|child_process)"/.test(readFileSync(file, "utf8")),
  );
  expect(open.map((file) => file.slice(dist.length))).toEqual([]);
});

test.each(runtimes)(
  "a program that embeds the packages needs no more, keeps its fleet, and ends, under %s",
  (runtime, command) => {
    const state = mkdtempSync(join(bare, "state-"));
    expect(start(command, bare, "embed.mjs", state)).toEqual({
      runtime,
      settled: ["hot settled running", "lazy settled idle"],
      acquired: "packed-lazy",
      refused: "WorkingDirMissing",
      pick: "hot",
      rotated: ["hot settled running", "lazy deferred running"],
      released: ["hot settled running", "lazy settled running"],
      vanished: "ContainerVanished",
      healed: ["hot settled running", "lazy settled running"],
      replaced: ["hot", "hot", "lazy"],
      diagnosis: "KilledWithContainer",
      shown: false,
      stopped: true,
    });
  },
);

describe.each(realEngines())("on Docker $version", ({ host }) => {
  test.each(runtimes)("the installed packages plan, apply and heal under %s", (runtime, command) => {
    const scratch = join(folder, `scratch-${runtime}`);
    mkdirSync(scratch, { recursive: true });
    const found = start(command, folder, "scenario.mjs", host, scratch);
    rmSync(scratch, { recursive: true });
    expect(found).toEqual({
      runtime,
      first: ["pending", "pending"],
      applied: ["changed", "changed"],
      afterApply: ["inSync", "inSync"],
      owner: 1000,
      broken: [
        ["one", "host", ["OwnershipWrong"]],
        ["two", "create", ["ContainerMissing"]],
      ],
      healed: ["changed", "changed"],
      ownerAfter: 1000,
      atLast: ["inSync", "inSync"],
      left: 0,
    });
  });
});

test("the installed command runs under node and bun", () => {
  const fleet = join(folder, "node_modules/@fleet/cli/dist/fleet.cjs");
  for (const [, command] of runtimes) {
    expect(execFileSync(command, [fleet, "--version"], { encoding: "utf8" })).toMatch(/^0\.1\.0\n$/);
  }
});

/** The files that one reaches through relative imports, and itself. */
function reachable(file: string, extension = ".d.ts", seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, path] of readFileSync(file, "utf8").matchAll(/(?:from|import\() ?"(\.[^"]+)"/g)) {
    reachable(join(dirname(file), (path ?? "").replace(/\.(js|ts)$/, extension)), extension, seen);
  }
  return seen;
}
