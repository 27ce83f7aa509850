/**
 * Writes the pages that say what the code says of itself: the command, the API, the words and the schema. With --check it
 * only says which are not current.
 */
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readApi } from "./api/model.mjs";
import { apiPages } from "./api/pages.mjs";
import { cliPage } from "./cli.mjs";
import { publicEntries } from "./entries.mjs";
import { referencePage } from "./reference.mjs";
import { loadSourceModules } from "./source-modules.mjs";

const root = join(import.meta.dirname, "../..");

const modules = await loadSourceModules(root);
const api = await readApi(root, publicEntries(root));
const pages = new Map([
  ["docs/cli.md", cliPage(modules)],
  ["docs/fleet.schema.json", `${JSON.stringify(modules.fleetJsonSchema(), null, 2)}\n`],
  ["docs/reference.md", referencePage(api.project, modules)],
  ...(await apiPages(api)),
]);

const stale = await stalePages();
if (!process.argv.includes("--check")) {
  for (const path of stale) await bringUpToDate(path);
} else if (stale.length > 0) {
  process.stderr.write(`${stale.join(", ")}: not what the code says of itself; npm run docs writes them anew\n`);
  process.exitCode = 1;
}

/** Paths of pages that are missing, say something else, or should not be there. */
async function stalePages() {
  const found = await readdir(join(root, "docs/api")).catch(() => []);
  const paths = new Set([...pages.keys(), ...found.map((file) => `docs/api/${file}`)]);
  const texts = await Promise.all([...paths].map((path) => readFile(join(root, path), "utf8").catch(() => undefined)));
  return [...paths].filter((path, at) => texts[at] !== pages.get(path)).sort();
}

/** @param {string} path */
async function bringUpToDate(path) {
  const text = pages.get(path);
  const target = join(root, path);
  if (text === undefined) return rm(target);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, text);
}
