import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { type EndpointInputs, resolveEndpoint } from "./connect.ts";

/** A machine with these files; a null is one that may not be read. Sockets are files too. */
function machine(files: Record<string, string | null>, rest: Partial<EndpointInputs> = {}): EndpointInputs {
  const paths = Object.keys(files);
  return {
    env: {},
    home: "/home/me",
    uid: 1000,
    exists: (path) => paths.some((each) => each === path || each.startsWith(`${path}/`)),
    readDir: (path) => [
      ...new Set(
        paths
          .filter((each) => each.startsWith(`${path}/`))
          .map((each) => each.slice(path.length + 1).split("/")[0] ?? ""),
      ),
    ],
    readFile: (path) => {
      const text = files[path];
      if (typeof text === "string") return text;
      throw Object.assign(new Error("no"), { code: text === null ? "EACCES" : "ENOENT" });
    },
    ...rest,
  };
}

const contextId = (name: string): string => createHash("sha256").update(name).digest("hex");

function context(name: string, docker: object, folder = "/home/me/.docker"): Record<string, string> {
  const meta = JSON.stringify({ Name: name, Metadata: {}, Endpoints: { docker } });
  return { [`${folder}/contexts/meta/${contextId(name)}/meta.json`]: meta };
}

const inUse = (name: string) => ({ "/home/me/.docker/config.json": JSON.stringify({ currentContext: name }) });
const socket = { "/var/run/docker.sock": "" };
const box = context("box", { Host: "ssh://me@box" });
const lab = context("lab", { Host: "tcp://lab:2376" });

test.each<[string, EndpointInputs, string]>([
  [
    "a host beats all",
    machine(
      { ...socket, ...box, ...inUse("box") },
      { host: "tcp://a:1", env: { DOCKER_HOST: "tcp://b:2", DOCKER_CONTEXT: "box" } },
    ),
    "tcp://a:1",
  ],
  ["a context beats DOCKER_HOST", machine(box, { context: "box", env: { DOCKER_HOST: "tcp://b:2" } }), "ssh://me@box"],
  [
    "DOCKER_HOST beats DOCKER_CONTEXT",
    machine(box, { env: { DOCKER_HOST: "tcp://b:2", DOCKER_CONTEXT: "box" } }),
    "tcp://b:2",
  ],
  [
    "DOCKER_CONTEXT beats the one in use",
    machine({ ...box, ...lab, ...inUse("box") }, { env: { DOCKER_CONTEXT: "lab" } }),
    "tcp://lab:2376",
  ],
  ["the context in use beats the sockets", machine({ ...socket, ...box, ...inUse("box") }), "ssh://me@box"],
  [
    "the default context is the sockets",
    machine({ ...socket, ...box, ...inUse("box") }, { context: "default" }),
    "unix:///var/run/docker.sock",
  ],
  [
    "DOCKER_CONTEXT=default too",
    machine({ ...socket, ...box, ...inUse("box") }, { env: { DOCKER_CONTEXT: "default" } }),
    "unix:///var/run/docker.sock",
  ],
  [
    "empty variables are none",
    machine(socket, { env: { DOCKER_HOST: "", DOCKER_CONTEXT: "" } }),
    "unix:///var/run/docker.sock",
  ],
  [
    "DOCKER_CONFIG moves the files",
    machine(
      { ...context("x", { Host: "tcp://x:1" }, "/etc/d"), "/etc/d/config.json": '{"currentContext":"x"}' },
      { env: { DOCKER_CONFIG: "/etc/d" } },
    ),
    "tcp://x:1",
  ],
  [
    "rootless",
    machine({ "/run/user/1000/docker.sock": "", "/run/podman/podman.sock": "" }),
    "unix:///run/user/1000/docker.sock",
  ],
  [
    "rootless in XDG_RUNTIME_DIR",
    machine({ "/x/docker.sock": "" }, { env: { XDG_RUNTIME_DIR: "/x" } }),
    "unix:///x/docker.sock",
  ],
  ["Docker Desktop's", machine({ "/home/me/.docker/run/docker.sock": "" }), "unix:///home/me/.docker/run/docker.sock"],
  [
    "Podman's own before the system's",
    machine({ "/run/user/1000/podman/podman.sock": "", "/run/podman/podman.sock": "" }),
    "unix:///run/user/1000/podman/podman.sock",
  ],
  ["Podman's", machine({ "/run/podman/podman.sock": "" }), "unix:///run/podman/podman.sock"],
])("%s", (_, inputs, address) => {
  expect(resolveEndpoint(inputs).address).toBe(address);
});

test("TLS from the environment", () => {
  const files = { "/certs/ca.pem": "CA", "/certs/cert.pem": "CERT", "/certs/key.pem": "KEY" };
  const env = { DOCKER_HOST: "tcp://box", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/certs" };
  expect(resolveEndpoint(machine(files, { env }))).toEqual({
    kind: "tcp",
    address: "tcp://box:2376",
    host: "box",
    port: 2376,
    tls: { ca: "CA", cert: "CERT", key: "KEY", verify: true },
  });
  expect(resolveEndpoint(machine(files, { env: { ...env, DOCKER_TLS_VERIFY: "", DOCKER_TLS: "1" } }))).toMatchObject({
    tls: { verify: false },
  });
});

test("TLS from a context, and a context that skips the check", () => {
  const folder = `/home/me/.docker/contexts/tls/${contextId("lab")}/docker`;
  expect(resolveEndpoint(machine({ ...lab, [`${folder}/ca.pem`]: "CA" }, { context: "lab" }))).toMatchObject({
    tls: { ca: "CA", verify: true },
  });
  const skipping = context("lab", { Host: "tcp://lab:2376", SkipTLSVerify: true });
  expect(resolveEndpoint(machine(skipping, { context: "lab" }))).toMatchObject({ tls: { verify: false } });
});

test.each<[string, EndpointInputs, object]>([
  [
    "a context that is not there",
    machine({ ...box, ...lab }, { context: "bax" }),
    {
      code: "Invalid",
      message: 'There is no docker context "bax"; there are: default, box, lab.',
      hint: "did you mean `box`?",
    },
  ],
  ["both a host and a context", machine(box, { host: "tcp://a:1", context: "box" }), { code: "Invalid" }],
  [
    "a context without an engine",
    machine(context("k8s", {}), { context: "k8s" }),
    { code: "Invalid", message: /names no engine/ },
  ],
  [
    "config.json that is no JSON",
    machine({ "/home/me/.docker/config.json": "{" }),
    { code: "Invalid", message: /config\.json is not JSON/ },
  ],
  [
    "config.json that may not be read",
    machine({ "/home/me/.docker/config.json": null }),
    { code: "Invalid", message: /config\.json cannot be read \(EACCES\)/ },
  ],
  [
    "a key that may not be read",
    machine(
      { "/c/cert.pem": "C", "/c/key.pem": null },
      { env: { DOCKER_HOST: "tcp://b", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/c" } },
    ),
    { code: "Invalid", message: /\/c\/key\.pem cannot be read \(EACCES\)/ },
  ],
  [
    "a certificate without its key",
    machine(
      { "/c/cert.pem": "C" },
      { env: { DOCKER_HOST: "tcp://b", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/c" } },
    ),
    { code: "Invalid", message: /key\.pem is missing/ },
  ],
  [
    "a certificate folder that is not there",
    machine({}, { env: { DOCKER_HOST: "tcp://b", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/c" } }),
    { code: "Invalid", message: /DOCKER_CERT_PATH is \/c, and there is no such folder/ },
  ],
  ["DOCKER_HOST that is no address", machine({}, { env: { DOCKER_HOST: "npipe://x" } }), { code: "Invalid" }],
  [
    "nothing anywhere: everything that was tried is named",
    machine({}),
    {
      code: "Unreachable",
      message:
        "No engine found: no host is given, DOCKER_HOST is not set, no docker context is in use, and there is no socket at /var/run/docker.sock, /run/user/1000/docker.sock, /home/me/.docker/run/docker.sock, /run/user/1000/podman/podman.sock, /run/podman/podman.sock.",
    },
  ],
])("refused: %s", (_, inputs, { message, ...rest }: { message?: string | RegExp }) => {
  expect(() => resolveEndpoint(inputs)).toThrow(
    expect.objectContaining({
      ...rest,
      ...(message === undefined
        ? {}
        : { message: typeof message === "string" ? message : expect.stringMatching(message) }),
      hint: expect.any(String),
    }),
  );
});
