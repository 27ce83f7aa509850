import { expect, test } from "vitest";
import type { ErrorCode } from "../errors.ts";
import { answerError, cleanMessage, faultError, type Question } from "./answer.ts";
import { parseEndpoint } from "./endpoint.ts";

const id = "30be0332233a6d111bc1b6f8c37b9a725ee3b28dfcf7ebf69c5aa128d3e13663";

const nameTaken = `Conflict. The container name "/web" is already in use by container "${id}".`;

/** Texts as 20.10, 26 and registries answer them. */
const answers: readonly [Question["kind"], number, string, ErrorCode][] = [
  ["create", 404, "No such image: nope:1", "NotFound"],
  ["create", 400, 'invalid mount config for type "bind": bind source path does not exist: /nope/x', "NotFound"],
  ["create", 409, nameTaken, "Conflict"],
  ["create", 400, "Minimum memory limit allowed is 6MB", "Invalid"],
  ["create", 500, "write /var/lib/docker/tmp: no space left on device", "NoSpace"],
  ["start", 404, "network nonet not found", "NotFound"],
  ["start", 400, 'OCI runtime create failed: exec: "/nope": stat /nope: no such file or directory: unknown', "Refused"],
  ["start", 500, "driver failed programming external connectivity: port is already allocated", "Refused"],
  ["start", 409, "cannot start a paused container, try unpause instead", "Conflict"],
  [undefined, 404, `No such container: ${id}`, "NotFound"],
  [undefined, 409, `removal of container ${id} is already in progress`, "InProgress"],
  [undefined, 409, `You cannot remove a running container ${id}.`, "Conflict"],
  [undefined, 403, "error while removing network: network n has active endpoints", "Conflict"],
  [undefined, 403, "endpoint with name web already exists in network n", "Conflict"],
  [undefined, 403, "<html><body><h1>403 Forbidden</h1></body></html>", "Forbidden"],
  [undefined, 400, "client version 1.51 is too new. Maximum supported API version is 1.45", "Unsupported"],
  [undefined, 400, "Client sent an HTTP request to an HTTPS server.", "Invalid"],
  [undefined, 501, "configured logging driver does not support reading", "Unsupported"],
  [undefined, 500, "", "Refused"],
  [undefined, 418, "teapot", "Invalid"],
  ["exec", 404, `No such container: ${id}`, "NotFound"],
  ["exec", 404, `No such exec instance: ${id}`, "Refused"],
  ["exec", 409, `Container ${id} is restarting, wait until the container is running`, "Refused"],
  ["exec", 400, "No exec command specified", "Invalid"],
  ["pull", 404, "pull access denied for x, repository does not exist or may require 'docker login'", "NotFound"],
  ["pull", 200, "manifest for localhost:5000/x:9 not found: manifest unknown: manifest unknown", "NotFound"],
  ["pull", 500, "toomanyrequests: You have reached your pull rate limit.", "RateLimited"],
  ["pull", 429, "", "RateLimited"],
  ["pull", 500, 'Get "https://registry.example/v2/": dial tcp: lookup registry.example: no such host', "Refused"],
  ["pull", 500, "unauthorized: authentication required", "Forbidden"],
  ["pull", 200, "failed to register layer: write /x: no space left on device", "NoSpace"],
];

test.each(answers)("%s %i %s → %s", (kind, status, text, code) => {
  const error = answerError({ what: "do it", ...(kind === undefined ? {} : { kind }) }, status, text);
  expect({ code: error.code, status: error.status }).toEqual({ code, status: status === 200 ? undefined : status });
});

test("an error says what was tried, what was answered, what to do, and whether again makes sense", () => {
  const taken = answerError({ what: "create container web", kind: "create" }, 409, nameTaken);
  expect({ message: taken.message, hint: taken.hint, retry: taken.retry }).toEqual({
    message:
      'Cannot create container web: Conflict. The container name "/web" is already in use by container "30be0332233a".',
    hint: "Rename or remove the container that has the name.",
    retry: true,
  });
});

test("the layers that a start went through are left out of the message", () => {
  const text =
    'failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/nope": stat /nope: no such file or directory: unknown';
  expect(cleanMessage(text)).toBe('exec: "/nope": stat /nope: no such file or directory');
  expect(
    cleanMessage(`driver failed programming external connectivity on endpoint web (${id}): Bind for 0.0.0.0:80 failed`),
  ).toBe("driver failed programming external connectivity on endpoint web: Bind for 0.0.0.0:80 failed");
});

const local = parseEndpoint("/run/docker.sock");
const remote = parseEndpoint("tcp://box:2376");
const ssh = parseEndpoint("ssh://me@box");

test.each([
  [local, "EACCES", "", "Forbidden", /this user may not use unix:\/\/\/run\/docker\.sock/],
  [local, "ENOENT", "", "Unreachable", /there is no socket at unix:\/\/\/run\/docker\.sock/],
  [local, "ECONNREFUSED", "", "Unreachable", /nobody listens/],
  [local, "ECONNRESET", "aborted", "Unreachable", /no whole answer .*ECONNRESET/],
  [local, undefined, "the answer is cut off", "Unreachable", /no whole answer .*the answer is cut off/],
  [remote, "ENOTFOUND", "", "Unreachable", /does not resolve/],
  [remote, "SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate", "Unreachable", /no trusted TLS connection/],
  [ssh, "ENOENT", "spawn ssh ENOENT", "Unsupported", /needs the ssh program/],
  [ssh, "ESSH", "me@box: Permission denied (publickey).", "Forbidden", /does not let this user in/],
  [ssh, "ESSH", "Host key verification failed.", "Forbidden", /host key/],
  [ssh, "ESSH", "sh: 1: docker: not found", "Unreachable", /no docker program/],
  [ssh, "ESSH", "ssh: connect to host box port 22: Connection refused", "Unreachable", /Connection refused/],
  [ssh, undefined, "the answer is cut off", "Unreachable", /no whole answer/],
])("no answer: %o %s %s → %s", (endpoint, code, message, as, expected) => {
  const fault = Object.assign(new Error(message), code === undefined ? {} : { code });
  const error = faultError({ what: "list containers" }, endpoint, fault);
  expect({ code: error.code, message: error.message }).toEqual({ code: as, message: expect.stringMatching(expected) });
});
