import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { realEngines } from "../support/engines.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const bin = (name: string): string => join(root, "node_modules/.bin", name);
const packages = ["core", "runner", "cli"] as const;

let folder = "";
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
  for (const script of ["scenario.mjs", "embed.mjs"]) {
    copyFileSync(join(root, "test/packed", script), join(folder, script));
  }
}, 180_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

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

test.each(["core", "runner"])("the types of %s resolve for every importer of ES modules", (name) => {
  const output = execFileSync(bin("attw"), [tarball(name), "--profile", "esm-only", "--format", "json"], {
    encoding: "utf8",
  });
  const problems: { resolutionKind?: string; kind: string }[] = JSON.parse(output).analysis.problems;
  // What only CommonJS and the resolution of before Node 12 would meet is not promised.
  expect(problems.filter(({ resolutionKind = "" }) => !["node10", "node16-cjs"].includes(resolutionKind))).toEqual([]);
});

test.each([
  ["core", "index"],
  ["core", "testing"],
  ["runner", "index"],
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

test.each([
  ["node", process.execPath],
  ["bun", bin("bun")],
])("a program that embeds the installed packages keeps its fleet, and ends, under %s", (runtime, command) => {
  const state = mkdtempSync(join(folder, "state-"));
  const output = execFileSync(command, [join(folder, "embed.mjs"), state], { cwd: folder, encoding: "utf8" });
  expect(JSON.parse(output)).toEqual({
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
});

describe.each(realEngines())("on Docker $version", ({ host }) => {
  test.each([
    ["node", process.execPath],
    ["bun", bin("bun")],
  ])("the installed packages plan, apply and heal under %s", (runtime, command) => {
    const scratch = join(folder, `scratch-${runtime}`);
    mkdirSync(scratch, { recursive: true });
    const output = execFileSync(command, [join(folder, "scenario.mjs"), host, scratch], {
      cwd: folder,
      encoding: "utf8",
    });
    rmSync(scratch, { recursive: true });
    expect(JSON.parse(output)).toEqual({
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
  for (const command of [process.execPath, bin("bun")]) {
    expect(execFileSync(command, [fleet, "--version"], { encoding: "utf8" })).toMatch(/^0\.1\.0\n$/);
  }
});

/** The declaration files that one exports from, through relative imports. */
function reachable(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, path] of readFileSync(file, "utf8").matchAll(/(?:from|import\() ?"(\.[^"]+)"/g)) {
    reachable(join(dirname(file), (path ?? "").replace(/\.(js|ts)$/, ".d.ts")), seen);
  }
  return seen;
}
