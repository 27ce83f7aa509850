import { expect, test } from "vitest";
import { isFleetError } from "../errors.ts";
import { ManualClock } from "../manual-clock.ts";
import { containerConfig } from "../spec/builders.ts";
import { memoryEngine } from "./memory.ts";

function running(options: { anyImage?: boolean; config?: Parameters<typeof containerConfig>[0] } = {}) {
  const clock = new ManualClock();
  const { anyImage = false, config = {} } = options;
  const engine = memoryEngine({ clock, anyImage, images: { "fleet-test:1": {} } });
  engine.addContainer("web", containerConfig({ command: ["sleep", "infinity"], ...config }));
  const exec = (...command: string[]) => engine.exec("web", { command });
  return { clock, engine, exec };
}

const outcome = (call: Promise<unknown>): Promise<unknown> =>
  call.catch((error) => (isFleetError(error) ? error.code : error));

/** Lets promises that are ready go on. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a command takes its time on the clock, is listed meanwhile, and leaves nothing behind", async () => {
  const { clock, engine, exec } = running();
  let ended: unknown = "runs";
  const call = exec("sh", "-c", "echo a; sleep 2; exit 3").then((result) => {
    ended = result;
  });
  await turn();
  const [seen] = await engine.listExecs("web");
  clock.advance(1999);
  await turn();
  expect(ended).toBe("runs");
  clock.advance(1);
  await call;
  expect(ended).toEqual({ exitCode: 3, pid: seen?.pid, output: "a\n" });
  expect(await engine.listExecs("web")).toEqual([]);
});

test("what is not understood runs for ever: its deadline ends the call, its container the process", async () => {
  const { clock, engine, exec } = running();
  const call = outcome(exec("agent", "--run"));
  await turn();
  clock.advance(10_000);
  expect(await call).toBe("Timeout");
  expect(await engine.listExecs("web")).toHaveLength(1);
  engine.exit("web", 1);
  expect(await engine.listExecs("web")).toEqual([]);
});

test("where every image exists it succeeds at once", async () => {
  const { exec } = running({ anyImage: true });
  expect(await exec("agent", "--run")).toEqual({ exitCode: 0, pid: expect.any(Number), output: "" });
  expect((await exec("/nonexistent/agent")).pid).toBe(0);
});

test("a container that ends, and runs again by its policy, has ended its commands", async () => {
  const { clock, engine, exec } = running({ config: { restart: { policy: "always" } } });
  const call = exec("sleep", "60");
  await turn();
  engine.exit("web", 1);
  clock.advance(200);
  expect(await call).toEqual({ exitCode: 137, pid: expect.any(Number), output: "" });
  expect((await engine.inspectContainer("web")).phase).toBe("running");
});

test("a container that is removed under a command: Refused, as the engine has forgotten both", async () => {
  const { engine, exec } = running();
  const call = outcome(exec("sleep", "60"));
  await turn();
  engine.remove("web");
  expect(await call).toBe("Refused");
});

test("execs of others come and go by control, and are no calls", async () => {
  const { engine } = running();
  const first = engine.startExec("web", { user: "1000" });
  const second = engine.startExec("web");
  const pid = expect.any(Number);
  const all = [
    { id: first, pid, user: "1000" },
    { id: second, pid },
  ].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  expect(await engine.listExecs("web")).toEqual(all);
  engine.endExec("web", first);
  expect(await engine.listExecs("web")).toEqual([{ id: second, pid }]);
  engine.stop("web");
  expect(await engine.listExecs("web")).toEqual([]);
  expect(new Set(engine.calls.map(({ verb, mutating }) => `${verb} ${mutating}`))).toEqual(
    new Set(["listExecs false"]),
  );
  expect(() => engine.startExec("web")).toThrow(expect.objectContaining({ code: "Conflict" }));
});

test("what is in a container: root, /tmp, working directory and mounts by themselves, the rest by control", async () => {
  const { engine, exec } = running({
    config: {
      workingDir: "/home/claude",
      mounts: [
        { kind: "volume", source: "state", target: "/state", readOnly: false },
        { kind: "bind", source: "/src", target: "/etc/agent/conf", readOnly: true },
      ],
    },
  });
  const facts = async (path: string): Promise<string> => {
    const flags = ["-e", "-d", "-f", "-w"];
    const codes = await Promise.all(flags.map((flag) => exec("test", flag, path)));
    return flags.filter((_, index) => codes[index]?.exitCode === 0).join(" ");
  };
  const paths = ["/", "/tmp", "/home/claude", ".", "/home", "/state", "/etc/agent/conf", "/etc/agent", "/opt", "conf"];
  expect(Object.fromEntries(await Promise.all(paths.map(async (path) => [path, await facts(path)])))).toEqual({
    "/": "-e -d -w",
    "/tmp": "-e -d -w",
    "/home/claude": "-e -d -w",
    ".": "-e -d -w",
    "/home": "-e -d -w",
    "/state": "-e -d -w",
    "/etc/agent/conf": "-e -d",
    "/etc/agent": "-e -d -w",
    "/opt": "",
    conf: "",
  });
  engine.setPath("web", "/home/claude/conf", { type: "file", writable: false });
  engine.setPath("web", "/opt/deep/work", { type: "directory", writable: false });
  engine.setPath("web", "/state", null);
  const changed = ["conf", "/opt/deep", "/opt/deep/work", "/state", "/state/below"];
  expect(Object.fromEntries(await Promise.all(changed.map(async (path) => [path, await facts(path)])))).toEqual({
    conf: "-e -f",
    "/opt/deep": "-e -d -w",
    "/opt/deep/work": "-e -d",
    "/state": "",
    "/state/below": "",
  });
});

test("C62: a working directory that is gone, or a file, or relative: the engine's words and no process", async () => {
  const { engine } = running({ config: { workingDir: "/work" } });
  const at = async (workingDir?: string) =>
    engine.exec("web", { command: ["true"], ...(workingDir && { workingDir }) });
  const failed = (why: string) => ({
    exitCode: 126,
    pid: 0,
    output: `OCI runtime exec failed: exec failed: ${why}\r\n`,
  });
  const cwd = (path: string, why: string) =>
    failed(`unable to start container process: chdir to cwd ("${path}") set in config.json failed: ${why}: unknown`);
  engine.setPath("web", "/file", { type: "file", writable: true });
  expect(await at("/nope/x")).toEqual(cwd("/nope/x", "no such file or directory"));
  expect(await at("/file")).toEqual(cwd("/file", "not a directory"));
  expect(await at("work")).toEqual(failed("Cwd must be an absolute path: unknown"));
  expect((await at()).exitCode).toBe(0);
  engine.setPath("web", "/work", null);
  expect(await at()).toEqual(cwd("/work", "no such file or directory"));
});
