import { existsSync } from "node:fs";
import { request } from "node:http";
import type { FleetStatus } from "@fleet/core";
import { socketPath } from "@fleet/runner";
import type { Program } from "../program.ts";

/** Milliseconds: it answers from memory. */
const patience = 2_000;

/** What the fleet run whose state is in `folder` says; undefined when none answers. Never rejects. */
export async function runningLoop({ env, uid }: Program, folder: string): Promise<FleetStatus | undefined> {
  const socket = socketPath(folder, { env, uid });
  // Most often there is none, and a request costs more than all the rest of it.
  if (!existsSync(socket)) return undefined;
  try {
    return JSON.parse(await get(socket, "/v1/instances"));
  } catch {
    return undefined;
  }
}

function get(socket: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: socket, path, timeout: patience, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString("utf8"));
        else reject(new Error(`answered ${response.statusCode}`));
      });
    });
    asked.on("timeout", () => asked.destroy(new Error("no answer")));
    asked.on("error", reject);
    asked.end();
  });
}
