/**
 * A program that keeps one fleet by means of the library, as an embedder's would, for the chaos run to harm. Its argument is
 * JSON: `address` of the engine, the fleet's `file`, the `folder` that relative paths are below, and `state`, where
 * it keeps what outlives it. Its parent may ask for `reload`, `status` and `confirm`; SIGTERM ends it.
 */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  dockerEngine,
  localHost,
  parseEndpoint,
  parseFleet,
  renderDiagnostics,
  resolveFleet,
  systemClock,
} from "@fleet/core";
import { fileStore, Loop, openJournal } from "@fleet/runner";

/** @type {{ address: string, file: string, folder: string, state: string }} */
const { address, file, folder, state } = JSON.parse(process.argv[2] ?? "");
await mkdir(state, { recursive: true });
const engine = dockerEngine(parseEndpoint(address));
const clock = systemClock;
const onTrouble = (/** @type {Error} */ error) => console.error(error.message);
const journal = await openJournal({ folder: join(state, "journal"), clock, onTrouble });
const loop = new Loop({
  engine,
  host: localHost({ engine, uid: process.getuid?.() ?? 0 }),
  fleet: await readFleet(),
  journal,
  store: fileStore({ folder: state, clock, onTrouble }),
  program: { pid: process.pid, version: "chaos" },
});
await loop.start();

process.on("message", (/** @type {{ id: number, ask: string }} */ { id, ask }) => {
  void answer(ask).then((reply) => process.send?.({ id, reply }));
});
process.on("SIGTERM", async () => {
  await loop.stop();
  await journal.close();
  await engine.close();
  process.disconnect();
});
process.send?.({ id: 0, reply: "started" });

/** @param {string} ask */
async function answer(ask) {
  if (ask === "confirm") await loop.confirm("the chaos run");
  if (ask === "reload") {
    try {
      loop.desire(await readFleet());
    } catch (error) {
      loop.refuse(/** @type {Error} */ (error).message);
    }
  }
  return loop.status();
}

async function readFleet() {
  const parsed = parseFleet(await readFile(file, "utf8"));
  if (!parsed.ok) throw new Error(renderDiagnostics(parsed.diagnostics));
  const readNone = (/** @type {string} */ path) => {
    throw new Error(`${path}: this fleet reads no files`);
  };
  const inputs = { env: {}, home: folder, baseDir: folder, readFile: readNone };
  const resolved = resolveFleet(parsed.spec, parsed.source, inputs);
  if (!resolved.ok) throw new Error(renderDiagnostics(resolved.diagnostics));
  return resolved.fleet;
}
