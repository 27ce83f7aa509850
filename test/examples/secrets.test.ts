import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { Daemon } from "../cli/daemon.ts";
import { runExecutable } from "../cli/executable.ts";
import { realEngines } from "../support/engines.ts";
import { Operator } from "../support/operator.ts";
import { eventually, World } from "../support/world.ts";

/** What no reader is to find: each value begins with it. */
const mark = "t0ps3cret";

describe.each(realEngines())("on Docker $version", ({ host }) => {
  test("no secret is in anything that comes out: events, log, journal and all other state, plan, status, explain, metrics, labels", async () => {
    const folder = mkdtempSync(join(tmpdir(), "fleet-secrets-"));
    const name = `secrets${process.pid}`;
    const operator = new Operator(host);
    const world = new World(host);
    const env = { DOCKER_HOST: host, FORGE_TOKEN: `${mark}-of-the-environment` };
    const write = (file: string, text: string): void => writeFileSync(join(folder, file), text);
    write("password", `${mark}-first`);
    write(
      "fleet.yaml",
      `
apiVersion: fleet/v1
kind: Fleet
metadata: { name: ${name} }
spec:
  policy: { backoff: { base: 500ms } }
  templates:
    any:
      image: fleet-test:1
      command: [sleep, infinity]
      init: true
      env: { FORGE_TOKEN: { secret: FORGE_TOKEN }, PASSWORD: { file: ./password } }
  instances:
    - { name: a, template: any }
    - { name: b, template: any }
    - { name: broken, template: any, init: false, entrypoint: [/no/such/program] }
`,
    );
    const loop = new Daemon(["--log-level", "debug", "--listen", "127.0.0.1:0", "-f", "fleet.yaml"], folder, env);
    onTestFinished(async () => {
      await loop.kill();
      await operator.clean(`${name}-`);
      rmSync(folder, { recursive: true });
    });
    const found: string[] = [];
    const fleet = async (words: string): Promise<void> => {
      const { stdout, stderr } = await runExecutable([...words.split(" "), "-f", "fleet.yaml"], { cwd: folder, env });
      found.push(stdout, stderr);
    };
    const variables = async (instance: string): Promise<readonly string[]> =>
      (await world.container(`${name}-${instance}`)).Config.Env;

    // Everything that may happen: started, failing, vanished, suspended, another value, replaced.
    await loop.event(({ reason, instance }) => reason === "Settled" && instance === "b");
    await loop.event(({ reason, instance }) => reason === "ActionFailed" && instance === "broken");
    await operator.remove(`${name}-a`);
    await loop.event(({ reason }) => reason === "ContainerVanished");
    await fleet("suspend b --for 1h --reason rotation");
    await loop.event(({ reason, instance }) => reason === "Suspended" && instance === "b");
    write("password", `${mark}-second`);
    loop.signal("SIGHUP");
    await eventually(async () => {
      const all = await variables("a").catch((): readonly string[] => []);
      return all.includes(`PASSWORD=${mark}-second`) ? all : undefined;
    });
    // They are where they belong, and there alone.
    expect(await variables("a")).toContain(`FORGE_TOKEN=${env.FORGE_TOKEN}`);
    expect(await variables("b")).toContain(`PASSWORD=${mark}-first`);

    for (const output of ["human", "json"]) {
      for (const command of ["validate", "plan", "status", "explain b", "explain broken", "events", "apply --yes"]) {
        await fleet(`${command} -o ${output}`);
      }
    }
    const { addresses } = (await loop.logged("listening")) as { addresses: readonly string[] };
    const address = addresses.find((one) => one.startsWith("http:"));
    for (const path of ["/metrics", "/v1/instances", "/v1/instances/b", "/v1/plan", "/v1/events?follow=false"]) {
      const answer = await fetch(`${address}${path}`);
      expect([path, answer.status]).toEqual([path, 200]);
      found.push(await answer.text());
    }
    loop.signal("SIGTERM");
    expect(await loop.ended()).toBe(0);
    found.push(JSON.stringify(loop.documents), loop.stderr);
    const state = join(folder, "state");
    for (const path of readdirSync(state, { recursive: true }) as string[]) {
      if (statSync(join(state, path)).isFile()) found.push(readFileSync(join(state, path), "utf8"));
    }
    for (const instance of ["a", "b"]) {
      found.push(JSON.stringify((await world.container(`${name}-${instance}`)).Config.Labels));
    }

    // The change is told of by its name.
    const drift = found.filter((text) => text.includes("env.PASSWORD"));
    expect(drift.length).toBeGreaterThan(5);
    expect(found.filter((text) => text.includes(mark))).toEqual([]);
  });
});
