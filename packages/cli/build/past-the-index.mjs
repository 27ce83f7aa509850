import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";

const entries = ["@fleet/core", "@fleet/runner", "@fleet/runner/http", "@fleet/runner/metrics"];

/**
 * Lets imports from our own packages go straight to the file behind the name. esbuild splits by file: through the index,
 * every command would load all of core, the state machine included.
 *
 * @param {string} root the command's package
 * @returns {import("esbuild").Plugin}
 */
export function pastTheIndex(root) {
  return {
    name: "past-the-index",
    async setup({ onLoad }) {
      const { resolve: locate } = createRequire(join(root, "package.json"));
      const files = new Map();
      for (const name of entries) files.set(name, await filesByName(locate(name)));
      onLoad({ filter: /(cli\/src|runner\/dist)\/.*\.[jt]s$/ }, async ({ path }) => {
        const text = await readFile(path, "utf8");
        const file = (/** @type {string} */ name, /** @type {string} */ from) =>
          JSON.stringify(files.get(from)?.get(name) ?? from);
        const contents = text
          .replace(/import \{([^}]*)\} from "(@fleet\/[\w/]+)";/g, (_, list, from) =>
            namesIn(list)
              .map((name) => `import { ${name} } from ${file(name, from)};`)
              .join(""),
          )
          .replace(
            /\{ (\w+) \} = await import\("(@fleet\/[\w/]+)"\)/g,
            (_, name, from) => `{ ${name} } = await import(${file(name, from)})`,
          );
        return { contents, loader: path.endsWith(".ts") ? "ts" : "js" };
      });
    },
  };
}

/**
 * @param {string} index
 * @returns {Promise<ReadonlyMap<string, string>>}
 */
async function filesByName(index) {
  const files = new Map();
  for (const [, list = "", path = ""] of (await readFile(index, "utf8")).matchAll(/export \{([^}]*)\} from "(.*)";/g)) {
    for (const name of namesIn(list)) files.set(name, resolve(dirname(index), path));
  }
  return files;
}

/** @param {string} list */
function namesIn(list) {
  const names = list.split(",").map((name) => name.trim());
  return names.filter((name) => name !== "" && !name.startsWith("type "));
}
