import fc from "fast-check";
import { expect, test } from "vitest";
import type { PortBinding } from "./config.ts";
import type { Scalar } from "./kind.ts";
import { portsCollide, shortPort } from "./port.ts";

function read(value: Scalar): readonly string[] | undefined {
  const reading = shortPort.read(value);
  return reading.ok ? reading.value.map(brief) : undefined;
}

function brief({ containerPort, protocol, hostPort, hostIp }: PortBinding): string {
  return `${hostIp} ${hostPort ?? "*"} ${containerPort}/${protocol}`;
}

test("C09: the short forms; an empty address is every address", () => {
  expect(read("8080:80")).toEqual(["0.0.0.0 8080 80/tcp"]);
  expect(read("0.0.0.0:8080:80")).toEqual(["0.0.0.0 8080 80/tcp"]);
  expect(read("127.0.0.1:8080:80/udp")).toEqual(["127.0.0.1 8080 80/udp"]);
  expect(read("[::]:80:80")).toEqual([":: 80 80/tcp"]);
  expect(read("[FE80::1]:80:80/TCP")).toEqual(["fe80::1 80 80/tcp"]);
  expect(read(80)).toEqual(["0.0.0.0 * 80/tcp"]);
  expect(read("53/udp")).toEqual(["0.0.0.0 * 53/udp"]);
  expect(read("127.0.0.1::80")).toEqual(["127.0.0.1 * 80/tcp"]);
  expect(read("8000-8002:9000-9002")).toEqual([
    "0.0.0.0 8000 9000/tcp",
    "0.0.0.0 8001 9001/tcp",
    "0.0.0.0 8002 9002/tcp",
  ]);
  expect(read("2222:22")).toEqual(["0.0.0.0 2222 22/tcp"]);
});

test.each([
  "",
  ":",
  "a",
  "80:",
  "0",
  "65536",
  "80:080",
  "1-2:1",
  "2-1:2-1",
  "300.0.0.1:80:80",
  "80/icmp",
  "1:2:3:4",
  "[::1:80:80",
  133342,
  80.5,
  true,
])("%s is no port", (value) => {
  expect(read(value)).toBeUndefined();
});

test("a port that is none is told the range", () => {
  expect(shortPort.read("99999")).toEqual({ ok: false, hint: "a port is a whole number from 1 to 65535" });
  expect(shortPort.read(99_999)).toMatchObject({
    hint: expect.stringMatching(/^a port is a whole number from 1 to 65535;/),
  });
});

test("C70: a sexagesimal number, which some other tool made of 2222:22, is refused with the way to write it", () => {
  expect(shortPort.read(133342)).toEqual({
    ok: false,
    hint: "a port is a whole number from 1 to 65535; if `2222:22` was written, quote it",
  });
});

test("ports collide when an engine could not publish both", () => {
  const port = (
    hostIp: string,
    hostPort: number | undefined,
    protocol: PortBinding["protocol"] = "tcp",
  ): PortBinding => ({
    containerPort: 80,
    protocol,
    hostIp,
    ...(hostPort !== undefined && { hostPort }),
  });
  expect(portsCollide(port("127.0.0.1", 80), port("127.0.0.1", 80))).toBe(true);
  expect(portsCollide(port("0.0.0.0", 80), port("127.0.0.1", 80))).toBe(true);
  expect(portsCollide(port("127.0.0.1", 80), port("127.0.0.2", 80))).toBe(false);
  expect(portsCollide(port("0.0.0.0", 80), port("::", 80))).toBe(false);
  expect(portsCollide(port("0.0.0.0", 80), port("0.0.0.0", 80, "udp"))).toBe(false);
  expect(portsCollide(port("0.0.0.0", undefined), port("0.0.0.0", undefined))).toBe(false);
});

test("no text makes it throw", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("1", "8", "0", ":", "-", "/", "tcp", "[", "]", ".") }), (text) => {
      expect(["object", "undefined"]).toContain(typeof read(text));
    }),
  );
});
