import { EventEmitter } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { systemClock } from "@fleet/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Program } from "../program.ts";
import { FleetReload } from "./fleet-reload.ts";

let folder: string;
let said: string[];
let reload: FleetReload;
const loop = {
  desire: ({ instances }: { readonly instances: readonly { readonly name: string }[] }) =>
    void said.push(`desires ${instances.map(({ name }) => name).join(" and ")}`),
  refuse: (message: string) => void said.push(`refuses: ${message}`),
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fleet-reload-"));
  said = [];
  const program: Program = {
    argv: [],
    executable: [],
    pid: 1,
    version: "1",
    env: { HOME: folder },
    cwd: folder,
    uid: 0,
    processors: 2,
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    signals: new EventEmitter(),
    clock: systemClock,
  };
  const log = { warn: (keys: object, text?: string) => void said.push(`warns: ${JSON.stringify(keys)} ${text}`) };
  reload = new FleetReload({ program, file: "fleet.yaml", log });
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(instances: string, name = "demo"): void {
  const text = `apiVersion: fleet/v1\nkind: Fleet\nmetadata: { name: ${name} }\nspec:\n  instances: ${instances}\n`;
  writeFileSync(join(folder, "fleet.yaml"), text);
}

test("what was asked for before anybody followed is done when somebody does", async () => {
  write("[{ name: web, image: a }]");
  await reload.reload();
  expect(said).toEqual([]);
  reload.follow({ fleet: "demo", loop });
  await reload.reload();
  expect(said).toEqual(["desires web", "desires web"]);
});

test("a file that does not hold is refused with its first mistake and the place of it", async () => {
  reload.follow({ fleet: "demo", loop });
  write("[{ name: web, imag: a }, { nam: db }]");
  await reload.reload();
  write("[{ name: web, image: a }]", "other");
  await reload.reload();
  rmSync(join(folder, "fleet.yaml"));
  await reload.reload();
  expect(said).toEqual([
    "refuses: fleet.yaml:5:28: nothing is called `imag` here",
    "refuses: fleet.yaml is of fleet other now, and this keeps demo: start fleet run anew",
    `refuses: there is no file fleet.yaml in ${folder}`,
  ]);
});

test("files that it refers to are read anew", async () => {
  reload.follow({ fleet: "demo", loop });
  write("[{ name: web, image: a, envFile: [web.env] }]");
  writeFileSync(join(folder, "web.env"), "A=1\n");
  await reload.reload();
  writeFileSync(join(folder, "web.env"), "not a line\n");
  await reload.reload();
  expect(said[0]).toBe("desires web");
  expect(said[1]).toMatch(/^refuses: .*web\.env/);
});
