import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { apartEntry, foundByOwner, fromApart } from "./build/apart.mjs";
import { leaveOut } from "./build/leave-out.mjs";
import { pastTheIndex } from "./build/past-the-index.mjs";
import { thirdPartyTexts } from "./build/third-party.mjs";

const root = import.meta.dirname;

/** The ES modules of yaml: its entry for Node is one large CommonJS module that all loads at once. */
const yaml = join(root, "../core/node_modules/yaml/browser/index.js");

const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));

/** What is started: with Node's compile cache, where it has one, the rest is compiled once and for all. */
const start = `#!/usr/bin/env node
require("node:module").enableCompileCache?.();
require("./cli.cjs");
`;

/** @type {import("esbuild").BuildOptions & { metafile: true }} */
const common = {
  absWorkingDir: root,
  bundle: true,
  // Few files, and not of ES modules: many small ones take longer to find and read than one takes to compile. A module
  // in one still runs only when it is first imported.
  format: "cjs",
  platform: "node",
  target: "node20.11",
  // Not minified: it starts no faster for it, and a stack trace can be read.
  // Licences stand together in THIRD-PARTY.txt.
  legalComments: "none",
  metafile: true,
};

const command = await build({
  ...common,
  entryPoints: { cli: "src/main.ts" },
  outdir: "dist",
  outExtension: { ".js": ".cjs" },
  define: { packageVersion: JSON.stringify(version) },
  alias: { yaml },
  plugins: [fromApart, leaveOut, pastTheIndex(root)],
});
const daemon = await build({
  ...common,
  stdin: { contents: apartEntry, resolveDir: root },
  outfile: "dist/daemon.cjs",
  plugins: [foundByOwner(root), leaveOut],
});
await writeFile(join(root, "dist/fleet.cjs"), start, { mode: 0o755 });
await writeFile(join(root, "dist/THIRD-PARTY.txt"), await thirdPartyTexts(root, [command.metafile, daemon.metafile]));
