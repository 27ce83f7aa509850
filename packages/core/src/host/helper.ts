import type { Engine } from "../engine/engine.ts";
import { FleetError, isFleetError } from "../errors.ts";
import type { ContainerConfig } from "../spec/config.ts";
import { formatMode } from "../spec/mode.ts";
import { helperScript } from "./helper-script.ts";
import type { MendResult } from "./host.ts";
import { mountPointName } from "./mounts.ts";

/** One thing for the helper container to do. */
export interface HelperJob {
  /** `replace` is make, after something empty of the wrong type is gone. */
  readonly verb: "make" | "replace" | "mend";
  /** The only path of the host that the container sees: what exists nearest to the source. */
  readonly mount: string;
  /** What the mount must turn out to be: it was looked at, and may have been swapped since. Null: it could not be. */
  readonly expect: { readonly device: bigint; readonly inode: bigint } | null;
  /** Path from the mount to the source; empty when it is the mount. */
  readonly path: string;
  readonly type: "directory" | "file";
  readonly owner: { readonly uid: number; readonly gid: number } | null;
  readonly mode: number | null;
  readonly recursive: boolean;
  /** Mountpoints inside that are made too, relative to the source. */
  readonly nested: readonly string[];
  /** The source's whole path, for messages. */
  readonly source: string;
  /** What a person can do instead: the exact command. */
  readonly hint: string;
}

export interface HelperRun {
  /** Absent: nothing can run. */
  readonly image?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface HelperContainer {
  /** Rejects with `Forbidden` when the engine, the image or the filesystem does not let it, with `Conflict` when the path is not what it was. */
  run(job: HelperJob, run: HelperRun): Promise<MendResult>;
}

export interface HelperOptions {
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/**
 * Root for a moment, on the engine's host and on one path only: a container without network, with a read-only root, no
 * capability beyond those that changing owners takes, and a script that is always the same. It is labelled
 * `fleet.helper` and never `fleet.name`, so that it is nobody's instance, and gone when the call returns.
 */
export function helperContainer(engine: Engine, { now = Date.now }: HelperOptions = {}): HelperContainer {
  return {
    async run(job, { image, signal }) {
      if (image === undefined) throw refused(job, "there is no image to run a helper container with");
      const at = now();
      await removeLeftovers(engine, at, signal);
      const name = helperName(at, job);
      const id = await create(engine, name, image, at, job, signal);
      try {
        await engine.startContainer(id, only(signal)).catch((error: unknown) => {
          throw isFleetError(error, "Refused", "Forbidden", "Invalid")
            ? refused(job, `the helper container from ${image} does not start: ${error.message}`, error)
            : error;
        });
        const code = await engine.waitContainer(id, { ...only(signal), deadline: job.recursive ? forEver : forOne });
        return result(job, image, code, await engine.containerLogs(id, only(signal)));
      } finally {
        await removeQuietly(engine, id);
      }
    },
  };
}

export const helperLabel = "fleet.helper";
const namePrefix = "fleet-helper-";

/** Milliseconds. A walk may take hours; the longest that a timer holds. */
const forEver = 2 ** 31 - 1;
const forOne = 60_000;
const leftoverAge = 600_000;

function only(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

/** Distinct for distinct sources at one time; the same source at the same millisecond is a `Conflict` for one of the two. */
function helperName(at: number, job: HelperJob): string {
  let hash = 0;
  for (const unit of `${job.verb}${job.source}`) hash = (Math.imul(hash, 31) + (unit.codePointAt(0) ?? 0)) >>> 0;
  return `${namePrefix}${at.toString(36)}-${hash.toString(36)}`;
}

/** Ended helpers of processes that died before they removed them. Those of the last ten minutes may still be somebody's. */
async function removeLeftovers(engine: Engine, at: number, signal: AbortSignal | undefined): Promise<void> {
  for (const { id, name, labels, phase } of await engine.listContainers(only(signal))) {
    const ended = phase === "exited" || phase === "created" || phase === "dead";
    const started = Number(labels[helperLabel]);
    if (!ended || !name.startsWith(namePrefix) || !(at - started > leftoverAge)) continue;
    await engine.removeContainer(id, only(signal)).catch((error: unknown) => {
      if (!isFleetError(error, "NotFound", "InProgress", "Conflict")) throw error;
    });
  }
}

async function create(
  engine: Engine,
  name: string,
  image: string,
  at: number,
  job: HelperJob,
  signal: AbortSignal | undefined,
): Promise<string> {
  try {
    return await engine.createContainer(name, containerConfig(image, at, job), only(signal));
  } catch (error) {
    if (isFleetError(error, "Forbidden", "Refused")) {
      throw refused(job, `the engine does not let a helper container be made: ${error.message}`, error);
    }
    if (isFleetError(error, "NotFound") && (await engine.inspectImage(image, only(signal))) === null) {
      throw refused(job, `the engine does not hold the image ${image} to run a helper container with`, error);
    }
    // Whether it was made is unknown, and without an answer there is no id.
    if (isFleetError(error, "Cancelled", "Timeout", "Unreachable")) await removeQuietly(engine, name);
    throw error;
  }
}

/** Without the caller's signal, which may be what ended the work. What stays all the same a later run removes. */
async function removeQuietly(engine: Engine, idOrName: string): Promise<void> {
  await engine.removeContainer(idOrName, { force: true }).catch(() => {});
}

/** The whole of what the helper is and may do. */
function containerConfig(image: string, at: number, job: HelperJob): ContainerConfig {
  return {
    image,
    // The image's own entrypoint does not matter, and setting one drops its command.
    entrypoint: ["sh", "-c", helperScript, "fleet-helper"],
    command: [
      job.verb,
      job.expect === null ? "-" : `${job.expect.device}:${job.expect.inode}`,
      job.owner === null ? "-" : `${job.owner.uid}:${job.owner.gid}`,
      job.mode === null ? "-" : `0${formatMode(job.mode)}`,
      job.type === "file" ? "f" : "d",
      job.recursive ? "yes" : "no",
      job.path,
      ...job.nested,
    ],
    labels: { [helperLabel]: String(at) },
    user: "0:0",
    workingDir: "/",
    mounts: [{ kind: "bind", source: job.mount, target: "/source", readOnly: false }],
    networkMode: "none",
    // FSETID: without it the kernel drops a setgid bit that is asked for.
    capAdd: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID"],
    capDrop: ["ALL"],
    readOnly: true,
    // Bind sources carry their own SELinux label, which a confined container may not touch.
    securityOpt: ["label=disable", "no-new-privileges"],
    healthcheck: { test: ["NONE"] },
    restart: { policy: "no" },
    // What it says is read back from the engine, which not every logging driver can.
    logging: { driver: "json-file" },
  };
}

function result(job: HelperJob, image: string, code: number, logs: string): MendResult {
  const lines = logs.split(/\r?\n/).filter((line) => line !== "");
  if (code === 0) return { by: "helper", skipped: lines.flatMap((line) => skippedLine(job, line)) };
  const said = lines.at(-1)?.replaceAll("/source", job.mount) ?? `exit code ${code}`;
  if (code === 10) throw new FleetError("Conflict", `${job.mount} was swapped: ${said}`);
  if (code === 11) throw new FleetError("Conflict", `${job.source}: ${said}`);
  if (code === 13) throw new FleetError("NotFound", `${job.source}: ${said}`);
  if (code === 12 || code === 126 || code === 127) throw refused(job, `the image ${image} lacks a program: ${said}`);
  const failure = answers.find(({ text }) => said.includes(text));
  const message = `the helper container could not ${job.verb} ${job.source}: ${failure?.errno ?? `exit code ${code}`} (${said})`;
  if (failure?.code === "Forbidden") throw new FleetError("Forbidden", message, { hint: job.hint });
  throw new FleetError(failure?.code ?? "Refused", message);
}

/** What programs of every C library say in the C locale. */
const answers = [
  { text: "Operation not permitted", errno: "EPERM", code: "Forbidden" },
  { text: "Permission denied", errno: "EACCES", code: "Forbidden" },
  { text: "Read-only file system", errno: "EROFS", code: "Forbidden" },
  { text: "No space left", errno: "ENOSPC", code: "NoSpace" },
  { text: "quota exceeded", errno: "EDQUOT", code: "NoSpace" },
  { text: "Directory not empty", errno: "ENOTEMPTY", code: "Conflict" },
  { text: "File exists", errno: "EEXIST", code: "Conflict" },
  { text: "Stale file handle", errno: "ESTALE", code: "Unreachable" },
] as const;

/** `skipped: ./a/b: why` with the path as the mount table has it, or with a program's own message about `./a/b`. */
function skippedLine(job: HelperJob, line: string): { path: string; why: string }[] {
  const [, path, why] = /^skipped: .*?\.\/(.*?)'?: (.*)$/.exec(line) ?? [];
  return path === undefined || why === undefined
    ? []
    : [{ path: `${job.source}/${mountPointName(path)}`, why: why.toLowerCase() }];
}

function refused(job: HelperJob, why: string, cause?: unknown): FleetError {
  return new FleetError("Forbidden", `may not ${job.verb} ${job.source}: ${why}`, { hint: job.hint, cause });
}
