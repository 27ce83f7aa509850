import { fstatSync, realpathSync } from "node:fs";
import { availableParallelism } from "node:os";
import { systemClock } from "@fleet/core";
import { exit } from "./exit.ts";
import { FileOutput } from "./file-output.ts";
import type { OutputStream } from "./program.ts";
import { runCli } from "./run.ts";

/** Of this package; the build puts it in. */
declare const packageVersion: string;

async function main(): Promise<void> {
  const stdout = openOutput(process.stdout);
  const stderr = openOutput(process.stderr);
  // What cannot be said neither ends nor hurts what the command does.
  let unwritten: NodeJS.ErrnoException | undefined;
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    // Whoever reads a pipe has heard enough.
    if (error.code !== "EPIPE") unwritten ??= error;
  });
  stderr.on("error", () => undefined);
  const code = await runCli({
    argv: process.argv.slice(2),
    executable: [process.execPath, realpathSync(process.argv[1] ?? __filename)],
    pid: process.pid,
    version: packageVersion,
    env: process.env,
    cwd: process.cwd(),
    uid: process.geteuid?.() ?? 0,
    processors: availableParallelism(),
    // Node opens it when it is first asked for, which takes longer than to read a fleet file.
    get stdin() {
      return process.stdin;
    },
    stdout,
    stderr,
    signals: process,
    clock: systemClock,
  });
  await written(stdout);
  if (unwritten !== undefined) stderr.write(`error: stdout could not be written whole: ${unwritten.message}\n`);
  await written(stderr);
  process.exit(unwritten === undefined ? code : exit.error);
}

function openOutput(stream: NodeJS.WriteStream & { readonly fd: 1 | 2 }): OutputStream {
  const stats = fstatSync(stream.fd);
  const isFile = stats.isFile() || (stats.isCharacterDevice() && !stream.isTTY);
  return isFile ? new FileOutput(stream.fd) : stream;
}

function written(stream: OutputStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write("", () => resolve());
  });
}

void main();
