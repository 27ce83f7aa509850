import type { ActionReport, FleetEvent } from "@fleet/core";
import type { Evidence, JournalEntry } from "@fleet/runner";
import { expect, test } from "vitest";
import { pastIn } from "./past.ts";

const action: ActionReport = {
  kind: "startContainer",
  description: "start demo-web",
  reason: "ContainerMissing",
  causes: [],
};
const started = { ...action };
const done = { ...action, duration: 120 };

let seq = 0;
function event(at: number, reason: FleetEvent["reason"], over: Partial<FleetEvent> = {}): JournalEntry {
  seq += 1;
  const told: FleetEvent = { type: "Warning", reason, instance: "web", message: `${reason} at ${at}`, at, ...over };
  return { seq, at, instance: "web", kind: "event", event: told };
}
function evidence(at: number, reason: Evidence["reason"], log: string): JournalEntry {
  seq += 1;
  return { seq, at, instance: "web", kind: "evidence", evidence: { reason, log, events: [] } };
}

test("the last trouble comes with what was found out about it, and the last act with its end", () => {
  const entries = [
    event(1, "ContainerExited"),
    evidence(2, "ContainerExited", "old"),
    event(3, "ContainerVanished"),
    evidence(4, "ContainerVanished", "new"),
    event(5, "ActionStarted", { action: started }),
    event(6, "ActionDone", { action: done }),
    event(7, "Settled"),
    event(8, "ActionStarted", { action: started }),
  ];
  expect(pastIn(entries)).toEqual({
    trouble: {
      at: 3,
      message: "ContainerVanished at 3",
      evidence: { reason: "ContainerVanished", log: "new", events: [] },
    },
    last: { at: 6, action: done },
  });
});

test("trouble of which nothing is known yet does not borrow what was known of another", () => {
  const entries = [evidence(1, "OutOfMemory", "old"), event(2, "OutOfMemory"), evidence(3, "Unhealthy", "other")];
  expect(pastIn(entries)).toEqual({ trouble: { at: 2, message: "OutOfMemory at 2" } });
});

test("of one that nothing befell there is nothing to tell", () => {
  expect(pastIn([event(1, "Settled"), event(2, "BackingOff")])).toEqual({});
});
