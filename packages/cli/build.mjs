import { createHash } from "node:crypto";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build, transform } from "esbuild";
import { apartEntry, foundByOwner, fromApart } from "./build/apart.mjs";
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
  // Few files, and not of ES modules: many small ones take longer to find and read than one takes to compile. A module
  // in one still runs only when it is first imported.
  format: "cjs",
  platform: "node",
  target: "node20.11",
  // Code that V8 has cached may not import.
  supported: { "dynamic-import": false },
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
await writeFile(join(root, "dist/cli.cjs"), await withoutComments(join(root, "dist/cli.cjs")));
// What is started, and loads the rest.
const start = await build({
  ...common,
  entryPoints: { fleet: "src/start/main.ts" },
  outdir: "dist",
  outExtension: { ".js": ".cjs" },
  banner: { js: "#!/usr/bin/env node" },
  define: { buildHash: JSON.stringify(hashOf(await readFile(join(root, "dist/cli.cjs")))) },
});
await chmod(join(root, "dist/fleet.cjs"), 0o755);
await writeFile(
  join(root, "dist/THIRD-PARTY.txt"),
  await thirdPartyTexts(root, [command.metafile, daemon.metafile, start.metafile]),
);

/**
 * An eighth of the text, and all of it that is not ASCII: read sooner, and kept in half the memory. The rest stays as it
 * was, so that a stack trace can be read.
 *
 * @param {string} path
 */
async function withoutComments(path) {
  const dense = await transform(await readFile(path, "utf8"), { minifyWhitespace: true });
  return (await transform(dense.code)).code;
}

/** @param {Uint8Array} data */
function hashOf(data) {
  return createHash("sha256").update(data).digest("hex").slice(0, 12);
}
