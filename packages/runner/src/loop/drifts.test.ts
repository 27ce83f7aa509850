import type { ContainerObservation, Drift } from "@fleet/core";
import { containerConfig } from "@fleet/core/testing";
import { expect, test } from "vitest";
import { type DriftInputs, describeDrift, freshDrifts, knownDrifts } from "./drifts.ts";

const memory: Drift = {
  path: "resources.memory",
  desired: "256Mi",
  observed: "64Mi",
  cause: "changed",
  remedy: "update",
};
const owner: Drift = {
  path: "ownership./srv",
  desired: "1000:1000",
  observed: "0:0",
  cause: "host",
  remedy: "host",
};
const tag: Drift = { path: "image", desired: "sha256:b…", observed: "sha256:a…", cause: "tagMoved", remedy: "replace" };
const inode: Drift = {
  path: "mounts./srv.inode",
  desired: "2",
  observed: "1",
  cause: "sourceReplaced",
  remedy: "none",
};

function container(id: string, megabytes: number): ContainerObservation {
  const config = containerConfig({ memory: megabytes * 2 ** 20 });
  const state = { phase: "running", oomKilled: false, restartCount: 0, pid: 1 } as const;
  return { id, name: "test-a", imageId: "i", labels: {}, phase: "running", createdAt: 0, config, state };
}

/** A look that finds these drifts in a container that somebody changed since it was in sync. */
function look(drifts: readonly Drift[], changes: Partial<DriftInputs> = {}): DriftInputs {
  const plan = {
    instance: "a",
    container: "test-a",
    verdict: "pending",
    remedy: "update",
    drifts,
    actions: [],
    blocks: [],
  } as const;
  return {
    plan,
    current: container("c1", 64),
    seen: container("c1", 256),
    known: { id: "c1", keys: new Set() },
    ...changes,
  };
}

const paths = (inputs: DriftInputs): readonly string[] => freshDrifts(inputs).map(({ path }) => path);
const same = { seen: container("c1", 64) };

test.each<[string, DriftInputs, readonly string[]]>([
  ["changed by hand", look([memory, owner]), ["resources.memory", "ownership./srv"]],
  ["the spec has changed", look([memory, owner], { known: undefined }), []],
  ["known already", look([memory], { known: knownDrifts(look([memory])) }), []],
  [
    "known, and changed once more",
    look([{ ...memory, observed: "32Mi" }], { known: knownDrifts(look([memory])) }),
    ["resources.memory"],
  ],
  ["another container", look([memory, tag], { seen: container("c0", 256), known: { id: "c0", keys: new Set() } }), []],
  ["the container is as it was", look([memory], same), []],
  ["the container is as it was, and its tag moved", look([tag], same), ["image"]],
  ["a source that is replaced and left so", look([inode], same), ["mounts./srv.inode"]],
  ["a source for which it is restarted", look([{ ...inode, remedy: "restart" }], same), []],
])("%s", (_what, inputs, expected) => {
  expect(paths(inputs)).toEqual(expected);
});

test("what is mended and changed again is told again", () => {
  const mended = knownDrifts(look([], { known: knownDrifts(look([memory])) }));
  expect(paths(look([memory], { known: mended }))).toEqual(["resources.memory"]);
});

test("what is not compared for the moment stays known", () => {
  const known = knownDrifts(look([memory]));
  const half = look([], { known });
  const container = { id: "c1", name: "test-a.old" };
  const actions = [
    { kind: "renameContainer", container, name: "test-a", reason: "ReplacementUnfinished", causes: [] },
  ] as const;
  const block = { reason: "NameTaken", message: "taken", waits: false } as const;
  for (const change of [{ actions }, { blocks: [block] }]) {
    const later = knownDrifts({ ...half, plan: { ...half.plan, ...change } });
    expect(paths(look([memory], { known: later }))).toEqual([]);
  }
});

test("a drift is told from what it was to what it has become", () => {
  expect([memory, { ...owner, observed: null }, tag, inode].map(describeDrift)).toEqual([
    "resources.memory 256Mi → 64Mi (by hand)",
    "ownership./srv 1000:1000 → none (on the host)",
    "image sha256:a… → sha256:b… (tag moved)",
    "mounts./srv.inode 1 → 2 (source replaced)",
  ]);
});
