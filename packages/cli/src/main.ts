import { realpathSync } from "node:fs";
import { systemClock } from "@fleet/core";
import { runCli } from "./run.ts";

/** Of this package; the build puts it in. */
declare const packageVersion: string;

for (const stream of [process.stdout, process.stderr]) {
  // Whoever reads has heard enough; what the command does goes on.
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

async function main(): Promise<void> {
  const code = await runCli({
    argv: process.argv.slice(2),
    executable: [process.execPath, realpathSync(process.argv[1] ?? __filename)],
    pid: process.pid,
    version: packageVersion,
    env: process.env,
    cwd: process.cwd(),
    uid: process.geteuid?.() ?? 0,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signals: process,
    clock: systemClock,
  });
  await Promise.all(
    [process.stdout, process.stderr].map((stream) => new Promise((resolve) => stream.write("", resolve))),
  );
  process.exit(code);
}

void main();
