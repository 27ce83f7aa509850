import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Script } from "node:vm";
import { type Chunk, Chunks } from "./chunks.ts";
import { CodeCache } from "./code-cache.ts";

/** Hash of the command's code; the build puts it in. */
declare const buildHash: string;

/**
 * Node's own compile cache keeps what was compiled when a file had been loaded; most functions are compiled when they are
 * first called. Ours is taken when the command ends, so it has them all.
 */
function openChunks(file: string, cache?: CodeCache, name = ""): Readonly<Record<string, Chunk>> {
  const filename = join(__dirname, file);
  const cachedData = cache?.read(name);
  const script = new Script(readFileSync(filename, "latin1"), { filename, ...(cachedData && { cachedData }) });
  if (cache !== undefined && (cachedData === undefined || script.cachedDataRejected)) {
    process.on("exit", () => cache.write(name, script.createCachedData()));
  }
  return script.runInThisContext();
}

/** Undefined where there is none, or none is wanted. */
function openCache({ HOME, XDG_CACHE_HOME, NODE_DISABLE_COMPILE_CACHE }: NodeJS.ProcessEnv): CodeCache | undefined {
  const uid = process.geteuid?.();
  const caches = XDG_CACHE_HOME?.startsWith("/") ? XDG_CACHE_HOME : HOME?.startsWith("/") && join(HOME, ".cache");
  const unwanted = process.versions.bun !== undefined || NODE_DISABLE_COMPILE_CACHE === "1";
  return unwanted || uid === undefined || !caches ? undefined : new CodeCache(join(caches, "fleet", "code"), uid);
}

// By command: each needs other parts of the code.
const command = process.argv.slice(2).find((argument) => /^[a-z]{1,20}$/.test(argument)) ?? "none";
const name = `${buildHash}-${process.version}-${process.arch}-${command}`;
const sources = [() => openChunks("near.chunks", openCache(process.env), name), () => openChunks("far.chunks")];
new Chunks(sources, createRequire(__filename)).run("cli.js");
