import { painter } from "@fleet/core";
import { expect, test } from "vitest";
import { renderEntry } from "./lines.ts";

const at = new Date(2025, 0, 2, 14, 2, 11).getTime();
const style = { paint: painter(false), width: 5, now: at };

test("an event is a line, with its date when that is not today's", () => {
  const action = {
    kind: "startContainer",
    description: "start demo-web",
    reason: "ContainerExited",
    causes: [],
  } as const;
  const event = { type: "Normal", reason: "ActionDone", instance: "web", message: "start demo-web", at } as const;
  const entry = {
    seq: 1,
    at,
    instance: "web",
    kind: "event",
    event: { ...event, action: { ...action, duration: 140 } },
  } as const;
  expect(renderEntry(entry, style)).toBe("14:02:11  web    ActionDone               start demo-web  0.14s\n");
  expect(renderEntry(entry, { ...style, now: at + 86_400_000 })).toMatch(/^2025-01-02 14:02:11 {2}web/);
});

test("evidence stands below its event, and what a container wrote cannot steer the terminal", () => {
  const state = { phase: "exited", exitCode: 137, oomKilled: true, restartCount: 2, pid: 0 } as const;
  const container = { id: "4f".repeat(32), name: "demo-web", imageId: "sha256:1", createdAt: 0, state };
  const event = { at, kind: "container", id: container.id, name: "demo-web", labels: {} } as const;
  const evidence = {
    reason: "OutOfMemory",
    container,
    log: "one\ntwo\nthree\n\u001b[2Jfour\n\n",
    events: [
      { ...event, action: "kill", signal: "9" },
      { ...event, action: "die", exitCode: 137 },
      { ...event, action: "destroy" },
    ],
  } as const;
  expect(renderEntry({ seq: 1, at, instance: "web", kind: "evidence", evidence }, style)).toBe(`\
                 container 4f4f4f4f4f4f was exited, code 137, out of memory, restarted 2 times by the engine
                 engine: kill 9, die 137, destroy
                 output: two
                 output: three
                 output:  [2Jfour
`);
});

test("of a failed health check it is told what it said last", () => {
  const lastCheck = { exitCode: 7, output: "no answer\n" };
  const state = { phase: "running", oomKilled: false, restartCount: 1, pid: 7, lastCheck } as const;
  const container = { id: "4f".repeat(32), name: "demo-web", imageId: "sha256:1", createdAt: 0, state };
  const evidence = { reason: "Unhealthy", container, events: [] } as const;
  expect(renderEntry({ seq: 1, at, instance: "web", kind: "evidence", evidence }, style)).toBe(`\
                 container 4f4f4f4f4f4f was running, restarted once by the engine
                 health check: code 7
                 health check: no answer
`);
});

test("entries that are not there are counted", () => {
  expect(renderEntry({ seq: 9, at, kind: "lost", first: 4, last: 9, count: 6 }, style)).toBe(
    "6 entries were lost until 14:02:11\n",
  );
});
