import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { FleetError } from "@fleet/core";
import type { InputStream, Program } from "./program.ts";

/** A fleet file's text and where it was found. */
export interface FleetFile {
  /** For messages: the path as given, or `<stdin>`. */
  readonly name: string;
  /** Absolute: what relative paths in it start from. */
  readonly baseDir: string;
  readonly text: string;
}

/** Reads the file named by `-f`, or stdin for `-`. Rejects with `NotFound`, `Forbidden`, or `Invalid` for what is no file. */
export async function readFleetFile(program: Program, path: string): Promise<FleetFile> {
  if (path === "-")
    return { name: "<stdin>", baseDir: program.cwd, text: textOf("<stdin>", await readAll(program.stdin)) };
  const absolute = resolve(program.cwd, path);
  try {
    if ((await stat(absolute)).isDirectory()) throw isDirectory(path);
    return { name: path, baseDir: dirname(absolute), text: textOf(path, await readFile(absolute)) };
  } catch (error) {
    throw unreadable(error, path, program.cwd);
  }
}

function isDirectory(path: string): FleetError {
  return new FleetError("Invalid", `${path} is a directory, and a file is expected`, {
    hint: `name the file in it: -f ${path.replace(/\/$/, "")}/fleet.yaml`,
  });
}

function unreadable(error: unknown, path: string, cwd: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof FleetError || code === undefined) return error;
  if (code === "ENOENT" || code === "ENOTDIR") {
    const hint = "name the fleet file with -f FILE";
    return new FleetError("NotFound", `there is no file ${path} in ${cwd}`, { hint, cause: error });
  }
  const denied = code === "EACCES" || code === "EPERM";
  return new FleetError(denied ? "Forbidden" : "Invalid", `${path} cannot be read: ${message}`, { cause: error });
}

/** Throws `Invalid` for what is no text: a screenful of what it is instead helps nobody. */
function textOf(name: string, bytes: Buffer): string {
  const text = bytes.toString("utf8");
  const back = Buffer.from(text, "utf8");
  const wrong = back.equals(bytes) ? bytes.indexOf(0) : bytes.findIndex((byte, index) => byte !== back[index]);
  if (wrong === -1) return text;
  const before = bytes.subarray(0, wrong).toString("latin1").split("\n");
  const place = `line ${before.length}, byte ${(before.at(-1)?.length ?? 0) + 1}`;
  throw new FleetError(
    "Invalid",
    `${name} is not UTF-8 text: ${place} is 0x${bytes.toString("hex", wrong, wrong + 1)}`,
    {
      hint: "save it as UTF-8, if it is a fleet file",
    },
  );
}

async function readAll(stream: InputStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
