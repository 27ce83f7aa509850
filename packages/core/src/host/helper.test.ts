import { expect, test } from "vitest";
import { memoryEngine } from "../engine/memory.ts";
import { FleetError } from "../errors.ts";
import { ManualClock } from "../manual-clock.ts";
import type { ContainerConfig } from "../spec/config.ts";
import { type HelperJob, helperContainer, helperLabel } from "./helper.ts";

const image = "tools:1";
const job: HelperJob = {
  verb: "mend",
  mount: "/srv/p",
  expect: { device: 7n, inode: 9007199254740993n },
  path: "",
  type: "directory",
  owner: { uid: 1000, gid: 1001 },
  mode: 0o755,
  recursive: false,
  nested: ["a b"],
  source: "/srv/p",
  hint: "sudo chown -h 1000:1001 '/srv/p'",
};

function setUp() {
  const clock = new ManualClock();
  const engine = memoryEngine({ clock, images: { [image]: { entrypoint: ["/app"], command: ["serve"] } } });
  const helper = helperContainer(engine, { now: () => clock.now() });
  /** Does something to the helper container as soon as it runs. */
  const whenRunning = (act: (name: string) => void) =>
    engine.onCall(({ verb }) => {
      if (verb !== "waitContainer") return;
      engine.listContainers().then((all) => {
        for (const { name } of all.filter(({ phase }) => phase === "running")) act(name);
      });
    });
  const names = async () => (await engine.listContainers()).map(({ name }) => name);
  return { clock, engine, helper, whenRunning, names };
}

test("the container may do this one thing and nothing else, and is gone afterwards", async () => {
  const { engine, helper, whenRunning, names, clock } = setUp();
  let config: ContainerConfig | undefined;
  whenRunning((name) => {
    engine.inspectContainer(name).then((found) => {
      config = found.config;
      engine.exit(name, 0);
    });
  });
  expect(await helper.run(job, { image })).toEqual({ by: "helper", skipped: [] });
  expect(config).toMatchObject({
    image,
    entrypoint: ["sh", "-c", expect.stringContaining("own_below"), "fleet-helper"],
    command: ["mend", "7:9007199254740993", "1000:1001", "00755", "d", "no", "", "a b"],
    labels: { [helperLabel]: String(clock.now()) },
    user: "0:0",
    mounts: [{ kind: "bind", source: "/srv/p", target: "/source", readOnly: false }],
    networkMode: "none",
    capAdd: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID"],
    capDrop: ["ALL"],
    readOnly: true,
    securityOpt: ["label=disable", "no-new-privileges"],
  });
  expect(Object.keys(config?.labels ?? {})).toEqual([helperLabel]);
  expect(await names()).toEqual([]);
});

test("it is removed when its work fails", async () => {
  const { engine, helper, whenRunning, names } = setUp();
  whenRunning((name) => engine.exit(name, 10));
  await expect(helper.run(job, { image })).rejects.toMatchObject({
    code: "Conflict",
    message: "/srv/p was swapped: exit code 10",
  });
  expect(await names()).toEqual([]);
});

test("it is removed when the caller gives up", async () => {
  const { helper, whenRunning, names } = setUp();
  const stop = new AbortController();
  whenRunning(() => stop.abort());
  await expect(helper.run(job, { image, signal: stop.signal })).rejects.toMatchObject({ code: "Cancelled" });
  expect(await names()).toEqual([]);
});

test("it is removed when it was made and the answer was lost", async () => {
  const { engine, helper, names } = setUp();
  engine.fail("createContainer", 1, new FleetError("Unreachable", "gone"), { applied: true });
  await expect(helper.run(job, { image })).rejects.toMatchObject({ code: "Unreachable", retry: true });
  expect(await names()).toEqual([]);
});

test("the same helper of another process is left to it", async () => {
  const { engine, helper, whenRunning, names } = setUp();
  const stopListening = whenRunning(() => {});
  const other = helper.run(job, { image });
  await expect(helper.run(job, { image })).rejects.toMatchObject({ code: "Conflict", retry: true });
  stopListening();
  const [name = ""] = await names();
  engine.exit(name, 0);
  await other;
  expect(await names()).toEqual([]);
});

test("what a crash left behind is removed ten minutes later, and nothing that only looks like it", async () => {
  const { clock, engine, helper, whenRunning, names } = setUp();
  const label = { [helperLabel]: String(clock.now()) };
  const left = { image, command: ["sleep", "infinity"], labels: label };
  engine.addContainer("fleet-helper-created", left, "created");
  engine.addContainer("fleet-helper-ended", left);
  engine.exit("fleet-helper-ended", 0);
  engine.addContainer("fleet-helper-running", left);
  engine.addContainer("fleet-helper-unlabelled", { image }, "created");
  engine.addContainer("somebody-elses", left, "created");
  whenRunning((name) => {
    if (name !== "fleet-helper-running") engine.exit(name, 0);
  });
  const all = ["created", "ended", "running", "unlabelled"].map((name) => `fleet-helper-${name}`);

  await clock.advance(600_000);
  await helper.run(job, { image });
  expect(await names()).toEqual([...all, "somebody-elses"]);

  await clock.advance(1);
  await helper.run(job, { image });
  expect(await names()).toEqual([...all.slice(2), "somebody-elses"]);
});

test.each([
  {
    why: "a proxy forbids it",
    arrange: ({ engine }: ReturnType<typeof setUp>) =>
      engine.fail("createContainer", 1, new FleetError("Forbidden", "403 from the proxy")),
    message: "may not mend /srv/p: the engine does not let a helper container be made: 403 from the proxy",
  },
  {
    why: "the image has no shell",
    arrange: ({ engine }: ReturnType<typeof setUp>) =>
      engine.fail("startContainer", 1, new FleetError("Refused", "sh: not found")),
    message: "may not mend /srv/p: the helper container from tools:1 does not start: sh: not found",
  },
  {
    why: "the image is gone",
    arrange: ({ engine }: ReturnType<typeof setUp>) => engine.removeImage(image),
    message: "may not mend /srv/p: the engine does not hold the image tools:1 to run a helper container with",
  },
  {
    why: "the image lacks a program",
    arrange: ({ engine, whenRunning }: ReturnType<typeof setUp>) => whenRunning((name) => engine.exit(name, 127)),
    message: "may not mend /srv/p: the image tools:1 lacks a program: exit code 127",
  },
])("refused for good, with the command, when $why", async ({ arrange, message }) => {
  const world = setUp();
  arrange(world);
  await expect(world.helper.run(job, { image })).rejects.toMatchObject({
    code: "Forbidden",
    retry: false,
    message,
    hint: job.hint,
  });
  expect(await world.names()).toEqual([]);
});

test("an engine that does not answer is not a refusal", async () => {
  const { engine, helper } = setUp();
  engine.setUnreachable(true);
  await expect(helper.run(job, { image })).rejects.toMatchObject({ code: "Unreachable", retry: true });
});
