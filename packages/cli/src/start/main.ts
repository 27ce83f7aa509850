import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Script } from "node:vm";
import { CodeCache } from "./code-cache.ts";

/** Hash of the command's code; the build puts it in. */
declare const buildHash: string;

const file = join(__dirname, "cli.cjs");

/**
 * Node's own compile cache keeps what was compiled when a file had been loaded; most functions are compiled when they are
 * first called. This one is taken when the command ends, so it has them all.
 */
function runCached(cache: CodeCache, name: string): void {
  const cachedData = cache.read(name);
  const source = readFileSync(file, "utf8");
  const wrapped = `(function (exports, require, module, __filename, __dirname) { ${source}\n})`;
  const script = new Script(wrapped, { filename: file, ...(cachedData && { cachedData }) });
  if (cachedData === undefined || script.cachedDataRejected) {
    process.on("exit", () => cache.write(name, script.createCachedData()));
  }
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(file), module, file, dirname(file));
}

/** Where the cache is, if there is to be one. */
function cacheFolder({ HOME, XDG_CACHE_HOME, NODE_DISABLE_COMPILE_CACHE }: NodeJS.ProcessEnv): string | undefined {
  if (process.versions.bun !== undefined || NODE_DISABLE_COMPILE_CACHE === "1") return undefined;
  const caches = XDG_CACHE_HOME?.startsWith("/") ? XDG_CACHE_HOME : HOME?.startsWith("/") && join(HOME, ".cache");
  return caches ? join(caches, "fleet", "code") : undefined;
}

const folder = cacheFolder(process.env);
const uid = process.geteuid?.();
if (folder === undefined || uid === undefined) createRequire(file)(file);
else {
  // By command: each needs other parts of the code.
  const word = process.argv.slice(2).find((argument) => /^[a-z]{1,20}$/.test(argument)) ?? "none";
  runCached(new CodeCache(folder, uid), `${buildHash}-${process.version}-${process.arch}-${word}`);
}
