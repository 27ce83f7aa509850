import { join } from "node:path";

/** Third-party packages that only `fleet run` uses, and the package of ours that has each. */
const apart = new Map([
  ["@hono/node-server", "runner"],
  ["hono", "runner"],
  ["hono/accepts", "runner"],
  ["hono/streaming", "runner"],
  ["pino", "cli"],
  ["pino-pretty", "cli"],
  ["prom-client", "runner"],
]);

const file = "./daemon.cjs";

/**
 * Takes those packages from a file beside the bundle, which is read when one of them is first needed: no other command
 * pays for them.
 *
 * @type {import("esbuild").Plugin}
 */
export const fromApart = {
  name: "from-apart",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ path }) => {
      if (path === file) return { path, external: true };
      return apart.has(path) ? { path, namespace: "apart" } : undefined;
    });
    onLoad({ filter: /./, namespace: "apart" }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(file)})[${JSON.stringify(path)}]();`,
    }));
  },
};

/** What that file is made from: a function for each package. */
export const apartEntry = [...apart.keys()]
  .map((name) => `exports[${JSON.stringify(name)}] = () => require(${JSON.stringify(name)});`)
  .join("\n");

/**
 * Finds each of them where the package of ours that has it does.
 *
 * @param {string} root the command's package
 * @returns {import("esbuild").Plugin}
 */
export function foundByOwner(root) {
  return {
    name: "found-by-owner",
    setup({ onResolve, resolve }) {
      onResolve({ filter: /./ }, ({ path, importer, kind }) => {
        const owner = apart.get(path);
        if (owner === undefined || importer !== "<stdin>") return undefined;
        return resolve(path, { resolveDir: join(root, "..", owner), kind });
      });
    },
  };
}
