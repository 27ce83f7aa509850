/**
 * Every test, with all set-up: packages, build, private Docker engines, lint, then the suites. Arguments go to vitest
 * (`npm test -- packages/core` runs what matches). Ends with one line that counts the tests.
 */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { canRunEngine, engineStatus, startEngine, stopEngine } from "./lib/engine.mjs";
import { build, install, root, run, step } from "./lib/steps.mjs";

const filters = process.argv.slice(2);

await install();
await build();
await step("check types of tests", "npx", ["tsc", "-p", "tsconfig.test.json"]);
await step("lint and format", "npx", ["biome", "check", "."]);
await step("check the generated pages", "node", ["scripts/docs/write.mjs", "--check"]);

const running = new Set((await engineStatus()).filter((engine) => engine.answers).map((engine) => engine.version));
const engines = await startEngines();
const code = await runSuites(engines);
for (const { version } of engines) if (!running.has(version)) await stopEngine(version);
process.exit(code);

/** Those that this machine can run. */
async function startEngines() {
  const obstacle = canRunEngine();
  if (obstacle !== null) {
    console.error(`· real engines are left out: ${obstacle}`);
    return [];
  }
  const started = [];
  for (const version of /** @type {const} */ (["20.10", "26", "28"])) {
    try {
      const { host } = await startEngine({ version, registry: true, onProgress: (line) => console.error(`  ${line}`) });
      started.push({ version, host });
      console.error(`· Docker ${version} at ${host}`);
    } catch (error) {
      // 28 comes from a suite that moves: where it is not to be had, the other two still are.
      if (version !== "28") throw error;
      console.error(`· Docker 28 is left out: ${/** @type {Error} */ (error).message}`);
    }
  }
  return started;
}

/** @param {readonly { version: string, host: string }[]} engines */
async function runSuites(engines) {
  const report = join(root, "test-results.json");
  rmSync(report, { force: true });
  const projects = engines.length > 0 ? [] : ["--project", "unit"];
  const code = await run(
    "npx",
    ["vitest", "run", ...projects, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...filters],
    {
      env: { FLEET_ENGINES: JSON.stringify(Object.fromEntries(engines.map(({ version, host }) => [version, host]))) },
    },
  );
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, "utf8"));
  rmSync(report, { force: true });
  console.log(`${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`);
  return code;
}
