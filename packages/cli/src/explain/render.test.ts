import { type Hold, type InstancePlan, type InstanceStatus, painter } from "@fleet/core";
import { expect, test } from "vitest";
import type { Explanation } from "./explanation.ts";
import { renderExplanation } from "./render.ts";

const plan: InstancePlan = {
  instance: "web",
  container: "demo-web",
  verdict: "inSync",
  remedy: "none",
  drifts: [],
  actions: [],
  blocks: [],
};
const start = {
  kind: "startContainer",
  container: { id: "4f", name: "demo-web" },
  reason: "ContainerExited",
  causes: [],
} as const;
const pending: InstancePlan = { ...plan, verdict: "pending", remedy: "restart", actions: [start] };
const base: Explanation = {
  schema: "fleet.explain/v1",
  fleet: "demo",
  instance: "web",
  at: 0,
  source: "look",
  desired: { container: "demo-web", image: "app:1", lifecycle: "hot", dependsOn: [] },
  plan,
  engine: { address: "unix:///d.sock", reachable: true },
};
const status: InstanceStatus = {
  instance: "web",
  container: "demo-web",
  phase: "unknown",
  state: "missing",
  conditions: [],
  plan: null,
  withheld: [],
  attempts: 0,
  leases: [],
};

/** Its lines without the head. */
function lines(changes: Partial<Explanation>): string[] {
  return renderExplanation({ ...base, ...changes }, painter(false))
    .trimEnd()
    .split("\n")
    .slice(2);
}

/** The last line's text. */
function next(changes: Partial<Explanation>): string | undefined {
  return lines(changes).at(-1)?.replace("comes next  ", "");
}

test("what would mend it comes next only where somebody does it", () => {
  expect(next({})).toBe("nothing, while it stays as it is");
  expect(next({ plan: pending })).toBe("nothing by itself: fleet apply --target web, or fleet run");
  expect(next({ plan: pending, source: "loop" })).toBe("start demo-web");
});

test("whoever holds the fleet is named, since an apply would be refused", () => {
  const holder = { pid: 7, host: "box", since: 0, what: "an embedding program" };
  const shown = lines({ plan: pending, holder });
  expect(shown).toContain("in its way  an embedding program (pid 7 on box) holds the fleet, and answers nobody here");
  expect(shown.at(-1)).toBe(
    "comes next  what an embedding program (pid 7 on box) does; fleet apply is refused meanwhile",
  );
});

test("one that is not in the fleet file is no target", () => {
  const { desired: _gone, ...orphan } = base;
  const text = (changes: Partial<Explanation>) =>
    renderExplanation({ ...orphan, ...changes }, painter(false))
      .trimEnd()
      .split("\n")
      .at(-1);
  expect(text({ plan: pending })).toBe("comes next  nothing by itself: fleet apply, or fleet run");
  expect(text({ plan: { ...plan, verdict: "reported" } })).toBe(
    "comes next  nothing by itself: `policy.orphans: remove` has it removed, and so does docker rm --force demo-web",
  );
});

test("while the engine does not answer, it goes on once it does", () => {
  const engine = { address: "unix:///d.sock", reachable: false, error: "nobody listens" };
  const error = { code: "Unreachable", message: "nobody listens" } as const;
  expect(lines({ source: "loop", plan: null, engine, status: { ...status, error } })).toEqual([
    "should be   hot, container demo-web, image app:1",
    "is          not known: nobody listens",
    "comes next  it is looked at again once the engine answers",
  ]);
});

test("another engine answers, which is said once", () => {
  const message = "unix:///d.sock is another engine now";
  const hold: Hold = { kind: "EngineChanged", message, hint: "fleet resume --confirm goes on there" };
  const error = { code: "Unreachable", message } as const;
  for (const reachable of [true, false]) {
    const engine = { address: "unix:///d.sock", reachable };
    expect(lines({ source: "loop", plan: null, engine, hold, status: { ...status, error } })).toEqual([
      "should be   hot, container demo-web, image app:1",
      "is          not known: another engine answers",
      `in its way  ${message}`,
      "            hint: fleet resume --confirm goes on there",
      "comes next  nothing, until it is let go",
    ]);
  }
});

test("without the fleet file nobody can tell what should be", () => {
  expect(lines({ desired: null, plan: null, untold: "the fleet file was not read" })).toEqual([
    "should be   not known: the fleet file was not read",
    "is          missing",
    "differs     cannot be told: the fleet file was not read",
    "comes next  not known",
  ]);
});
