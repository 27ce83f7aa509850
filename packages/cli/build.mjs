import { chmod, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { leaveOut } from "./build/leave-out.mjs";
import { pastTheIndex } from "./build/past-the-index.mjs";
import { thirdPartyTexts } from "./build/third-party.mjs";

const root = import.meta.dirname;

/** The ES modules of yaml: its entry for Node is one large CommonJS module that all loads at once. */
const yaml = join(root, "../core/node_modules/yaml/browser/index.js");

await rm(join(root, "dist/chunks"), { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { fleet: "src/main.ts" },
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.11",
  chunkNames: "chunks/[name]-[hash]",
  // Not minified: it starts no faster for it, and a stack trace can be read.
  // Licences stand together in THIRD-PARTY.txt.
  legalComments: "none",
  banner: {
    // CommonJS packages require Node's own modules.
    js: 'import{createRequire as createRequire__}from"node:module";const require=createRequire__(import.meta.url);',
  },
  alias: { yaml },
  plugins: [leaveOut, pastTheIndex(root)],
  metafile: true,
});
await chmod(join(root, "dist/fleet.js"), 0o755);
await writeFile(join(root, "dist/THIRD-PARTY.txt"), await thirdPartyTexts(root, metafile));
