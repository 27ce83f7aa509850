import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { twoInstances, Workbench } from "./command.ts";

let bench: Workbench;
beforeEach(() => {
  bench = new Workbench().write("fleet.yaml", twoInstances);
});
afterEach(() => bench.remove());

describe("fleet validate", () => {
  it("asks no engine and says how many instances there are", async () => {
    expect(await bench.run(["validate"])).toEqual({
      code: 0,
      stdout: "fleet.yaml is valid: 2 instances\n",
      stderr: "",
    });
    expect(JSON.parse((await bench.run(["validate", "-o", "json"])).stdout)).toEqual({
      schema: "fleet.validate/v1",
      file: "fleet.yaml",
      valid: true,
      fleet: "demo",
      instances: ["db", "web"],
      diagnostics: [],
    });
  });

  it("shows every diagnostic with its place, and exits with 1", async () => {
    bench.write("bad.yaml", twoInstances.replace("image: ", "imaeg: "));
    const { code, stdout, stderr } = await bench.run(["validate", "-f", "bad.yaml"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(" --> bad.yaml:8:15\n");
    expect(stderr).toContain("did you mean `image`?");
    const json = await bench.run(["validate", "-f", "bad.yaml", "-o", "json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      schema: "fleet.validate/v1",
      valid: false,
      diagnostics: [{ severity: "error", code: "UnknownKey", line: 8, column: 15 }],
    });
  });

  it("finds a missing secret", async () => {
    bench.write("fleet.yaml", twoInstances.replace("image: ", "env: { T: { secret: TOKEN } }, image: "));
    const { code, stderr } = await bench.run(["validate"]);
    expect(code).toBe(1);
    expect(stderr).toContain("error[SecretMissing]: the secret TOKEN is not set");
    expect((await bench.run(["validate"], { env: { TOKEN: "x" } })).code).toBe(0);
  });

  it("warns without failing", async () => {
    bench.write("fleet.yaml", twoInstances.replace("  instances:", "    idle: { image: x }\n  instances:"));
    const { code, stdout, stderr } = await bench.run(["validate"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "fleet.yaml is valid: 2 instances\n" });
    expect(stderr).toContain("warning[Unused]");
  });
});

describe("an invalid fleet file", () => {
  it("stops every other command before an engine is asked, also as JSON", async () => {
    bench.write("fleet.yaml", twoInstances.replace("image: ", "imaeg: "));
    for (const command of ["plan", "apply", "status", "destroy"]) {
      const { code, stdout } = await bench.run([command, "-o", "json", "--host", "unix:///nowhere.sock"]);
      expect({ code, document: JSON.parse(stdout) }).toMatchObject({
        code: 1,
        document: { schema: "fleet.error/v1", code: "SpecInvalid", diagnostics: [{ code: "UnknownKey" }] },
      });
    }
  });
});

describe("fleet schema", () => {
  it("prints a JSON Schema", async () => {
    const { code, stdout, stderr } = await bench.run(["schema"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ $schema: "http://json-schema.org/draft-07/schema#", title: "fleet" });
  });
});
