import { expect, test } from "vitest";
import { lineOf } from "./log-line.ts";

const frame = { level: "info", time: "2025-01-01T00:00:00.000Z" };

test("an event is told in its own words", () => {
  const event = { ...frame, msg: "event", reason: "ContainerVanished", message: "demo-web vanished", seq: 7 };
  expect(lineOf({ ...event, instance: "web" })).toBe("web ContainerVanished: demo-web vanished");
  expect(lineOf(event)).toBe("ContainerVanished: demo-web vanished");
});

test("anything else is told with its keys", () => {
  const record = {
    ...frame,
    msg: "listening",
    state: "/s",
    addresses: ["unix:///s", "http://a"],
    pid: 4,
    none: undefined,
  };
  expect(lineOf(record)).toBe("listening  state=/s  addresses=unix:///s,http://a  pid=4");
});
