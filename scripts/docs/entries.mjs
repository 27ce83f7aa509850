import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * @typedef {object} Entry what a program can import
 * @property {string} name as an import says it: `@fleet/core/testing`
 * @property {string} package
 * @property {string} source its source file, absolute
 * @property {string} description what it is for
 */

/**
 * Every public entry of every package, as `exports` of its package.json lists it. Sorted by name.
 *
 * @param {string} root the repository's top folder
 * @returns {Entry[]}
 */
export function publicEntries(root) {
  const packages = join(root, "packages");
  return readdirSync(packages)
    .flatMap((folder) => entriesOf(join(packages, folder)))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** @param {string} folder */
function entriesOf(folder) {
  const { name, description, exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return Object.entries(exports).flatMap(([path, { types }]) => {
    if (types === undefined) return [];
    const source = join(folder, types.replace("./dist/", "src/").replace(/\.d\.ts$/, ".ts"));
    return [{ name: join(name, path), package: name, source, description: firstComment(source) ?? description }];
  });
}

/** What the file says of itself in its first line. @param {string} source */
function firstComment(source) {
  return /^\/\*\* (.*) \*\/\n/.exec(readFileSync(source, "utf8"))?.[1];
}
