import { spawn } from "node:child_process";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  diagnoseExec,
  dockerEngine,
  type ExecDiagnosis,
  type ExecReason,
  type ExecRequest,
  parseEndpoint,
} from "../../packages/core/src/index.ts";
import { ask } from "../support/ask.ts";
import { realEngines } from "../support/engines.ts";
import { scratch } from "../support/scratch.ts";
import { eventually } from "../support/world.ts";

const packages = new URL("../../scripts/lib/packages.mjs", import.meta.url).href;

/** What is needed of `scripts/lib/packages.mjs`. */
interface Packages {
  ensureClient(onProgress: (message: string) => void): Promise<string>;
}

describe.each(realEngines())("why a command fails, on engine $version", ({ host }) => {
  const engine = dockerEngine(parseEndpoint(host));
  const { name, clean } = scratch(engine, "diagnosis");
  let docker = "";

  beforeAll(async () => {
    docker = await ((await import(packages)) as Packages).ensureClient(() => {});
  }, 300_000);
  afterEach(clean);
  afterAll(() => engine.close());

  async function create(config: { command?: readonly string[]; restart?: { policy: "always" } } = {}): Promise<string> {
    return engine.createContainer(name("a"), { image: "fleet-test:1", command: ["sleep", "infinity"], ...config });
  }

  async function run(): Promise<string> {
    const id = await create();
    await engine.startContainer(id);
    return id;
  }

  async function throughApi(container: string, request: ExecRequest): Promise<ExecDiagnosis> {
    const asked = { container, ...request };
    try {
      return diagnoseExec({ ...(await engine.exec(container, request)), asked });
    } catch (error) {
      return diagnoseExec({ error, asked });
    }
  }

  function throughCli(container: string, request: ExecRequest, to: string = host): Promise<ExecDiagnosis> {
    const { command, user, workingDir } = request;
    const flags = [...(user ? ["--user", user] : []), ...(workingDir ? ["--workdir", workingDir] : [])];
    const child = spawn(docker, ["exec", "-i", ...flags, container, ...command], {
      env: { ...process.env, DOCKER_HOST: to },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (exitCode, signal) =>
        resolve(diagnoseExec({ exitCode, signal, output, asked: { container, ...request } })),
      );
    });
  }

  /** The reason through the API, and through the CLI; `?` where it is not sure. */
  async function both(container: string, request: Partial<ExecRequest> = {}): Promise<readonly string[]> {
    const whole = { command: ["true"], ...request };
    return [short(await throughApi(container, whole)), short(await throughCli(container, whole))];
  }

  const short = ({ reason, sure }: ExecDiagnosis): string => (sure ? reason : `${reason}?`);
  const twice = (reason: ExecReason): readonly string[] => [reason, reason];

  test("C62: a missing working directory is not a missing container, and the container is left untouched", async () => {
    const id = await run();
    const before = await engine.inspectContainer(id);
    expect(await both(id, { workingDir: "/nope/x" })).toEqual(twice("WorkingDirMissing"));
    expect(await both(id, { workingDir: "/etc/passwd" })).toEqual(twice("WorkingDirMissing"));
    expect(await engine.inspectContainer(id)).toEqual(before);
    await engine.removeContainer(id, { force: true });
    expect(await both(id, { workingDir: "/nope/x" })).toEqual(twice("ContainerMissing"));
    expect(await both(name("a"), { workingDir: "/nope/x" })).toEqual(twice("ContainerMissing"));
  });

  test("a container that was never started, has stopped, is paused or restarting", async () => {
    const id = await create();
    expect(await both(id)).toEqual(twice("ContainerStopped"));
    // By name the engine's answer, which has the id, cannot be told from one about another container.
    expect(await both(name("a"))).toEqual(["ContainerStopped", "ContainerStopped?"]);
    await engine.startContainer(id);
    await ask(host, "POST", `/containers/${id}/pause`);
    expect(await both(id)).toEqual(twice("ContainerPaused"));
    await engine.unpauseContainer(id);
    await engine.stopContainer(id, { gracePeriod: 0 });
    expect(await both(id)).toEqual(twice("ContainerStopped"));
    await engine.removeContainer(id);
    const failing = await create({ command: ["false"], restart: { policy: "always" } });
    await engine.startContainer(failing);
    await eventually(async () => {
      const { state } = await engine.inspectContainer(failing);
      return state.phase === "restarting" && state.restartCount > 4 ? true : undefined;
    });
    expect(await both(failing)).toEqual(twice("ContainerRestarting"));
  });

  test("a missing binary, a missing user, a missing group", async () => {
    const id = await run();
    expect(await both(id, { command: ["nonesuch", "x"] })).toEqual(twice("BinaryMissing"));
    expect(await both(id, { command: ["/nope/program"] })).toEqual(twice("BinaryMissing"));
    expect(await both(id, { user: "nobodyhere" })).toEqual(twice("UserMissing"));
    expect(await both(id, { user: "root:nogroup" })).toEqual(twice("UserMissing"));
    expect(await both(id, { command: ["/tmp"] })).toEqual(["Refused", "Refused?"]);
  });

  test("C62: a command that ends with the engine's exit codes and words", async () => {
    const id = await run();
    const words =
      'OCI runtime exec failed: exec failed: unable to start container process: chdir to cwd (\\"/tmp\\") set in config.json failed: no such file or directory: unknown';
    const saying = (code: number, text = words): Partial<ExecRequest> => ({
      command: ["sh", "-c", `echo "${text}"; exit ${code}`],
      workingDir: "/tmp",
    });
    expect(await both(id, saying(126))).toEqual(["CommandFailed", "WorkingDirMissing?"]);
    expect(await both(id, saying(127))).toEqual(["CommandFailed", "WorkingDirMissing?"]);
    expect(await both(id, saying(1))).toEqual(twice("CommandFailed"));
    expect(await both(id, saying(1, "Error response from daemon: No such container: other"))).toEqual([
      "CommandFailed",
      "CommandFailed?",
    ]);
    expect(await both(id, { command: ["sh", "-c", "nonesuch"] })).toEqual(["CommandFailed", "CommandFailed?"]);
    expect(await both(id, { command: ["sh", "-c", "exit 3"] })).toEqual(twice("CommandFailed"));
    expect(await both(id, { command: ["sh", "-c", "kill -9 $$"] })).toEqual([
      "KilledWithContainer?",
      "KilledWithContainer?",
    ]);
    expect(await both(id)).toEqual(twice("Succeeded"));
  });

  test("a container that is killed or removed under the command", async () => {
    const command = ["sleep", "60"];
    for (const end of ["kill", "remove"] as const) {
      const id = await run();
      const ends = Promise.all([throughApi(id, { command }), throughCli(id, { command })]);
      await eventually(async () => ((await engine.listExecs(id)).length === 2 ? true : undefined));
      if (end === "kill") await ask(host, "POST", `/containers/${id}/kill`);
      await engine.removeContainer(id, { force: true });
      expect((await ends).map(({ reason }) => reason)).toEqual(twice("KilledWithContainer"));
    }
  });

  test("a container that ends as the command is to begin: never the command's own failure", async () => {
    const command = ["sh", "-c", "echo begun; sleep 0.01"];
    const found = new Set<ExecReason>();
    for (let round = 0; round < 3; round += 1) {
      const id = await run();
      const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
      const ends = Array.from({ length: 12 }, async (_, index) => {
        await pause(8 * index);
        return Promise.all([throughApi(id, { command }), throughCli(id, { command })]);
      });
      await pause(50);
      await engine.removeContainer(id, { force: true });
      for (const { reason } of (await Promise.all(ends)).flat()) found.add(reason);
    }
    // The docker CLI shows an answer of 500 to the upgrade of its connection without its words.
    const causes: ExecReason[] = [
      "ContainerMissing",
      "ContainerStopped",
      "KilledWithContainer",
      "Refused",
      "Succeeded",
    ];
    expect([...found].filter((reason) => !causes.includes(reason))).toEqual([]);
    expect(found).toContain("ContainerStopped");
  });

  test("no engine", async () => {
    const nowhere = "unix:///nonexistent/docker.sock";
    const away = dockerEngine(parseEndpoint(nowhere));
    const error: unknown = await away.exec("a", { command: ["true"] }).catch((rejected: unknown) => rejected);
    expect(short(diagnoseExec({ error }))).toBe("EngineGone");
    expect(short(await throughCli("a", { command: ["true"] }, nowhere))).toBe("EngineGone?");
    await away.close();
  });
});
