import { describe, expect, test } from "vitest";
import type { ContainerObservation, ContainerPhase, ContainerState } from "../observe/container.ts";
import type { EngineInfo } from "../observe/engine.ts";
import type { ImageObservation } from "../observe/image.ts";
import { labels } from "../observe/labels.ts";
import type { Observation } from "../observe/observation.ts";
import { containerConfig, instanceSpec } from "../spec/builders.ts";
import type { ContainerConfig } from "../spec/config.ts";
import type { InstanceSpec } from "../spec/instance.ts";
import type { FleetPolicy } from "../spec/policy.ts";
import { defaultPolicy } from "../spec/policy-defaults.ts";
import { describeAction } from "./describe.ts";
import { planInstance } from "./instance.ts";
import type { InstancePlan } from "./plan.ts";

const one = `sha256:${"1".repeat(64)}`;
const two = `sha256:${"2".repeat(64)}`;

const engine: EngineInfo = {
  id: "engine",
  version: "26.1.5",
  apiVersion: "1.45",
  hostname: "box",
  operatingSystem: "Debian",
  idMapping: "none",
  swapLimit: true,
  loggingDriver: "json-file",
  cpus: 8,
  memory: 1,
};

const image = (id: string): ImageObservation => ({
  id,
  tags: ["fleet-test:1"],
  digests: [],
  defaults: { env: {}, labels: {}, volumes: [] },
});

const spec = instanceSpec();
const lazy = instanceSpec({ lifecycle: { kind: "lazy", idleStop: 60_000 } });

/** A container of the instance `one` as its spec wants it, changed. */
function container(
  changes: Omit<Partial<ContainerObservation>, "state"> & { readonly state?: Partial<ContainerState> } = {},
): ContainerObservation {
  const { state, ...rest } = changes;
  const phase = state?.phase ?? "running";
  const id = changes.id ?? "c".repeat(64);
  const own = { [labels.fleet]: "test", [labels.instance]: "one", [labels.schema]: "1" };
  return {
    id,
    name: "test-one",
    imageId: one,
    labels: own,
    config: reported(id),
    createdAt: 0,
    ...rest,
    phase,
    state: { phase, oomKilled: false, restartCount: 0, pid: 0, ...state },
  };
}

function reported(id: string, changes: Partial<ContainerConfig> = {}): ContainerConfig {
  return { ...containerConfig(), hostname: id.slice(0, 12), restart: { policy: "no" }, ...changes };
}

const exited = (exitCode: number) => ({ phase: "exited", exitCode }) as const;

function world(containers: readonly ContainerObservation[], changes: Partial<Observation> = {}): Observation {
  return {
    engine,
    at: 0,
    containers: containers.length === 0 ? {} : { one: containers },
    foreign: {},
    images: { "fleet-test:1": image(one) },
    volumes: new Set(),
    networks: new Set(["bridge", "host", "none"]),
    sources: {},
    staleMounts: {},
    ...changes,
  };
}

/** The plan as `verdict remedy: action (reason), …`. */
function told({ verdict, remedy, actions }: InstancePlan): string {
  const steps = actions.map((action) => `${describeAction(action)} (${action.reason})`);
  return `${verdict} ${remedy}: ${steps.join(", ") || "nothing"}`;
}

const plan = (observation: Observation, wanted: InstanceSpec = spec, rules: FleetPolicy = defaultPolicy) =>
  planInstance(wanted, observation, rules);

test("in sync: a whole plan that says nothing", () => {
  expect(plan(world([container()]))).toEqual({
    instance: "one",
    container: "test-one",
    verdict: "inSync",
    remedy: "none",
    drifts: [],
    actions: [],
    blocks: [],
  });
});

test("missing: created with what the spec declares and fleet's labels, and started", () => {
  const wanted = instanceSpec({ config: containerConfig({ labels: { a: "1" }, cpus: 1 }) });
  const because = { reason: "ContainerMissing", causes: [] };
  const owned = '{"fields":["command","labels.a","networks.bridge","resources.cpus"],"secrets":[]}';
  expect(plan(world([]), wanted)).toEqual({
    instance: "one",
    container: "test-one",
    verdict: "pending",
    remedy: "create",
    drifts: [],
    actions: [
      {
        kind: "createContainer",
        name: "test-one",
        config: {
          ...wanted.config,
          labels: {
            a: "1",
            "fleet.name": "test",
            "fleet.instance": "one",
            "fleet.owned": owned,
            "fleet.schema": "1",
          },
        },
        ...because,
      },
      { kind: "startContainer", container: { id: null, name: "test-one" }, ...because },
    ],
    blocks: [],
  });
});

test("missing and lazy: created, and not started", () => {
  expect(told(plan(world([]), lazy))).toBe("pending create: create container test-one (ContainerMissing)");
});

describe("by phase", () => {
  const hot: [Partial<ContainerState>, string][] = [
    [{ phase: "running" }, "inSync none: nothing"],
    [{ phase: "restarting" }, "inSync none: nothing"],
    [{ phase: "created" }, "pending restart: start test-one (ContainerNeverStarted)"],
    [exited(0), "pending restart: start test-one (ContainerExited)"],
    [exited(137), "pending restart: start test-one (ContainerExited)"],
    [{ phase: "paused" }, "pending restart: unpause test-one (ContainerPaused)"],
    [{ phase: "removing" }, "blocked create: nothing"],
  ];
  test.each(hot)("hot and %o", (state, expected) => {
    expect(told(plan(world([container({ state })])))).toBe(expected);
  });

  const oneshot: [Partial<ContainerState>, string][] = [
    [{ phase: "running" }, "inSync none: nothing"],
    [{ phase: "created" }, "pending restart: start test-one (ContainerNeverStarted)"],
    [exited(0), "inSync none: nothing"],
    [exited(1), "pending restart: start test-one (ContainerExited)"],
  ];
  test.each(oneshot)("one-shot and %o", (state, expected) => {
    const job = instanceSpec({ lifecycle: { kind: "oneshot" } });
    expect(told(plan(world([container({ state })]), job))).toBe(expected);
  });

  const lazily: [Partial<ContainerState>, string][] = [
    [{ phase: "running" }, "inSync none: nothing"],
    [{ phase: "restarting" }, "inSync none: nothing"],
    [{ phase: "created" }, "inSync none: nothing"],
    [{ phase: "created", error: "port is taken" }, "inSync none: nothing"],
    [exited(0), "inSync none: nothing"],
    [exited(137), "inSync none: nothing"],
    [{ phase: "paused" }, "pending restart: unpause test-one (ContainerPaused)"],
    [{ phase: "removing" }, "blocked create: nothing"],
    [
      { phase: "dead" },
      "pending replace: create container test-one.next (ContainerDead), " +
        "rename test-one to test-one.old (ContainerDead), rename test-one.next to test-one (ContainerDead), " +
        "remove test-one.old (ContainerDead)",
    ],
  ];
  test.each(lazily)("lazy and %o", (state, expected) => {
    expect(told(plan(world([container({ state })]), lazy))).toBe(expected);
  });

  test("dead: only a new one will do", () => {
    expect(told(plan(world([container({ state: { phase: "dead" } })])))).toBe(
      "pending replace: create container test-one.next (ContainerDead), stop test-one (ContainerDead), " +
        "rename test-one to test-one.old (ContainerDead), rename test-one.next to test-one (ContainerDead), " +
        "start test-one (ContainerDead), wait until test-one is ready (ContainerDead), " +
        "remove test-one.old (ContainerDead)",
    );
  });

  test("C53: removing is waited for", () => {
    expect(plan(world([container({ state: { phase: "removing" } })])).blocks).toEqual([
      {
        reason: "RemovalInProgress",
        message: "the engine is removing test-one",
        hint: "it is made again once the engine is done",
        waits: true,
      },
    ]);
  });

  test("C10: a killed container that publishes ports is started, not replaced", () => {
    const ports = [{ containerPort: 80, protocol: "tcp", hostPort: 8080, hostIp: "0.0.0.0" }] as const;
    const wanted = instanceSpec({ config: containerConfig({ ports }) });
    const found = container({ state: exited(137), config: reported("c".repeat(64), { ports }) });
    expect(told(plan(world([found]), wanted))).toBe("pending restart: start test-one (ContainerExited)");
  });

  test("C60: a paused one that differs is replaced only after it was unpaused", () => {
    const wanted = instanceSpec({ config: containerConfig({ command: ["sleep", "1"] }) });
    const kinds = plan(world([container({ state: { phase: "paused" } })]), wanted).actions.map(({ kind }) => kind);
    expect(kinds.slice(0, 3)).toEqual(["createContainer", "unpauseContainer", "stopContainer"]);
  });
});

describe("updates", () => {
  test("all that can be changed in place is one call; memory and swap travel together", () => {
    const wanted = instanceSpec({
      config: containerConfig({ memory: 2 ** 30, cpus: 2, restart: { policy: "always" } }),
    });
    const { actions, remedy } = plan(world([container()]), wanted);
    expect({ actions, remedy }).toEqual({
      remedy: "update",
      actions: [
        {
          kind: "updateContainer",
          container: { id: "c".repeat(64), name: "test-one" },
          update: { memory: 2 ** 30, memorySwap: 2 ** 31, cpus: 2, restart: { policy: "always" } },
          reason: "FieldsDiffer",
          causes: ["resources.cpus", "resources.memory", "restart"],
        },
      ],
    });
  });

  test("a limit that cannot be lifted in place is a replacement, and takes the others with it", () => {
    const found = container({ config: reported("c".repeat(64), { memory: 2 ** 30, memorySwap: 2 ** 31, pids: 9 }) });
    const { remedy, drifts, actions } = plan(world([found]));
    expect([remedy, drifts.map(({ path }) => path), actions[0]?.causes]).toEqual([
      "replace",
      ["resources.memory", "resources.pids"],
      ["resources.memory"],
    ]);
  });

  test("another network is made and attached before the first is left", () => {
    const wanted = instanceSpec({ config: containerConfig({ networks: { zoo: { aliases: ["be"] } } }) });
    expect(told(plan(world([container()]), wanted))).toBe(
      "pending update: create network zoo (NetworkMissing), connect test-one to zoo (FieldsDiffer), " +
        "disconnect test-one from bridge (FieldsDiffer)",
    );
  });

  test("other aliases are a detach and an attach", () => {
    const wanted = instanceSpec({ config: containerConfig({ networks: { app: { aliases: ["be", "b"] } } }) });
    const found = container({ config: reported("c".repeat(64), { networks: { app: { aliases: ["be"] } } }) });
    expect(told(plan(world([found], { networks: new Set(["app"]) }), wanted))).toBe(
      "pending update: disconnect test-one from app (FieldsDiffer), connect test-one to app (FieldsDiffer)",
    );
  });

  test("one that differs and has exited is updated, then started", () => {
    const wanted = instanceSpec({ config: containerConfig({ cpus: 1 }) });
    expect(told(plan(world([container({ state: exited(1) })]), wanted))).toBe(
      "pending restart: update test-one (FieldsDiffer), start test-one (ContainerExited)",
    );
  });
});

describe("lazy", () => {
  const changed = instanceSpec({ ...lazy, config: containerConfig({ command: ["x"] }) });
  const outer = "rename test-one to test-one.old (FieldsDiffer), rename test-one.next to test-one (FieldsDiffer)";

  test.each([{ phase: "created" } as const, exited(137)])("one that differs and is idle stays so: %o", (state) => {
    expect(told(plan(world([container({ state })]), changed))).toBe(
      `pending replace: create container test-one.next (FieldsDiffer), ${outer}, remove test-one.old (FieldsDiffer)`,
    );
  });

  test.each(["running", "restarting"] as const)("one that differs and is %s is replaced as any other", (phase) => {
    expect(told(plan(world([container({ state: { phase } })]), changed))).toBe(
      `pending replace: create container test-one.next (FieldsDiffer), stop test-one (FieldsDiffer), ${outer}, ` +
        "start test-one (FieldsDiffer), wait until test-one is ready (FieldsDiffer), remove test-one.old (FieldsDiffer)",
    );
  });

  test("what can be updated is updated while it is idle", () => {
    const wanted = instanceSpec({ ...lazy, config: containerConfig({ cpus: 1 }) });
    expect(told(plan(world([container({ state: exited(1) })]), wanted))).toBe(
      "pending update: update test-one (FieldsDiffer)",
    );
  });

  test("from hot to lazy and back nothing but the restart policy changes, and a stopped one is started", () => {
    const policy = { restart: { policy: "always" } } as const;
    const hot = instanceSpec({ config: containerConfig(policy) });
    const asHot = (state: Partial<ContainerState>) =>
      world([container({ state, config: reported("c".repeat(64), policy) })]);
    const update = "update test-one (FieldsDiffer)";
    expect(told(plan(asHot({ phase: "running" }), lazy))).toBe(`pending update: ${update}`);
    expect(told(plan(world([container()]), hot))).toBe(`pending update: ${update}`);
    expect(told(plan(world([container({ state: exited(0) })]), hot))).toBe(
      `pending restart: ${update}, start test-one (ContainerExited)`,
    );
    expect(told(plan(world([container({ state: { phase: "created" } })])))).toBe(
      "pending restart: start test-one (ContainerNeverStarted)",
    );
  });
});

describe("names", () => {
  test("one that was renamed by hand gets its name back", () => {
    const { drifts, ...rest } = plan(world([container({ name: "mine" })]));
    expect(drifts).toEqual([
      { path: "name", desired: "test-one", observed: "mine", cause: "changed", remedy: "update" },
    ]);
    expect(told({ drifts, ...rest })).toBe("pending update: rename mine to test-one (FieldsDiffer)");
  });

  test("a lazy one that is adopted runs if what it takes the place of ran", () => {
    const adopting = { ...defaultPolicy, adopt: "byName" } as const;
    const kinds = (phase: ContainerPhase) =>
      plan(world([], foreign("test-one", {}, phase)), lazy, adopting).actions.map(({ kind }) => kind);
    expect(kinds("exited")).toEqual(["createContainer", "renameContainer", "renameContainer", "removeContainer"]);
    expect(kinds("running")).toEqual([
      "createContainer",
      "stopContainer",
      "renameContainer",
      "renameContainer",
      "startContainer",
      "awaitReady",
      "removeContainer",
    ]);
  });

  test("two containers with the labels of one instance: nothing is done to either", () => {
    const copy = container({ id: "d".repeat(64), name: "copy" });
    const both = plan(world([copy, container()]));
    expect(told(both)).toBe("blocked none: nothing");
    expect(both.blocks).toEqual([
      {
        reason: "DuplicateContainers",
        message: "more than one container carries the labels of one: copy beside test-one",
        hint: "remove the ones that are not wanted: docker rm -f copy",
        waits: false,
      },
    ]);
    const neither = world([copy, container({ id: "e".repeat(64), name: "other" })]);
    expect(told(plan(neither))).toBe("blocked none: nothing");
  });

  const foreign = (name: string, own: Record<string, string> = {}, phase: ContainerPhase = "running") => ({
    foreign: { [name]: { id: "f".repeat(64), name, imageId: one, labels: own, phase } },
  });

  test("law 4: a name that is taken by somebody else's container blocks", () => {
    const taken = plan(world([], foreign("test-one")));
    expect(told(taken)).toBe("blocked none: nothing");
    expect(taken.blocks).toEqual([
      {
        reason: "NameTaken",
        message: "the name test-one is taken by container ffffffffffff, which is not fleet's",
        hint: "rename or remove it, choose another name, or set policy.adopt to byName to replace it",
        waits: false,
      },
    ]);
  });

  test("adopt: byName replaces it, paused or not, without ever starting from nothing", () => {
    const adopting = { ...defaultPolicy, adopt: "byName" } as const;
    const steps = (phase: ContainerPhase) =>
      plan(world([], foreign("test-one", {}, phase)), spec, adopting).actions.map(
        ({ kind, reason }) => `${kind} ${reason}`,
      );
    const all = [
      "createContainer Adopted",
      "stopContainer Adopted",
      "renameContainer Adopted",
      "renameContainer Adopted",
      "startContainer Adopted",
      "awaitReady Adopted",
      "removeContainer Adopted",
    ];
    expect(steps("running")).toEqual(all);
    expect(steps("paused")).toEqual([all[0], "unpauseContainer Adopted", ...all.slice(1)]);
  });

  test("C64: a container of another fleet is never adopted", () => {
    const adopting = { ...defaultPolicy, adopt: "byName" } as const;
    const taken = plan(
      world([], foreign("test-one", { [labels.fleet]: "other", [labels.instance]: "one" })),
      spec,
      adopting,
    );
    expect(told(taken)).toBe("blocked none: nothing");
    expect(taken.blocks[0]?.message).toBe(
      "the name test-one is taken by container ffffffffffff, which belongs to fleet other",
    );
    expect(taken.blocks[0]?.hint).toBe("rename or remove it, or choose another name");
  });

  test("a name that only a replacement would need blocks nothing else", () => {
    for (const suffix of [".old", ".next"]) {
      const theirs = foreign(`test-one${suffix}`);
      expect(told(plan(world([container()], theirs)))).toBe("inSync none: nothing");
      expect(told(plan(world([container({ state: exited(1) })], theirs)))).toBe(
        "pending restart: start test-one (ContainerExited)",
      );
      expect(plan(world([], theirs)).verdict).toBe("pending");
      const wanted = instanceSpec({ config: containerConfig({ command: ["x"] }) });
      expect(told(plan(world([container({ state: exited(1) })], theirs), wanted))).toBe(
        "blocked replace: start test-one (ContainerExited)",
      );
    }
  });

  test("one that was renamed by hand while somebody took its name is left alone", () => {
    const taken = world([container({ name: "mine" })], foreign("test-one"));
    expect(told(plan(taken))).toBe("blocked none: nothing");
    expect(told(plan(taken, spec, { ...defaultPolicy, adopt: "byName" }))).toBe("blocked none: nothing");
  });
});

describe("what a replacement left over", () => {
  const successor = container({ id: "d".repeat(64), name: "test-one.next", state: { phase: "created" } });
  const old = container({ id: "e".repeat(64), name: "test-one.old", state: exited(137) });
  const reason = "(ReplacementUnfinished)";
  const rows: [string, readonly ContainerObservation[], string][] = [
    ["name, .next", [container(), successor], `remove test-one.next ${reason}`],
    [
      "name stopped, .next",
      [container({ state: exited(137) }), successor],
      `remove test-one.next ${reason}, start test-one ${reason}`,
    ],
    [
      ".old, .next",
      [successor, old],
      `remove test-one.next ${reason}, rename test-one.old to test-one ${reason}, start test-one.old ${reason}`,
    ],
    [".old", [old], `rename test-one.old to test-one ${reason}, start test-one.old ${reason}`],
    [
      "name created, .old",
      [container({ state: { phase: "created" } }), old],
      `start test-one ${reason}, wait until test-one is ready ${reason}, remove test-one.old ${reason}`,
    ],
    [
      "name paused, .old",
      [container({ state: { phase: "paused" } }), old],
      `unpause test-one ${reason}, wait until test-one is ready ${reason}, remove test-one.old ${reason}`,
    ],
    ["name running, .old", [container(), old], `wait until test-one is ready ${reason}, remove test-one.old ${reason}`],
    [
      "name running, .old started again by the engine",
      [container(), container({ id: "e".repeat(64), name: "test-one.old" })],
      `wait until test-one is ready ${reason}, stop test-one.old ${reason}, remove test-one.old ${reason}`,
    ],
    ...(
      [
        ["failed to start", { phase: "created", error: "port is taken" }],
        ["exited", exited(1)],
        ["unhealthy", { phase: "running", health: "unhealthy" }],
        ["restarting", { phase: "restarting", exitCode: 1 }],
        ["dead", { phase: "dead", exitCode: 137 }],
      ] as const
    ).map(([how, state]): [string, readonly ContainerObservation[], string] => [
      `name ${how}, .old`,
      [container({ state }), old],
      `remove test-one ${reason}, rename test-one.old to test-one ${reason}, start test-one.old ${reason}`,
    ]),
  ];
  test.each(rows)("%s", (_names, containers, expected) => {
    // Also when what is wanted now differs again: first things first.
    for (const wanted of [spec, instanceSpec({ config: containerConfig({ command: ["other"] }) })]) {
      expect(told(plan(world(containers), wanted))).toBe(`pending restart: ${expected}`);
    }
  });

  const ranUntil = (finishedAt: number) => ({ ...exited(137), finishedAt });
  const made = (state: Partial<ContainerState>, name = "test-one") =>
    container({ id: "d".repeat(64), name, createdAt: 5, state });
  const before = (finishedAt: number, name = "test-one.old") =>
    container({ id: "e".repeat(64), name, state: ranUntil(finishedAt) });
  const rest = `remove test-one.old ${reason}`;
  const lazyRows: [string, readonly ContainerObservation[], string][] = [
    [
      "idle, .next",
      [before(4, "test-one"), made({ phase: "created" }, "test-one.next")],
      `remove test-one.next ${reason}`,
    ],
    [
      "stopped for it, .next",
      [before(5, "test-one"), made({ phase: "created" }, "test-one.next")],
      `remove test-one.next ${reason}, start test-one ${reason}`,
    ],
    [
      ".old that was idle, .next",
      [before(4), made({ phase: "created" }, "test-one.next")],
      `remove test-one.next ${reason}, rename test-one.old to test-one ${reason}`,
    ],
    [
      ".old that ran, .next",
      [before(6), made({ phase: "created" }, "test-one.next")],
      `remove test-one.next ${reason}, rename test-one.old to test-one ${reason}, start test-one.old ${reason}`,
    ],
    [".old alone", [before(6)], `rename test-one.old to test-one ${reason}`],
    ["name created, .old that was idle", [made({ phase: "created" }), before(4)], rest],
    ["name exited, .old that was idle", [made(exited(1)), before(4)], rest],
    ["name running, .old that was idle", [made({ phase: "running" }), before(4)], rest],
    [
      "name created, .old that never ran",
      [
        made({ phase: "created" }),
        container({ id: "e".repeat(64), name: "test-one.old", state: { phase: "created" } }),
      ],
      rest,
    ],
    [
      "name dead, .old that was idle",
      [made({ phase: "dead" }), before(4)],
      `remove test-one ${reason}, rename test-one.old to test-one ${reason}`,
    ],
    [
      "name created, .old that ran",
      [made({ phase: "created" }), before(6)],
      `start test-one ${reason}, wait until test-one is ready ${reason}, ${rest}`,
    ],
    [
      "name exited, .old that ran",
      [made(exited(1)), before(6)],
      `remove test-one ${reason}, rename test-one.old to test-one ${reason}, start test-one.old ${reason}`,
    ],
    [
      "name created, .old that somebody started",
      [made({ phase: "created" }), container({ id: "e".repeat(64), name: "test-one.old" })],
      `start test-one ${reason}, wait until test-one is ready ${reason}, stop test-one.old ${reason}, ${rest}`,
    ],
  ];
  test.each(lazyRows)("lazy: %s", (_names, containers, expected) => {
    expect(told(plan(world(containers), lazy))).toBe(`pending restart: ${expected}`);
  });

  test(".next alone: the old one was removed meanwhile, so a new one is made from the present spec", () => {
    expect(told(plan(world([successor])))).toBe(
      `pending create: remove test-one.next ${reason}, create container test-one (ContainerMissing), ` +
        "start test-one (ContainerMissing)",
    );
  });

  test("a one-shot that is taken back does not run again", () => {
    const job = instanceSpec({ lifecycle: { kind: "oneshot" } });
    expect(told(plan(world([successor, old]), job))).toBe(
      `pending restart: remove test-one.next ${reason}, rename test-one.old to test-one ${reason}`,
    );
  });
});

describe("images", () => {
  const policies: [InstanceSpec["image"]["pull"], boolean, string][] = [
    ["missing", true, "pending create: create, start"],
    ["missing", false, "pending create: pull, create, start"],
    ["always", true, "pending create: pull, create, start"],
    ["always", false, "pending create: pull, create, start"],
    ["never", true, "pending create: create, start"],
    ["never", false, "blocked create: "],
  ];
  test.each(policies)("pull: %s, held: %s", (pull, held, expected) => {
    const wanted = instanceSpec({ image: { ref: "fleet-test:1", pull, track: "id" } });
    const { verdict, remedy, actions } = plan(world([], held ? {} : { images: {} }), wanted);
    const words = { pullImage: "pull", createContainer: "create", startContainer: "start" } as Record<string, string>;
    expect(`${verdict} ${remedy}: ${actions.map(({ kind }) => words[kind] ?? kind).join(", ")}`).toBe(expected);
  });

  test("nothing is pulled for a container that stands", () => {
    const wanted = instanceSpec({ image: { ref: "fleet-test:1", pull: "always", track: "id" } });
    expect(told(plan(world([container()]), wanted))).toBe("inSync none: nothing");
    expect(told(plan(world([container()], { images: {} }), wanted))).toBe("inSync none: nothing");
  });

  test("a moved tag is its own reason, and nothing else differs", () => {
    const moved = plan(world([container()], { images: { "fleet-test:1": image(two), [one]: image(one) } }));
    expect(moved.drifts.map(({ path, cause }) => [path, cause])).toEqual([["image", "tagMoved"]]);
    expect(new Set(moved.actions.map(({ reason }) => reason))).toEqual(new Set(["ImageMoved"]));
    const tracked = instanceSpec({ image: { ref: "fleet-test:1", pull: "missing", track: "ref" } });
    expect(plan(world([container()], { images: { "fleet-test:1": image(two) } }), tracked).verdict).toBe("inSync");
  });

  test("a creation that cannot be has no effect on a container that stands: it is started again", () => {
    const wanted = instanceSpec({
      image: { ref: "fleet-test:9", pull: "never", track: "id" },
      config: containerConfig({ image: "fleet-test:9" }),
    });
    expect(told(plan(world([container()]), wanted))).toBe("blocked replace: nothing");
    expect(told(plan(world([container({ state: exited(1) })]), wanted))).toBe(
      "blocked replace: start test-one (ContainerExited)",
    );
  });
});

describe("what a container needs", () => {
  const mounts = [
    { kind: "volume", source: "state", target: "/a", readOnly: false },
    { kind: "volume", source: "state", target: "/b", readOnly: false },
  ] as const;
  const networks = { app: { aliases: [] }, bridge: { aliases: [] } };
  const needy = instanceSpec({ config: containerConfig({ mounts, networks }) });

  test("volumes and networks are made once each, before the container", () => {
    expect(told(plan(world([]), needy))).toBe(
      "pending create: create volume state (VolumeMissing), create network app (NetworkMissing), " +
        "create container test-one (ContainerMissing), start test-one (ContainerMissing)",
    );
  });

  test("a one-shot that is done needs nothing any more", () => {
    const job = { ...needy, lifecycle: { kind: "oneshot" } } as const;
    const found = container({ state: exited(0), config: reported("c".repeat(64), { mounts, networks }) });
    expect(told(plan(world([found]), job))).toBe("inSync none: nothing");
  });
});

describe("sources", () => {
  const mount = { kind: "bind", source: "/srv/p", target: "/p", readOnly: false } as const;
  const config = containerConfig({ mounts: [mount] });
  const ownership = { uid: 1000, gid: 1000, mode: 0o755, repair: "auto", recursive: false } as const;
  const source = { path: "/srv/p", type: "directory", target: "/p", nested: [], ownership } as const;
  const wanted = instanceSpec({ config, sources: [source] });
  const standing = container({ config: reported("c".repeat(64), { mounts: [mount] }) });
  const directory = {
    kind: "present",
    type: "directory",
    uid: 0,
    gid: 0,
    mode: 0o755,
    device: 1,
    inode: 1,
    empty: false,
    missingNested: [],
  } as const;

  test("the seed incident: one chown, and the container is left alone", () => {
    const seed = plan(world([standing], { sources: { "/srv/p": directory } }), wanted);
    expect(seed).toEqual({
      instance: "one",
      container: "test-one",
      verdict: "pending",
      remedy: "host",
      drifts: [
        {
          path: "ownership./srv/p",
          desired: "1000:1000 0755",
          observed: "0:0 0755",
          cause: "host",
          remedy: "host",
        },
      ],
      actions: [{ kind: "mendSource", source, ownership, reason: "OwnershipWrong", causes: ["ownership./srv/p"] }],
      blocks: [],
    });
  });

  test("C30: a missing source is made before the container", () => {
    expect(told(plan(world([], { sources: { "/srv/p": { kind: "missing", ancestor: "/srv" } } }), wanted))).toBe(
      "pending create: make directory /srv/p (SourceMissing), create container test-one (ContainerMissing), " +
        "start test-one (ContainerMissing)",
    );
  });

  test("C35: a source that cannot be had holds a creation, and leaves what stands alone", () => {
    const wrong = { sources: { "/srv/p": { ...directory, type: "file" } as const } };
    expect(told(plan(world([], wrong), wanted))).toBe("blocked create: nothing");
    expect(told(plan(world([standing], wrong), wanted))).toBe("blocked none: nothing");
    const changed = instanceSpec({ config: { ...config, command: ["x"] }, sources: [source] });
    expect(
      told(plan(world([{ ...standing, ...container({ state: exited(2) }), config: standing.config }], wrong), changed)),
    ).toBe("blocked replace: start test-one (ContainerExited)");
  });

  test("a remote source is seen to with a creation, and is no reason to act alone", () => {
    const remote = { sources: { "/srv/p": { kind: "unreadable", code: "EREMOTE", message: "remote" } as const } };
    expect(told(plan(world([standing], remote), wanted))).toBe("inSync none: nothing");
    expect(plan(world([], remote), wanted).actions.map(({ kind }) => kind)).toEqual([
      "makeSource",
      "mendSource",
      "createContainer",
      "startContainer",
    ]);
  });
});
