import { expect, test } from "vitest";
import { parseEndpoint } from "./endpoint.ts";

const tls = { ca: "CA", verify: true };

test.each([
  ["unix:///run/x.sock", { kind: "unix", address: "unix:///run/x.sock", path: "/run/x.sock" }],
  ["/run/x.sock", { kind: "unix", address: "unix:///run/x.sock", path: "/run/x.sock" }],
  ["unix://", { kind: "unix", address: "unix:///var/run/docker.sock", path: "/var/run/docker.sock" }],
  ["tcp://10.0.0.5", { kind: "tcp", address: "tcp://10.0.0.5:2375", host: "10.0.0.5", port: 2375 }],
  ["10.0.0.5:99", { kind: "tcp", address: "tcp://10.0.0.5:99", host: "10.0.0.5", port: 99 }],
  ["tcp://[::1]:2375/", { kind: "tcp", address: "tcp://[::1]:2375", host: "::1", port: 2375 }],
  ["ssh://box", { kind: "ssh", address: "ssh://box", host: "box" }],
  [
    "ssh://me@box:2222/run/user/1000/docker.sock",
    {
      kind: "ssh",
      address: "ssh://me@box:2222/run/user/1000/docker.sock",
      host: "box",
      user: "me",
      port: 2222,
      path: "/run/user/1000/docker.sock",
    },
  ],
])("%s", (text, endpoint) => {
  expect(parseEndpoint(text)).toEqual(endpoint);
});

test("a TCP address takes TLS, and its port with it; a socket does not ask for any", () => {
  expect(parseEndpoint("tcp://box", () => tls)).toEqual({
    kind: "tcp",
    address: "tcp://box:2376",
    host: "box",
    port: 2376,
    tls,
  });
  expect(
    parseEndpoint("/run/x.sock", () => {
      throw new Error("asked");
    }),
  ).toEqual({ kind: "unix", address: "unix:///run/x.sock", path: "/run/x.sock" });
});

test.each([
  ["memory:x", /does not read as host and port/],
  ["npipe:////./pipe/docker_engine", /"npipe" is not a known scheme/],
  ["https://box:2376", /"https" is not an engine's scheme/],
  ["tcp://box:2375/prefix", /does not read as host and port/],
  ["tcp://box:99999", /does not read as host and port/],
  ["unix://run/x.sock", /the path of the socket is not absolute/],
  ["ssh://-oProxyCommand=x", /cannot be used/],
  ["ssh://-l@box", /names no host or user/],
])("refused: %s", (text, message) => {
  expect(() => parseEndpoint(text)).toThrow(
    expect.objectContaining({ code: "Invalid", message: expect.stringMatching(message), hint: expect.any(String) }),
  );
});

test("an ssh address with a password is refused without repeating it", () => {
  try {
    parseEndpoint("ssh://me:hunter2@box");
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ code: "Invalid" });
    expect(JSON.stringify(error) + String(error)).not.toContain("hunter2");
  }
});
