import { afterAll, afterEach, describe, expect, test } from "vitest";
import { dockerEngine, isFleetError, parseEndpoint } from "../../packages/core/src/index.ts";
import { realEngines } from "../support/engines.ts";
import { startProxy } from "../support/proxy.ts";
import { scratch } from "../support/scratch.ts";
import { eventually } from "../support/world.ts";

describe.each(realEngines())("commands in a container of engine $version", ({ host }) => {
  const engine = dockerEngine(parseEndpoint(host));
  const { name, clean } = scratch(engine, "exec");

  afterEach(clean);
  afterAll(() => engine.close());

  async function run(image = "fleet-test:1"): Promise<string> {
    const id = await engine.createContainer(name("a"), { image, command: ["sleep", "infinity"] });
    await engine.startContainer(id);
    return id;
  }

  const shell = (id: string, line: string, more: { env?: Record<string, string>; user?: string } = {}) =>
    engine.exec(id, { command: ["sh", "-c", line], ...more });

  test("both streams in the order of arrival, the request's environment, user and directory", async () => {
    const id = await run();
    const line = 'echo "$A $REV"; sleep 0.2; id -u >&2; sleep 0.2; pwd';
    const request = { command: ["sh", "-c", line], env: { A: "1=2" }, user: "1000", workingDir: "/tmp" };
    expect((await engine.exec(id, request)).output).toBe("1=2 1\n1000\n/tmp\n");
  });

  test("of much output the end is kept", async () => {
    const id = await run();
    const { output, exitCode } = await shell(id, "seq 1 40000; echo end");
    expect({ exitCode, length: output.length, end: output.slice(-16) }).toEqual({
      exitCode: 0,
      length: 64 * 1024,
      end: "\n39999\n40000\nend\n".slice(-16),
    });
  });

  test("a process that closes its output is waited for", async () => {
    const id = await run();
    expect((await shell(id, "exec >&- 2>&-; sleep 0.5; exit 5")).exitCode).toBe(5);
  });

  test("a deadline frees the connection", async () => {
    const id = await run();
    const proxy = await startProxy({ target: host });
    const behind = dockerEngine(parseEndpoint(proxy.host));
    const call = behind.exec(id, { command: ["sh", "-c", "echo begun; sleep 60"] }, { deadline: 1500 });
    const failure = call.catch((error: unknown) => error);
    await eventually(async () => (proxy.streaming === 1 ? true : undefined));
    expect(await failure).toMatchObject({ code: "Timeout" });
    await eventually(async () => (proxy.streaming === 0 ? true : undefined));
    await behind.close();
    await proxy.close();
  });

  test("a connection that breaks under a command is Unreachable, at once", async () => {
    const id = await run();
    const proxy = await startProxy({ target: host });
    const behind = dockerEngine(parseEndpoint(proxy.host));
    const call = behind.exec(id, { command: ["sh", "-c", "echo begun; sleep 60"] });
    const failure = call.catch((error: unknown) => error);
    await eventually(async () => (proxy.streaming === 1 ? true : undefined));
    proxy.cut();
    expect(await failure).toMatchObject({ code: "Unreachable" });
    await behind.close();
    await proxy.close();
  });

  test("no error has a value of the environment in it, whatever fails", async () => {
    const id = await run();
    const secret = { env: { TOKEN: "s3cret" } };
    const proxy = await startProxy({ target: host });
    const behind = dockerEngine(parseEndpoint(proxy.host));
    const errors: unknown[] = [];
    for (const [path, fault] of [
      [/\/containers\/.*\/exec$/, { kind: "answer", status: 500, message: "no" }],
      [/\/containers\/.*\/exec$/, { kind: "lose" }],
      [/\/start$/, { kind: "answer", status: 500, message: "no" }],
      [/\/start$/, { kind: "truncate" }],
      [/\/start$/, { kind: "hang" }],
    ] as const) {
      proxy.setRules([{ path, fault }]);
      const request = { command: ["true"], ...secret };
      errors.push(await behind.exec(id, request, { deadline: 500 }).catch((error: unknown) => error));
    }
    errors.push(await behind.exec(name("nobody"), { command: ["true"], ...secret }).catch((error: unknown) => error));
    expect(errors.map((error) => isFleetError(error))).toEqual(errors.map(() => true));
    const { inspect } = await import("node:util");
    expect(inspect(errors, { depth: 20, showHidden: true })).not.toContain("s3cret");
    await behind.close();
    await proxy.close();
  });
});
