import { expect, test } from "vitest";
import { type EventJson, eventQuery, readEvent } from "./translate-event.ts";

const id = "5c46d7f35222".padEnd(64, "0");

/** As an engine says it. */
function said(Type: string, Action: string, Attributes: Record<string, string> | null = {}, ID = id): EventJson {
  return { Type, Action, Actor: { ID, Attributes }, time: 1_795_614_329, timeNano: 1_795_614_329_274.5 * 1e6 };
}

const at = 1_795_614_329_274;

test("a container's end has its exit code, and of its attributes the labels", () => {
  const attributes = { image: "fleet-test:1", name: "web", exitCode: "137", execDuration: "12", "fleet.name": "f" };
  expect(readEvent({ ...said("container", "die", attributes), status: "die", id, from: "fleet-test:1" })).toEqual({
    at,
    kind: "container",
    action: "die",
    id,
    name: "web",
    labels: { "fleet.name": "f" },
    exitCode: 137,
  });
});

test("a kill has its signal as the engine gives it", () => {
  const event = readEvent(said("container", "kill", { image: "fleet-test:1", name: "web", signal: "15" }));
  expect(event).toEqual({ at, kind: "container", action: "kill", id, name: "web", labels: {}, signal: "15" });
});

test("labels that are named as an exit code or a signal are taken for none where there is none", () => {
  const event = readEvent(said("container", "start", { name: "web", exitCode: "1", signal: "9" }));
  expect(event).toEqual({ at, kind: "container", action: "start", id, name: "web", labels: {} });
});

test("a rename has the new name", () => {
  const event = readEvent(said("container", "rename", { image: "a", name: "site", oldName: "/web" }));
  expect(event).toEqual({ at, kind: "container", action: "rename", id, name: "site", labels: {} });
});

test("health is the detail of its action", () => {
  const event = readEvent(said("container", "health_status: unhealthy", { name: "web" }));
  expect(event).toEqual({
    at,
    kind: "container",
    action: "health_status",
    detail: "unhealthy",
    id,
    name: "web",
    labels: {},
  });
});

test("of an exec's command line nothing is kept", () => {
  const event = readEvent(said("container", "exec_start: sh -c echo hunter2", { name: "web", execID: "1" }));
  expect(event).toMatchObject({ action: "exec_start" });
  expect(JSON.stringify(event)).not.toContain("hunter2");
});

test("a network that a container joins has the container's id, otherwise its own", () => {
  const attributes = { name: "net", type: "bridge" };
  const event = { at, kind: "network", name: "net", labels: {} };
  expect(readEvent(said("network", "connect", { ...attributes, container: id }, "4d72"))).toEqual({
    ...event,
    action: "connect",
    id,
  });
  expect(readEvent(said("network", "destroy", attributes, "4d72"))).toEqual({
    ...event,
    action: "destroy",
    id: "4d72",
  });
});

test("a volume is named by its id", () => {
  const event = readEvent(said("volume", "create", { driver: "local" }, "state"));
  expect(event).toEqual({ at, kind: "volume", action: "create", id: "state", name: "state", labels: {} });
});

test.each([
  ["tag", "sha256:9a45", "fleet-test:2", "fleet-test:2"],
  ["pull", "busybox:latest", "busybox", "busybox:latest"],
  ["untag", "sha256:9a45", "sha256:9a45", ""],
  ["delete", "sha256:9a45", "sha256:9a45", ""],
])("an image is named by its reference, as far as %s tells", (action, ID, name, expected) => {
  const event = readEvent(said("image", action, { name, maintainer: "somebody" }, ID));
  expect(event).toEqual({ at, kind: "image", action, id: ID, name: expected, labels: {} });
});

test("the engine itself has its id and host name", () => {
  const event = readEvent(said("daemon", "reload", { name: "box", "live-restore": "true" }, "ENGI"));
  expect(event).toEqual({ at, kind: "daemon", action: "reload", id: "ENGI", name: "box", labels: {} });
});

test("without attributes it has no name, and without nanoseconds the time in seconds", () => {
  expect(readEvent({ ...said("container", "start", null), timeNano: 0 })).toEqual({
    at: 1_795_614_329_000,
    kind: "container",
    action: "start",
    id,
    name: "",
    labels: {},
  });
});

test.each<[string, unknown]>([
  ["nothing", undefined],
  ["null", null],
  ["a text", "start"],
  ["an object of another kind", { message: "slow down" }],
  ["a kind that was not asked for", said("plugin", "enable")],
  ["a kind named like something else", said("toString", "start")],
  ["nobody it happened to", { ...said("container", "start"), Actor: null }],
])("%s is no event", (_, json) => {
  expect(readEvent(json)).toBeUndefined();
});

test("execs and probes match nothing that is asked for, health with either result does", () => {
  const { event } = JSON.parse(eventQuery.filters) as { readonly event: readonly string[] };
  // An engine that is asked for health_status compares beginnings.
  const passes = (action: string): boolean => event.some((wanted) => action.startsWith(wanted));
  const noise = ["exec_create: sh", "exec_start: sh", "exec_die", "exec_detach", "attach", "resize", "top", "mount"];
  expect(noise.filter(passes)).toEqual([]);
  expect(["health_status: healthy", "health_status: unhealthy", "oom", "die"].every(passes)).toBe(true);
});
