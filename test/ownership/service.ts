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
  const gid = statSync(host.replace("unix://", "")).gid;
  return (await runAsService("unprivileged.mjs", { host, withEngine: true, ...request }, gid)) as ServiceOutcome;
}

/** What a script beside this file prints, as JSON, that was run as uid 1000 with one argument. */
export function runAsService(script: string, argument: unknown, gid = serviceUser): Promise<unknown> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  return new Promise((resolve, reject) => {
    const words = [path, JSON.stringify(argument)];
    execFile(process.execPath, words, { uid: serviceUser, gid }, (error, stdout, stderr) => {
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
