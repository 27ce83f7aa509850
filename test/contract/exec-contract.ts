import { existsSync, readdirSync } from "node:fs";
import { isFleetError, writeProbe } from "@fleet/core";
import { expect, test } from "vitest";
import { Bench, codeOf, type OpenEngine, stubborn } from "./engine-under-test.ts";

export function execContract(open: OpenEngine): void {
  const bench = new Bench(open);
  const running = (word = "web") => bench.run(word, { command: stubborn });
  /** The message that a call rejects with. */
  const messageOf = (call: Promise<unknown>): Promise<string> =>
    call.then(
      () => expect.fail("expected a rejection"),
      (error: unknown) => String(error),
    );

  test("a command runs to its end, and says how", async () => {
    const id = await running();
    const result = await bench.engine.exec(id, { command: ["true"] });
    expect(result).toEqual({ exitCode: 0, pid: expect.any(Number), output: "" });
    expect(result.pid).toBeGreaterThan(0);
    const codes = [["false"], ["sh", "-c", "exit 7"], ["sh", "-c", "exit 127"]];
    const results = await Promise.all(codes.map((command) => bench.engine.exec(bench.name("web"), { command })));
    expect(results.map(({ exitCode, pid }) => [exitCode, pid > 0])).toEqual([
      [1, true],
      [7, true],
      [127, true],
    ]);
  });

  test("what it says comes back as text", async () => {
    const id = await running();
    const say = { command: ["sh", "-c", "echo one; sleep 0.2; echo two; exit 3"] };
    expect(await bench.engine.exec(id, say)).toEqual({ exitCode: 3, pid: expect.any(Number), output: "one\ntwo\n" });
  });

  test("paths: what is there, and what can be written", async () => {
    const source = await bench.directory("source");
    const mounts = [{ kind: "bind", source, target: "/mnt/work", readOnly: false }] as const;
    const id = await bench.run("web", { command: stubborn, mounts });
    const codeOfTest = async (...words: string[]): Promise<number> =>
      (await bench.engine.exec(id, { command: ["test", ...words] })).exitCode;
    expect({
      mount: await codeOfTest("-d", "/mnt/work"),
      writable: await codeOfTest("-w", "/mnt/work"),
      above: await codeOfTest("-e", "/mnt"),
      file: await codeOfTest("-f", "/mnt/work"),
      tmp: await codeOfTest("-w", "/tmp"),
      missing: await codeOfTest("-e", "/nope"),
    }).toEqual({ mount: 0, writable: 0, above: 0, file: 1, tmp: 0, missing: 1 });
  });

  test("a write probe finds a mount that is read-only, even for root, and leaves nothing behind", async () => {
    const source = await bench.directory("source");
    const bind = { kind: "bind", source } as const;
    const mounts = [
      { ...bind, target: "/mnt/work", readOnly: false },
      { ...bind, target: "/mnt/fixed", readOnly: true },
    ];
    const id = await bench.run("web", { command: stubborn, mounts });
    const canWrite = async (path: string): Promise<boolean> =>
      (await bench.engine.exec(id, { command: writeProbe(path) })).exitCode === 0;
    expect([await canWrite("/mnt/work"), await canWrite("/mnt/fixed"), await canWrite("/nope/x")]).toEqual([
      true,
      false,
      false,
    ]);
    // A memory engine's directory is on no disk.
    expect(existsSync(source) ? readdirSync(source) : []).toEqual([]);
  });

  test("the working directory is the request's, and the container's by default", async () => {
    const id = await bench.run("web", { image: "fleet-test:user", command: stubborn });
    const at = async (workingDir?: string): Promise<number> =>
      (await bench.engine.exec(id, { command: ["test", "-d", "claude"], ...(workingDir && { workingDir }) })).exitCode;
    expect([await at(), await at("/home")]).toEqual([1, 0]);
  });

  const cannotBegin: Record<string, [Parameters<typeof bench.engine.exec>[1], RegExp]> = {
    "C62: a missing working directory": [
      { command: ["true"], workingDir: "/nope/x" },
      /^OCI runtime exec failed: .*chdir to cwd \("\/nope\/x"\) set in config.json failed: no such file or directory.*\r\n$/,
    ],
    "a missing binary": [
      { command: ["/nonexistent/program"] },
      /^OCI runtime exec failed: .*exec: "\/nonexistent\/program": .*no such file or directory.*\r\n$/,
    ],
    "a missing user": [
      { command: ["true"], user: "nonexistent" },
      /^unable to find user nonexistent: no matching entries in passwd file\r\n$/,
    ],
  };
  for (const [what, [request, output]] of Object.entries(cannotBegin)) {
    test(`${what} is a result, without a process and with the engine's words`, async () => {
      const id = await running();
      const result = await bench.engine.exec(id, request);
      expect([126, 127]).toContain(result.exitCode);
      expect(result).toEqual({ exitCode: result.exitCode, pid: 0, output: expect.stringMatching(output) });
      expect((await bench.inspect(id)).phase).toBe("running");
    });
  }

  test("one that does not run, is paused or restarting is Refused, and the error says which", async () => {
    const command = ["true"];
    const created = await bench.create("created");
    const paused = await running("paused");
    await bench.hands.pause(paused);
    const failing = await bench.run("failing", { command: ["false"], restart: { policy: "always" } });
    expect(await codeOf(bench.engine.exec(created, { command }))).toBe("Refused");
    expect(await messageOf(bench.engine.exec(created, { command }))).toMatch(/container \S+ is not running/i);
    expect(await codeOf(bench.engine.exec(paused, { command }))).toBe("Refused");
    expect(await messageOf(bench.engine.exec(paused, { command }))).toMatch(/is paused/);
    // Long enough between two runs to be asked.
    await bench.eventually(failing, ({ state }) => state.phase === "restarting" && state.restartCount > 2);
    expect(await codeOf(bench.engine.exec(failing, { command }))).toBe("Refused");
    await bench.engine.unpauseContainer(paused);
  });

  test("C62: no container is NotFound, which a missing directory is not", async () => {
    const nobody = bench.name("nobody");
    expect(await codeOf(bench.engine.exec(nobody, { command: ["true"], workingDir: "/nope/x" }))).toBe("NotFound");
    expect(await codeOf(bench.engine.listExecs(nobody))).toBe("NotFound");
  });

  test("no command is Invalid, and so is a variable without a name, whose value is in no error", async () => {
    const id = await running();
    expect(await codeOf(bench.engine.exec(id, { command: [] }))).toBe("Invalid");
    const nameless = { command: ["true"], env: { "": "s3cret" } };
    expect(await codeOf(bench.engine.exec(id, nameless))).toBe("Invalid");
    expect(await messageOf(bench.engine.exec(id, nameless))).not.toContain("s3cret");
  });

  test("a command whose container is killed under it ends with 137", async () => {
    const id = await running();
    const call = bench.engine.exec(id, { command: ["sleep", "30"] });
    await bench.begun(id);
    await bench.hands.kill(id);
    expect(await call).toEqual({ exitCode: 137, pid: expect.any(Number), output: "" });
  });

  test("a command whose container is removed under it is Refused, or ended with 137 if the engine could still say so", async () => {
    const id = await running();
    const call = bench.engine.exec(id, { command: ["sleep", "30"] }).then(
      ({ exitCode }) => exitCode,
      (error: unknown) => isFleetError(error) && error.code,
    );
    await bench.begun(id);
    await bench.engine.removeContainer(id, { force: true });
    expect(["Refused", 137]).toContain(await call);
  });

  test("a deadline and a signal leave the command to itself, which is seen to run until its container ends", async () => {
    const id = await running();
    const command = ["sleep", "infinity"];
    expect(await codeOf(bench.engine.exec(id, { command }, { deadline: 300 }))).toBe("Timeout");
    const cancelled = bench.engine.exec(id, { command, user: "1000" }, { signal: AbortSignal.timeout(300) });
    expect(await codeOf(cancelled)).toBe("Cancelled");
    const execs = await bench.engine.listExecs(id);
    expect(execs).toEqual(execs.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
    expect(execs.toSorted((a, b) => a.pid - b.pid)).toEqual([
      { id: expect.stringMatching(/^[0-9a-f]{64}$/), pid: expect.any(Number) },
      { id: expect.stringMatching(/^[0-9a-f]{64}$/), pid: expect.any(Number), user: "1000" },
    ]);
    await bench.hands.kill(id);
    expect(await bench.engine.listExecs(id)).toEqual([]);
  });

  test("an exec is listed while it runs, and not when it has ended", async () => {
    const id = await running();
    expect(await bench.engine.listExecs(id)).toEqual([]);
    const call = bench.engine.exec(id, { command: ["sleep", "1"] });
    const [seen] = await bench.begun(id);
    expect((await call).pid).toBe(seen?.pid);
    expect(await bench.engine.listExecs(bench.name("web"))).toEqual([]);
  });

  test("one that does not run has no execs", async () => {
    expect(await bench.engine.listExecs(await bench.create("web"))).toEqual([]);
  });

  test("health probes are no execs", async () => {
    const id = await bench.run("web", {
      command: stubborn,
      healthcheck: { test: ["CMD-SHELL", "sleep 9"], interval: 100 },
    });
    const call = bench.engine.exec(id, { command: ["sleep", "1"] });
    const listed = await bench.begun(id);
    expect(listed).toHaveLength(1);
    expect((await call).pid).toBe(listed[0]?.pid);
    expect(await bench.engine.listExecs(id)).toEqual([]);
  });
}
