import { expect, test } from "vitest";
import { observe } from "../act/observe.ts";
import type { Engine } from "../engine/engine.ts";
import { memoryEngine } from "../engine/memory.ts";
import type { MemoryControls } from "../engine/memory-controls.ts";
import { memoryHost } from "../host/memory.ts";
import { ManualClock } from "../manual-clock.ts";
import { containerConfig, instanceSpec, sourceSpec } from "../spec/builders.ts";
import type { Lifecycle, Ownership } from "../spec/instance.ts";
import type { FleetPolicy, HealPolicy } from "../spec/policy.ts";
import { defaultHeal, defaultPolicy } from "../spec/policy-defaults.ts";
import type { Action } from "./action.ts";
import { planHealing } from "./heal.ts";
import { planInstance } from "./instance.ts";

type Trouble = (engine: Engine & MemoryControls, host: ReturnType<typeof memoryHost>) => unknown;

const mount = { kind: "bind" as const, source: "/srv/data", target: "/data", readOnly: false };
const owned = (repair: Ownership["repair"]): Ownership => ({
  uid: 1000,
  gid: 1000,
  mode: 0o755,
  repair,
  recursive: false,
});

/** What the loop does about a trouble, and what it leaves to a person, under a policy. */
async function heal(
  trouble: Trouble,
  {
    heal: changes = {},
    mode = "converge",
    repair = "auto",
    lifecycle = { kind: "hot" },
  }: {
    heal?: Partial<HealPolicy>;
    mode?: FleetPolicy["mode"];
    repair?: Ownership["repair"];
    lifecycle?: Lifecycle;
  } = {},
): Promise<string> {
  const clock = new ManualClock();
  const host = memoryHost();
  const engine = memoryEngine({ clock, host, images: { "fleet-test:1": {} } });
  host.addDirectory("/srv/data", { uid: 1000, gid: 1000, mode: 0o755 });
  const healthcheck = { test: ["CMD", "true"], interval: 1_000, retries: 1 };
  const spec = instanceSpec({
    config: containerConfig({ mounts: [mount], healthcheck }),
    sources: [sourceSpec({ path: "/srv/data", target: "/data", ownership: owned(repair) })],
    lifecycle,
    heal: { ...defaultHeal, ...changes },
  });
  const look = () => observe(engine, host, { fleet: "test", instances: [spec], now: clock.now() });
  const first = planInstance(spec, await look(), defaultPolicy).actions.find(
    (action) => action.kind === "createContainer",
  );
  if (first?.kind === "createContainer") engine.addContainer("test-one", first.config);
  await trouble(engine, host);
  const { plan, withheld } = planHealing(spec, await look(), { ...defaultPolicy, mode });
  const words = (actions: readonly Action[]): string =>
    actions.map(({ kind, reason }) => `${kind} ${reason}`).join(", ");
  return `${plan.verdict} ${plan.remedy}: ${words(plan.actions)}${withheld.length > 0 ? ` | left: ${words(withheld)}` : ""}`;
}

const missing: Trouble = (engine) => engine.remove("test-one");
const exited: Trouble = (engine) => engine.exit("test-one", 3);
const paused: Trouble = (engine) => engine.pause("test-one");
const dead: Trouble = (engine) => engine.setPhase("test-one", "dead");
const unhealthy: Trouble = (engine) => engine.setHealth("test-one", "unhealthy");
const moved: Trouble = (engine) => engine.addImage("fleet-test:1");
const updated: Trouble = (engine) => engine.updateContainer("test-one", { pids: 10 });
const chowned: Trouble = (_engine, host) => host.change("/srv/data", { uid: 0, gid: 0 });

const lazy = { kind: "lazy", idleStop: 60_000 } as const;
const exitedAndMoved: Trouble = (engine, host) => {
  exited(engine, host);
  moved(engine, host);
};

const creation = "createContainer ContainerMissing, startContainer ContainerMissing";
const replacement =
  "createContainer ImageMoved, stopContainer ImageMoved, renameContainer ImageMoved, renameContainer ImageMoved, startContainer ImageMoved, awaitReady ImageMoved, removeContainer ImageMoved";
const pausedAndMoved: Trouble = (engine, host) => {
  paused(engine, host);
  moved(engine, host);
};

test.each<[string, Trouble, Parameters<typeof heal>[1], string]>([
  ["nothing is wrong", () => undefined, {}, "inSync none: "],
  ["missing", missing, {}, `pending create: ${creation}`],
  ["missing, and only reported", missing, { heal: { missing: "report" } }, `inSync none:  | left: ${creation}`],
  ["exited", exited, {}, "pending restart: startContainer ContainerExited"],
  [
    "exited, and only reported",
    exited,
    { heal: { stopped: "report" } },
    "inSync none:  | left: startContainer ContainerExited",
  ],
  ["paused", paused, {}, "pending restart: unpauseContainer ContainerPaused"],
  [
    "paused and moved: what goes on at once comes first",
    pausedAndMoved,
    {},
    "pending restart: unpauseContainer ContainerPaused",
  ],
  [
    "paused, and only reported",
    paused,
    { heal: { paused: "report" } },
    "inSync none:  | left: unpauseContainer ContainerPaused",
  ],
  [
    "dead, and only reported",
    dead,
    { heal: { stopped: "report" } },
    expect.stringMatching(/^inSync none: {2}\| left: createContainer ContainerDead, /),
  ],
  ["unhealthy", unhealthy, {}, "pending restart: stopContainer ContainerUnhealthy, startContainer ContainerUnhealthy"],
  [
    "unhealthy, and only reported",
    unhealthy,
    { heal: { unhealthy: "report" } },
    "inSync none:  | left: stopContainer ContainerUnhealthy, startContainer ContainerUnhealthy",
  ],
  ["another image", moved, {}, `pending replace: ${replacement}`],
  [
    "another image, and drift is only reported",
    moved,
    { heal: { drift: "report" } },
    `inSync none:  | left: ${replacement}`,
  ],
  ["updated by hand", updated, {}, "pending update: updateContainer FieldsDiffer"],
  ["a source of another owner", chowned, {}, "pending host: mendSource OwnershipWrong"],
  [
    "a source of another owner, for a person's apply",
    chowned,
    { repair: "plan" },
    "inSync none:  | left: mendSource OwnershipWrong",
  ],
  [
    "a source of another owner, and only reported",
    chowned,
    { heal: { ownership: "report" } },
    "inSync none:  | left: mendSource OwnershipWrong",
  ],
  [
    "exited and another image, of which drift is only reported: the old one is started",
    exitedAndMoved,
    { heal: { drift: "report" } },
    `pending restart: startContainer ContainerExited | left: ${replacement}`,
  ],
  ["lazy and missing", missing, { lifecycle: lazy }, "pending create: createContainer ContainerMissing"],
  ["lazy and exited", exited, { lifecycle: lazy }, "inSync none: "],
  [
    "lazy, running and unhealthy",
    unhealthy,
    { lifecycle: lazy },
    "pending restart: stopContainer ContainerUnhealthy, startContainer ContainerUnhealthy",
  ],
  [
    "lazy, exited and another image, of which drift is only reported: nothing is started",
    exitedAndMoved,
    { lifecycle: lazy, heal: { drift: "report" } },
    "inSync none:  | left: createContainer ImageMoved, renameContainer ImageMoved, renameContainer ImageMoved, removeContainer ImageMoved",
  ],
  [
    "mode observe leaves everything",
    (engine, host) => {
      missing(engine, host);
      chowned(engine, host);
    },
    { mode: "observe" },
    `inSync none:  | left: mendSource OwnershipWrong, ${creation}`,
  ],
])("%s", async (_what, trouble, policy, expected) => {
  expect(await heal(trouble, policy)).toEqual(expected);
});
