import { createHash } from "node:crypto";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { packChunks } from "./build/chunks.mjs";
import { leaveOut } from "./build/leave-out.mjs";
import { pastTheIndex } from "./build/past-the-index.mjs";
import { thirdPartyTexts } from "./build/third-party.mjs";

const root = import.meta.dirname;

/** The ES modules of yaml: its entry for Node is one large CommonJS module that all loads at once. */
const yaml = join(root, "../core/node_modules/yaml/browser/index.js");

const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));

/** @type {import("esbuild").BuildOptions & { metafile: true }} */
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20.11",
  outdir: "dist",
  // Licences stand together in THIRD-PARTY.txt.
  legalComments: "none",
  metafile: true,
};

const command = await build({
  ...common,
  entryPoints: { cli: "src/main.ts" },
  format: "esm",
  splitting: true,
  write: false,
  define: { packageVersion: JSON.stringify(version) },
  alias: { yaml },
  plugins: [leaveOut, pastTheIndex(root)],
});
const { near, far } = await packChunks(command);
await writeFile(join(root, "dist/near.chunks"), near);
await writeFile(join(root, "dist/far.chunks"), far);
// What is started, and loads the rest.
const start = await build({
  ...common,
  entryPoints: { fleet: "src/start/main.ts" },
  format: "cjs",
  outExtension: { ".js": ".cjs" },
  banner: { js: "#!/usr/bin/env node" },
  define: { buildHash: JSON.stringify(createHash("sha256").update(near).digest("hex").slice(0, 12)) },
});
await chmod(join(root, "dist/fleet.cjs"), 0o755);
await writeFile(join(root, "dist/THIRD-PARTY.txt"), await thirdPartyTexts(root, [command.metafile, start.metafile]));
