import { execFile } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { dockerEngine, labels, parseEndpoint } from "../../packages/core/src/index.ts";
import { owner, runAsService, socketGroup } from "../ownership/service.ts";
import { realEngines } from "../support/engines.ts";
import { World } from "../support/world.ts";
import { dispatchers } from "./dispatcher.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fleet-example-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The installed command, as a user runs it; resolves to its exit code and output. */
async function fleet(host: string, file: string, ...args: string[]): Promise<{ code: number; stdout: string }> {
  const env = {
    ...process.env,
    QUICKSTART_DIR: folder,
    QUICKSTART_IMAGE: "fleet-test:1",
    CLAUDE_HOOKS_DIR: folder,
    FORGE_TOKEN: "t0ps3cret",
    XDG_STATE_HOME: join(folder, "state"),
    XDG_CACHE_HOME: join(folder, "cache"),
  };
  const command = [
    join(root, "packages/cli/dist/fleet.cjs"),
    ...args,
    "-f",
    join(root, "examples", file),
    "--host",
    host,
  ];
  try {
    return { code: 0, stdout: (await run(process.execPath, command, { env })).stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout: stdout + stderr };
  }
}

/** Its volumes too. */
async function destroyClaudeHooks(host: string): Promise<void> {
  await fleet(host, "claude-hooks/fleet.yaml", "destroy", "--yes");
  const engine = dockerEngine(parseEndpoint(host));
  for (const volume of await engine.listVolumes()) {
    if (volume.labels[labels.fleet] === "claude-hooks") await engine.removeVolume(volume.name);
  }
  await engine.close();
}

describe.each(realEngines())("on Docker $version", ({ host }) => {
  describe.each([
    ["quickstart/fleet.yaml", "quickstart", ["dev", "probe", "reviewer"]],
    [
      "claude-hooks/fleet.yaml",
      "claude-hooks",
      [
        "aaa-probe",
        "boss-2",
        "boss-default",
        "design-reviewer-default",
        "designer-default",
        "dev-2",
        "dev-default",
        "reviewer-2",
        "reviewer-default",
      ],
    ],
  ])("the example %s", (file, name, instances) => {
    test("comes up, is in sync, and goes without a trace but its data", async () => {
      const engine = dockerEngine(parseEndpoint(host));
      const ours = async () =>
        (await engine.listContainers()).filter((container) => container.labels[labels.fleet] === name);
      try {
        const applied = await fleet(host, file, "apply", "--yes");
        expect(applied).toMatchObject({ code: 0 });
        expect((await ours()).map((container) => [container.labels[labels.instance], container.phase])).toEqual(
          instances.map((instance) => [instance, "running"]),
        );
        expect(await fleet(host, file, "plan", "--detailed-exitcode")).toMatchObject({ code: 0 });
      } finally {
        await fleet(host, file, "destroy", "--yes");
        const volumes = (await engine.listVolumes()).filter((volume) => volume.labels[labels.fleet] === name);
        expect(volumes).not.toEqual([]);
        for (const volume of volumes) await engine.removeVolume(volume.name);
      }
      expect(await ours()).toEqual([]);
      await engine.close();
    });
  });

  test("the seed incident: a root-owned projects directory is one chown, and the container stays", async () => {
    const file = "claude-hooks/fleet.yaml";
    const engine = dockerEngine(parseEndpoint(host));
    const projects = join(folder, "agent-env/dev/projects");
    const state = async () => {
      const {
        id,
        state: { startedAt },
      } = await engine.inspectContainer("claude-hooks-dev-default");
      return { id, startedAt };
    };
    try {
      expect(await fleet(host, file, "apply", "--yes")).toMatchObject({ code: 0 });
      const before = await state();
      chownSync(projects, 0, 0);

      const plan = JSON.parse((await fleet(host, file, "plan", "-o", "json")).stdout);
      const actions = plan.instances.flatMap(
        (instance: { actions: { kind: string; reason: string; causes: string[] }[] }) => instance.actions,
      );
      expect(
        actions.map(({ kind, reason, causes }: { kind: string; reason: string; causes: string[] }) => ({
          kind,
          reason,
          causes,
        })),
      ).toEqual([{ kind: "mendSource", reason: "OwnershipWrong", causes: [`ownership.${projects}`] }]);
      expect(JSON.stringify(plan)).not.toContain("t0ps3cret");

      expect(await fleet(host, file, "apply", "--yes")).toMatchObject({ code: 0 });
      expect(await state()).toEqual(before);
      expect(owner(projects)).toBe("1000:1000 0755");
    } finally {
      await destroyClaudeHooks(host);
      await engine.close();
    }
  });

  test.each(dispatchers)(
    "the seed incident, in a service of uid 1000 that embeds the library under $runtime: the directory is mended, the container stays, and a task writes",
    async ({ runtime, command }) => {
      const agent = "designer-default";
      const projects = join(folder, "agent-env/designer/projects");
      const service = () =>
        runAsService(
          new URL("service.mjs", import.meta.url),
          {
            host,
            file: join(root, "examples/claude-hooks/fleet.yaml"),
            env: { CLAUDE_HOOKS_DIR: folder },
            token: "t0ps3cret",
            agent,
            workingDir: "/agent-env/projects",
          },
          { command, group: socketGroup(host) },
        );
      const world = new World(host);
      // Root's: the service may enter it, and make nothing in it.
      chmodSync(folder, 0o755);
      const well = {
        runtime,
        user: "1000:1000",
        phases: ["settled running"],
        written: "0 1000\n",
      };
      try {
        expect(await service()).toMatchObject(well);
        const before = await world.containers("claude-hooks-");
        expect(Object.keys(before)).toHaveLength(9);
        rmSync(join(projects, "session"));
        chownSync(projects, 0, 0);
        expect(owner(projects)).toBe("0:0 0755");

        expect(await service()).toEqual({ ...well, acts: [`${agent} mendSource OwnershipWrong`] });
        expect(owner(projects)).toBe("1000:1000 0755");
        expect(owner(join(projects, "session"))).toBe("1000:1000 0644");
        expect(await world.containers("claude-hooks-")).toEqual(before);
      } finally {
        await destroyClaudeHooks(host);
      }
    },
  );
});

test("the README's spec is valid, and can be rehearsed without Docker", async () => {
  const [, yaml] = /```yaml\n# fleet.yaml\n([\s\S]*?)```/.exec(readFileSync(join(root, "README.md"), "utf8")) ?? [];
  const file = join(folder, "fleet.yaml");
  writeFileSync(file, yaml ?? "");
  const { stdout } = await run(process.execPath, [
    join(root, "packages/cli/dist/fleet.cjs"),
    "-f",
    file,
    "--host",
    `memory:${folder}/try.json`,
    "plan",
  ]);
  expect(stdout).toContain("Plan: 3 to create.");
});

test("the schema that editors load is the one that the command prints", async () => {
  const { stdout } = await run(process.execPath, [join(root, "packages/cli/dist/fleet.cjs"), "schema"]);
  expect(readFileSync(join(root, "docs/fleet.schema.json"), "utf8")).toBe(stdout);
});
