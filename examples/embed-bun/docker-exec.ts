import { spawn } from "node:child_process";
import type { ExecOutcome } from "@fleet/core";

const { DOCKER = "docker" } = process.env;
/** Characters that are kept of what a command prints. */
const kept = 64 * 1024;

export interface ExecRequest {
  readonly container: string;
  readonly workingDir: string;
  readonly command: readonly string[];
}

/**
 * `docker exec -i -w DIR CONTAINER …`, to its end; DOCKER_HOST says where. Never rejects: what it resolves to is for
 * `diagnoseExec`. An aborted signal ends the docker CLI; the command in the container goes on.
 */
export function dockerExec(asked: ExecRequest, signal: AbortSignal): Promise<ExecOutcome & { output: string }> {
  const { container, workingDir, command } = asked;
  return new Promise((resolve) => {
    const child = spawn(DOCKER, ["exec", "-i", "-w", workingDir, container, ...command]);
    let output = "";
    const keep = (chunk: Buffer): void => {
      output = (output + chunk).slice(-kept);
    };
    const cancel = (): void => void child.kill();
    signal.addEventListener("abort", cancel);
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.stdin.on("error", () => undefined).end();
    child.on("error", (error) => resolve({ error, asked, output }));
    child.on("close", (exitCode, killedBy) => {
      signal.removeEventListener("abort", cancel);
      resolve({ exitCode, signal: killedBy, output, asked });
    });
  });
}
