import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pastTheIndex } from "../../packages/cli/build/past-the-index.mjs";

/**
 * @typedef {typeof import("../../packages/cli/src/command-line.ts")
 *   & typeof import("../../packages/cli/src/commands.ts")
 *   & typeof import("../../packages/cli/src/exit.ts")
 *   & typeof import("../../packages/core/src/plan/describe.ts")
 *   & typeof import("../../packages/core/src/spec/schema/json-schema.ts")
 *   & typeof import("../../packages/runner/src/metrics/table.ts")} SourceModules
 */

const contents = `
  export { readCommandLine } from "./src/command-line.ts";
  export { commands } from "./src/commands.ts";
  export { exitMeanings } from "./src/exit.ts";
  export { reasonTexts } from "../core/src/plan/describe.ts";
  export { fleetJsonSchema } from "../core/src/spec/schema/json-schema.ts";
  export { metricTable } from "../runner/src/metrics/table.ts";`;

/**
 * The modules that the pages are made of, made loadable: they are TypeScript.
 *
 * @param {string} root the repository's top folder
 * @returns {Promise<SourceModules>}
 */
export async function loadSourceModules(root) {
  const cli = join(root, "packages/cli");
  const { build } = createRequire(join(cli, "package.json"))("esbuild");
  const folder = await mkdtemp(join(tmpdir(), "fleet-docs-"));
  const outfile = join(folder, "modules.cjs");
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
