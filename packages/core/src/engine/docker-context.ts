import { createHash } from "node:crypto";
import { join } from "node:path";
import { FleetError } from "../errors.ts";
import { didYouMean } from "../spec/suggest.ts";
import type { TlsFiles } from "./endpoint.ts";

/** The docker CLI's own files, as far as they say where an engine is. */
export interface DockerFiles {
  /** The folder that holds `config.json`: DOCKER_CONFIG, or `.docker` in the home directory. */
  readonly folder: string;
  /** Throws when there is no such file or it may not be read. */
  readonly readFile: (path: string) => string;
  /** Whether anything is there. */
  readonly exists: (path: string) => boolean;
  /** Names in a folder; none when there is no such folder. */
  readonly readDir: (path: string) => readonly string[];
}

/** Where a docker context says that its engine is. */
export interface ContextEndpoint {
  readonly host: string;
  readonly tls?: TlsFiles;
}

/** Name of the context that `docker context use` chose; undefined for the default one. */
export function currentContext(files: DockerFiles): string | undefined {
  const path = join(files.folder, "config.json");
  if (!files.exists(path)) return undefined;
  const { currentContext: name } = readJson<{ readonly currentContext?: unknown }>(files, path);
  return typeof name === "string" && name !== "" && name !== "default" ? name : undefined;
}

/** Reads one context of the docker CLI. `Invalid` when there is none of that name, or it names no engine. */
export function readContext(files: DockerFiles, name: string): ContextEndpoint {
  const id = createHash("sha256").update(name).digest("hex");
  const path = metaPath(files, id);
  if (!files.exists(path)) {
    const known = ["default", ...contextNames(files)];
    throw new FleetError("Invalid", `There is no docker context "${name}"; there are: ${known.join(", ")}.`, {
      hint: didYouMean(name, known) ?? "docker context ls shows them.",
    });
  }
  const { Endpoints } = readJson<ContextJson>(files, path);
  const host = Endpoints?.docker?.Host;
  if (host === undefined || host === "") {
    throw new FleetError("Invalid", `The docker context "${name}" (${path}) names no engine.`, {
      hint: `Mend it with docker context update ${name} --docker host=unix:///var/run/docker.sock.`,
    });
  }
  const folder = join(files.folder, "contexts", "tls", id, "docker");
  const verify = Endpoints?.docker?.SkipTLSVerify !== true;
  return {
    host,
    ...(files.readDir(folder).length > 0 || !verify ? { tls: readTls(files, folder, verify) } : {}),
  };
}

/** Reads what of `ca.pem`, `cert.pem` and `key.pem` is in `folder`. `Invalid` when one cannot be read, or a half is missing. */
export function readTls(files: DockerFiles, folder: string, verify: boolean): TlsFiles {
  const pem = (name: string): string | undefined => {
    const path = join(folder, name);
    return files.exists(path) ? readText(files, path) : undefined;
  };
  const ca = pem("ca.pem");
  const cert = pem("cert.pem");
  const key = pem("key.pem");
  if ((cert === undefined) !== (key === undefined)) {
    const missing = cert === undefined ? "cert.pem" : "key.pem";
    throw new FleetError("Invalid", `The TLS files in ${folder} are not complete: ${missing} is missing.`, {
      hint: "cert.pem and key.pem belong together.",
    });
  }
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    verify,
  };
}

interface ContextJson {
  readonly Name?: string;
  readonly Endpoints?: { readonly docker?: { readonly Host?: string; readonly SkipTLSVerify?: boolean } };
}

function contextNames(files: DockerFiles): readonly string[] {
  return files
    .readDir(join(files.folder, "contexts", "meta"))
    .map((id) => metaPath(files, id))
    .filter((path) => files.exists(path))
    .flatMap((path) => readJson<ContextJson>(files, path).Name ?? [])
    .sort();
}

function metaPath(files: DockerFiles, id: string): string {
  return join(files.folder, "contexts", "meta", id, "meta.json");
}

function readJson<T>(files: DockerFiles, path: string): T {
  const text = readText(files, path);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as T;
  } catch {}
  throw new FleetError("Invalid", `${path} is not JSON as the docker CLI writes it.`, {
    hint: "Mend or remove it, or say where the engine is with --host.",
  });
}

function readText(files: DockerFiles, path: string): string {
  try {
    return files.readFile(path);
  } catch (cause) {
    const { code = String(cause) } = cause as { code?: string };
    throw new FleetError("Invalid", `${path} cannot be read (${code}).`, {
      cause,
      hint: "Mend its permissions, or say where the engine is with --host.",
    });
  }
}
