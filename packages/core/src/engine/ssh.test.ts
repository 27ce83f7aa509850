import { expect, test } from "vitest";
import type { SshEndpoint } from "./endpoint.ts";
import { sshArguments } from "./ssh.ts";

const plain: SshEndpoint = { kind: "ssh", address: "ssh://box", host: "box" };
const options = ["-o", "BatchMode=yes", "-o", "ConnectTimeout=30", "-T"];

test("the far side's docker carries the connection", () => {
  expect(sshArguments(plain)).toEqual([...options, "--", "box", "docker", "system", "dial-stdio"]);
});

test("user, port and socket; what the far side's shell could read otherwise is quoted", () => {
  expect(sshArguments({ ...plain, user: "me", port: 2222, path: "/run/it's; here.sock" })).toEqual([
    ...options,
    ...["-l", "me", "-p", "2222", "--", "box", "docker", "--host", "'unix:///run/it'\\''s; here.sock'"],
    ...["system", "dial-stdio"],
  ]);
});
