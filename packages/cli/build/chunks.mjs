import { basename } from "node:path";
import { transform } from "esbuild";

/** What no command loads but one that then runs for long, and what stands in for an engine. */
const far = ["src/commands/run.ts", "../core/dist/testing.js"];

/**
 * The chunks that esbuild made, as two texts of JavaScript, each an object of functions by chunk. The first has what
 * commands commonly load: one file is sooner found and read than many.
 *
 * @param {import("esbuild").BuildResult<{ write: false, metafile: true }>} result
 */
export async function packChunks({ outputFiles, metafile }) {
  const near = nearChunks(metafile);
  const functions = await Promise.all(
    outputFiles.map(async ({ path, text }) => {
      const name = basename(path);
      return {
        near: near.has(name),
        text: `${JSON.stringify(name)}(exports, require, module) {\n${await asCommon(text)}}`,
      };
    }),
  );
  const pack = (/** @type {boolean} */ side) =>
    `({\n${functions
      .filter((each) => each.near === side)
      .map(({ text }) => text)
      .join(",\n")}\n})\n`;
  return { near: pack(true), far: pack(false) };
}

/**
 * Without comments: an eighth less to read, all of it ASCII, which takes half the memory. Not minified further: it starts
 * no faster for it, and a stack trace can be read.
 *
 * @param {string} module
 */
async function asCommon(module) {
  const dense = await transform(module, {
    format: "cjs",
    platform: "node",
    minifyWhitespace: true,
    // Code that V8 has cached may not import.
    supported: { "dynamic-import": false },
  });
  return (await transform(dense.code)).code;
}

/** @param {import("esbuild").Metafile} metafile */
function nearChunks({ outputs }) {
  const entries = Object.values(outputs).map(({ entryPoint }) => entryPoint);
  const moved = far.find((entry) => !entries.includes(entry));
  if (moved !== undefined) throw new Error(`nothing imports ${moved} by itself any more: say anew what is far`);
  const names = new Set();
  const visit = (/** @type {string} */ path) => {
    const output = outputs[path];
    if (output === undefined || names.has(basename(path)) || far.includes(output.entryPoint ?? "")) return;
    names.add(basename(path));
    for (const { path: next, external } of output.imports) if (!external) visit(next);
  };
  for (const [path, { entryPoint }] of Object.entries(outputs)) if (entryPoint === "src/main.ts") visit(path);
  return names;
}
