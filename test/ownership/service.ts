import { execFile } from "node:child_process";
import { chmodSync, lstatSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { MendResult, SourceDiff, SourceObservation, SourceSpec } from "@fleet/core";
import { onTestFinished } from "vitest";
import type { RealEngine } from "../support/engines.ts";

export interface ServiceRequest {
  readonly source: SourceSpec;
  readonly helperImage?: string;
  /** Default true. */
  readonly withEngine?: boolean;
  /** Where a symlink in the source's place points by the time that the helper container is made. */
  readonly swapBeforeHelper?: string;
}

export interface ServiceOutcome {
  readonly seen: SourceObservation;
  readonly diff: SourceDiff;
  /** Of each step of the diff, in order. */
  readonly done: readonly (
    | MendResult
    | { readonly code: string; readonly message: string; readonly hint?: string; readonly retry: boolean }
  )[];
  /** From a second look. */
  readonly after: SourceDiff;
}

export const serviceUser = 1000;

/** Looks at a source and mends it from a process of uid 1000 whose only privilege is the engine's socket. */
export async function asService({ host }: RealEngine, request: ServiceRequest): Promise<ServiceOutcome> {
  const argument = { host, withEngine: true, ...request };
  return (await runAsService(new URL("unprivileged.mjs", import.meta.url), argument, {
    group: socketGroup(host),
  })) as ServiceOutcome;
}

/** The group that may use the engine at `host`. */
export function socketGroup(host: string): number {
  return statSync(host.replace("unix://", "")).gid;
}

/** What a script prints, as JSON, that was run as uid 1000 with one argument. `group`: one that it is in besides its own. */
export function runAsService(
  script: URL,
  argument: unknown,
  { group = serviceUser, command = process.execPath }: { readonly group?: number; readonly command?: string } = {},
): Promise<unknown> {
  const identity = ["--reuid", serviceUser, "--regid", serviceUser, "--groups", group].map(String);
  return new Promise((resolve, reject) => {
    const words = [...identity, command, fileURLToPath(script), JSON.stringify(argument)];
    execFile("setpriv", words, (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout));
      else reject(new Error(`${error.message}\n${stderr}`));
    });
  });
}

/** A directory of root's that everybody may enter and only root write in. Gone after the test. */
export function scratch(): string {
  const path = mkdtempSync(join(tmpdir(), "fleet-ownership-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  chmodSync(path, 0o755);
  return path;
}

/** `1000:1000 0755` */
export function owner(path: string): string {
  const { uid, gid, mode } = lstatSync(path);
  return `${uid}:${gid} ${(mode & 0o7777).toString(8).padStart(4, "0")}`;
}
