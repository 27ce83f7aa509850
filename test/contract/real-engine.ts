import { mkdir, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { dockerEngine, parseEndpoint } from "@fleet/core";
import type { EngineUnderTest } from "./engine-under-test.ts";

/** An engine on this machine, by its unix socket. */
export async function openRealEngine(host: string): Promise<EngineUnderTest> {
  const endpoint = parseEndpoint(host);
  if (endpoint.kind !== "unix") throw new Error(`${host}: the contract suite needs an engine on this machine`);
  return {
    engine: dockerEngine(endpoint),
    pause: (container) => post(endpoint.path, `/containers/${container}/pause`),
    kill: (container) => post(endpoint.path, `/containers/${container}/kill`),
    makeDirectory: async (path) => {
      await mkdir(path);
    },
    makeFile: (path) => writeFile(path, ""),
    removePath: (path) => rm(path, { recursive: true, force: true }),
  };
}

function post(socketPath: string, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path, method: "POST" }, (response) => {
      response.resume();
      const { statusCode = 0 } = response;
      if (statusCode < 300) response.on("end", resolve);
      else reject(new Error(`POST ${path}: ${statusCode}`));
    })
      .on("error", reject)
      .end();
  });
}
