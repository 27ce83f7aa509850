import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";

const lib = new URL("../../scripts/lib/engine.mjs", import.meta.url).href;
const layout = new URL("../../scripts/lib/layout.mjs", import.meta.url).href;

/** What is needed of `scripts/lib/engine.mjs`. */
export interface OwnEngines {
  startEngine(options: { version: string }): Promise<{ host: string; stateDir: string }>;
  restartEngine(version: string, options: { signal: "SIGTERM" | "SIGKILL"; awayMs?: number }): Promise<unknown>;
  purgeEngine(version: string): Promise<void>;
}

/**
 * Engines of one test file's own, beside those that everybody uses: nobody else's are restarted. `host` is one of the
 * shared ones, `label` this file's word for its own. Once in a file.
 */
export async function ownEngines(host: string, label: string): Promise<OwnEngines> {
  const shared = dirname(dirname(host.replace("unix://", "")));
  const own = `${shared}-${label}`;
  // Programs are told apart by their paths, so links to the same files will do where links to the folder would not.
  if (!existsSync(`${own}/packages`) && existsSync(`${shared}/packages`)) {
    await promisify(execFile)("sh", ["-c", 'mkdir -p "$2" && cp -al "$1/packages" "$2"', "sh", shared, own]);
  }
  process.env.FLEET_ENGINE_DIR = own;
  const { ROOT } = (await import(layout)) as { ROOT: string };
  // It reads the variable once: whoever loaded it before would be given the engines that everybody uses.
  if (ROOT !== own) throw new Error(`engines below ${ROOT} are not this test's: load nothing of scripts/lib before`);
  return (await import(lib)) as OwnEngines;
}
