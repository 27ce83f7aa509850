import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exitMeanings } from "../../packages/cli/src/exit.ts";
import { note, twoInstances, Workbench } from "./command.ts";

let bench: Workbench;
beforeAll(() => {
  bench = new Workbench().write("fleet.yaml", twoInstances).write("empty.yaml", "");
});
afterAll(() => bench.remove());

const failed = (message: string, hint: string) => ({
  code: 1,
  stdout: "",
  stderr: `error: ${message}\nhint: ${hint}\n`,
});

describe("usage", () => {
  it.each([
    [["plna"], "unknown command 'plna'", "did you mean plan?"],
    [["plan", "--tarrget", "x"], "unknown option '--tarrget'", "did you mean --target?"],
    [["run", "--timeout", "5s"], "fleet run takes --timeout only with --once", "add --once, or leave --timeout out"],
    [
      ["run", "--listen-remote"],
      "fleet run takes --listen-remote only with --listen",
      "add --listen, or leave --listen-remote out",
    ],
    [
      ["plan", "--context", ""],
      "option '--context <name>' argument '' is invalid. It is empty.",
      "fleet --help lists commands, fleet COMMAND --help their options",
    ],
    [["plan", "--yes"], "unknown option '--yes'", "fleet --help lists commands, fleet COMMAND --help their options"],
    [
      ["plan", "web"],
      "too many arguments for 'plan'. Expected 0 arguments but got 1.",
      "name instances with --target NAME",
    ],
    [["explain"], "missing required argument 'name'", "name an instance: fleet status lists them"],
    [["explain", "wbe"], "fleet demo has no instance wbe", "did you mean `web`?"],
    [["suspend", "wbe"], "fleet demo has no instance wbe", "did you mean `web`?"],
    [["resume", "wbe"], "fleet demo has no instance wbe", "did you mean `web`?"],
    [["events", "wbe"], "fleet demo has no instance wbe", "did you mean `web`?"],
    [["suspend", "web", "--reason", "a\nb"], "--reason: expected a text of one line", "leave it out, or say why"],
    [
      ["run", "--listen", "8080"],
      '--listen: expected an address and a port, found "8080"',
      "give both, as in --listen 127.0.0.1:8080",
    ],
    [
      ["run", "--notify", "hooks.example.com/T0K3N"],
      "webhook: expected an http or https URL, found something else",
      "give one such as https://example.com/hook",
    ],
    [["run", "-f", "-"], "stdin cannot be followed: fleet run needs a file", "name it with -f FILE, or add --once"],
    [["systemd", "--user", "--system"], "--system and --user are both given", "leave one of them out"],
    [["--host", "memory:", "validate"], "fleet validate takes no --host", "fleet validate --help lists its options"],
    [
      ["plan", "-f"],
      "option '-f, --file <file>' argument missing",
      "fleet --help lists commands, fleet COMMAND --help their options",
    ],
    [
      ["plan", "-o", "xml"],
      "option '-o, --output <format>' argument 'xml' is invalid. Allowed choices are human, json.",
      "fleet --help lists commands, fleet COMMAND --help their options",
    ],
    [
      ["apply", "--timeout", "5"],
      "option '--timeout <duration>' argument '5' is invalid. Expected a time such as 90s, 5m or 1m30s.",
      "fleet --help lists commands, fleet COMMAND --help their options",
    ],
  ])("%j", async (argv, message, hint) => {
    const host = /^(explain|suspend|resume|events)$/.test(argv[0] ?? "") ? ["--host", bench.address] : [];
    const { stderr, ...rest } = await bench.run([...host, ...argv]);
    expect({ ...rest, stderr: stderr.replace(note, "") }).toEqual(failed(message, hint));
  });

  it("is a JSON document when JSON was asked for", async () => {
    const { code, stdout } = await bench.run(["plan", "--tarrget", "x", "-o", "json"]);
    expect({ code, document: JSON.parse(stdout) }).toEqual({
      code: 1,
      document: {
        schema: "fleet.error/v1",
        code: "Invalid",
        message: "unknown option '--tarrget'",
        hint: "did you mean --target?",
      },
    });
  });

  it("shows help on stdout when asked, and on stderr when nothing was", async () => {
    const asked = await bench.run(["--help"]);
    expect(asked).toMatchObject({ code: 0, stderr: "" });
    expect(await bench.run([])).toEqual({ code: 1, stdout: "", stderr: asked.stdout });
    expect(await bench.run(["help", "plan"])).toEqual(await bench.run(["plan", "--help"]));
    expect(await bench.run(["--version"])).toEqual({ code: 0, stdout: "1.2.3\n", stderr: "" });
  });

  it("keeps every line of help within the terminal", async () => {
    for (const argv of [["--help"], ["plan", "--help"], ["apply", "--help"], ["run", "--help"], ["events", "--help"]]) {
      const { stdout } = await bench.run(argv, { terminal: true });
      expect(stdout.split("\n").filter((line) => line.length > 80 && !/^ {2}\S/.test(line))).toEqual([]);
    }
  });

  it("lists every exit code", async () => {
    const { stdout } = await bench.run(["--help"]);
    for (const [code, meaning] of exitMeanings) expect(stdout).toContain(`${String(code).padStart(5)}  ${meaning}\n`);
  });
});

describe("a fleet file that cannot be read", () => {
  it("is missing", async () => {
    expect(await bench.run(["validate", "-f", "none.yaml"])).toEqual(
      failed("there is no file none.yaml in /bench", "name the fleet file with -f FILE"),
    );
  });

  it("is a directory", async () => {
    mkdirSync(join(bench.folder, "sub"));
    expect(await bench.run(["validate", "-f", "sub/"])).toEqual(
      failed("sub/ is a directory, and a file is expected", "name the file in it: -f sub/fleet.yaml"),
    );
  });

  it("leads nowhere", async () => {
    symlinkSync("loop.yaml", join(bench.folder, "loop.yaml"));
    const { code, stderr } = await bench.run(["validate", "-f", "loop.yaml"]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^error: loop\.yaml cannot be read: ELOOP/),
    });
  });

  it.each([
    ["UTF-16", Buffer.from("\ufeffkind: Fleet", "utf16le"), "line 1, byte 1 is 0xff"],
    ["UTF-16 without a mark", Buffer.from("kind: Fleet", "utf16le"), "line 1, byte 2 is 0x00"],
    ["binary", Buffer.from([0x23, 0x0a, 0x61, 0x3a, 0x80]), "line 2, byte 3 is 0x80"],
  ])("is %s", async (_name, bytes, place) => {
    writeFileSync(join(bench.folder, "bytes.yaml"), bytes);
    expect(await bench.run(["validate", "-f", "bytes.yaml"])).toEqual(
      failed(`bytes.yaml is not UTF-8 text: ${place}`, "save it as UTF-8, if it is a fleet file"),
    );
  });

  it("is empty", async () => {
    const { code, stdout, stderr } = await bench.run(["validate", "-f", "empty.yaml"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("error[Empty]");
  });
});

describe("an engine that is not there", () => {
  it("is an error that says where it was looked for", async () => {
    const { code, stdout, stderr } = await bench.run(["plan", "--host", "unix:///nowhere/docker.sock"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^error: .*unix:\/\/\/nowhere\/docker\.sock.*\nhint: .*\n$/);
  });

  it.each([
    [
      ["plan", "--host", "memory:none/state.json"],
      /^error: there is no directory \/bench\/none for the memory engine's state\n/,
    ],
    [
      ["plan", "--host", "memory:."],
      /^error: the memory engine's state cannot be kept in \/bench: it is a directory\n/,
    ],
    [["plan", "--host", "ftp://x"], /^error: The engine address "ftp:\/\/x" cannot be used/],
    [["plan", "--host", "memory:", "--context", "x"], /^error: Both a host and a docker context are given/],
    [["plan", "--context", "nosuch"], /^error: .*nosuch/],
  ])("%j", async (argv, expected) => {
    const { code, stderr } = await bench.run(argv);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(expected) });
  });

  it("is forgotten without a file", async () => {
    const { stderr, code } = await bench.run(["apply", "--yes", "--host", "memory:"]);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: "note: memory engine: no container is real, and all of it is forgotten when this command ends\n",
    });
    expect((await bench.run(["plan", "--host", "memory:", "--detailed-exitcode"])).code).toBe(2);
  });
});
