// Writes docs/cli.md from the command's own help and exit codes, and the table of metrics in docs/run.md. With --check it
// only says whether the pages are current.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pastTheIndex } from "../../packages/cli/build/past-the-index.mjs";

const root = join(import.meta.dirname, "../..");
const cli = join(root, "packages/cli");
const page = join(root, "docs/cli.md");
const runPage = join(root, "docs/run.md");

/**
 * The command line's own modules, made loadable: they are TypeScript.
 *
 * @returns {Promise<typeof import("../../packages/cli/src/command-line.ts") & typeof import("../../packages/cli/src/commands.ts") & typeof import("../../packages/cli/src/exit.ts") & typeof import("../../packages/runner/src/metrics/table.ts")>}
 */
async function loadCommandLine() {
  const { build } = createRequire(join(cli, "package.json"))("esbuild");
  const folder = await mkdtemp(join(tmpdir(), "fleet-docs-"));
  const outfile = join(folder, "command-line.cjs");
  const contents = `
    export { readCommandLine } from "./src/command-line.ts";
    export { commands } from "./src/commands.ts";
    export { exitMeanings } from "./src/exit.ts";
    export { metricTable } from "../runner/src/metrics/table.ts";`;
  try {
    await build({
      stdin: { contents, resolveDir: cli },
      // Help needs no command's code.
      external: ["./commands/*"],
      bundle: true,
      platform: "node",
      format: "cjs",
      outfile,
      plugins: [pastTheIndex(cli)],
    });
    return createRequire(outfile)(outfile);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const { readCommandLine, commands, exitMeanings, metricTable } = await loadCommandLine();

function render() {
  /** @param {string[]} argv */
  const help = (...argv) => {
    const request = readCommandLine([...argv, "--help"], "", { width: 100, color: false });
    if (request.kind === "run") throw new Error(`fleet ${argv.join(" ")} --help does not ask for help`);
    return fenced(request.text);
  };
  const sections = commands.flatMap(({ name }) => [`## fleet ${name}`, "", help(name), ""]);
  const codes = exitMeanings.map(([code, meaning]) => `| ${code} | ${meaning} |`);
  return [
    "# The fleet command",
    "",
    "<!-- Written by scripts/docs/cli.mjs: change the command, not this page. -->",
    "",
    help(),
    "",
    ...sections,
    "## Exit codes",
    "",
    "| code | meaning |",
    "|---|---|",
    ...codes,
    "",
  ].join("\n");
}

/** @param {string} text */
function fenced(text) {
  return `\`\`\`text\n${text.trimEnd()}\n\`\`\``;
}

const begin = "<!-- metrics: written by scripts/docs/cli.mjs -->";
const end = "<!-- end of metrics -->";

/** @param {string} current */
function withMetrics(current) {
  const rows = Object.values(metricTable).map(
    ({ name, type, labels, help }) =>
      `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(", ")} | ${help} |`,
  );
  const table = ["| metric | type | labels | meaning |", "|---|---|---|---|", ...rows].join("\n");
  const [before, rest = ""] = current.split(begin);
  const [, after] = rest.split(end);
  if (after === undefined) throw new Error(`${runPage} has no place for the metrics`);
  return `${before}${begin}\n\n${table}\n\n${end}${after}`;
}

const run = await readFile(runPage, "utf8");
const pages = [
  { path: page, name: "docs/cli.md", current: await readFile(page, "utf8").catch(() => ""), text: render() },
  { path: runPage, name: "docs/run.md", current: run, text: withMetrics(run) },
];
for (const { path, name, current, text } of pages) {
  if (current === text) continue;
  if (process.argv.includes("--check")) {
    process.stderr.write(`${name} is not what the command says of itself: run node scripts/docs/cli.mjs\n`);
    process.exitCode = 1;
  } else {
    await writeFile(path, text);
  }
}
