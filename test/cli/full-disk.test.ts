import { type ChildProcess, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../support/world.ts";
import { twoInstances, Workbench } from "./command.ts";
import { type ChildOptions, type Ended, executable, runExecutable } from "./executable.ts";

let bench: Workbench;
beforeEach(() => {
  bench = new Workbench().write("fleet.yaml", twoInstances);
});
let loop: ChildProcess | undefined;
afterEach(() => {
  loop?.kill("SIGKILL");
  bench.remove();
});

const fleet = (argv: string, options: Partial<ChildOptions> = {}): Promise<Ended> =>
  runExecutable([...argv.split(" "), "--host", bench.address], { cwd: bench.folder, ...options });

const running = async (): Promise<string[]> => {
  const containers = await bench.engine.listContainers();
  return containers.filter(({ phase }) => phase === "running").map(({ name }) => name);
};

const full = "/dev/full";
const unwritten = "error: stdout could not be written whole: ENOSPC: no space left on device, write\n";

describe("a full disk behind the output", () => {
  it("is an error in one line for a command that only tells", async () => {
    const { code, stderr } = await fleet("plan -o json", { files: { stdout: full } });
    expect({ code, stderr: stderr.split("\n").slice(1).join("\n") }).toEqual({ code: 1, stderr: unwritten });
    expect(await fleet("plan --detailed-exitcode", { files: { stderr: full } })).toMatchObject({ code: 2 });
  });

  it("lets apply and destroy finish", async () => {
    const files = { stdout: full, stderr: full };
    expect((await fleet("apply --yes", { files })).code).toBe(1);
    expect((await running()).sort()).toEqual(["demo-db", "demo-web"]);
    bench.write("fleet.yaml", twoInstances.replace("app:1", "app:2"));
    expect((await fleet("apply --yes -o json", { files: { stderr: full } })).code).toBe(0);
    expect((await fleet("plan --detailed-exitcode")).code).toBe(0);
    expect((await fleet("destroy --yes", { files })).code).toBe(1);
    expect(await bench.engine.listContainers()).toEqual([]);
  });

  it.each([
    ["stderr", { stderr: full }, 0],
    ["stdout", { stdout: full }, 1],
  ])("does not keep fleet run from healing when it is behind %s", async (_name, files, expected) => {
    bench.write("fleet.yaml", twoInstances.replace("concurrency: 1", "resync: 1s"));
    const ended = fleet("run -o json", { files, begun: (child) => (loop = child) });
    const both = (): Promise<true> => eventually(async () => ((await running()).length === 2 ? true : undefined));
    await both();
    bench.engine.remove("demo-web");
    await both();
    loop?.kill("SIGTERM");
    const { code, stderr } = await ended;
    expect({ code, last: stderr.split("\n").at(-2) ?? "" }).toEqual({
      code: expected,
      last: expected === 0 ? "" : unwritten.trimEnd(),
    });
  });

  it("is noticed when it takes half of a document", async () => {
    // A limit on a file's size is met as a full disk is: the last write takes what fits.
    const script = `trap "" XFSZ; ulimit -f 4; exec "$@" > schema.json`;
    const { status, stderr } = spawnSync("sh", ["-c", script, "sh", process.execPath, executable, "schema"], {
      cwd: bench.folder,
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: "error: stdout could not be written whole: EFBIG: file too large, write\n",
    });
    expect(readFileSync(join(bench.folder, "schema.json"))).toHaveLength(2048);
  });
});
