#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { systemClock } from "@fleet/core";
import { runCli } from "./run.ts";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

for (const stream of [process.stdout, process.stderr]) {
  // Whoever reads has heard enough; what the command does goes on.
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

const code = await runCli({
  argv: process.argv.slice(2),
  version,
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
