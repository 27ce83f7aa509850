import { execFile } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { dockerEngine, localInputs, parseEndpoint, resolveEndpoint } from "../../packages/core/src/index.ts";
import { realEngines } from "../support/engines.ts";

const engines = realEngines();
const [oldest] = engines;
const host = oldest?.host ?? "";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fleet-connection-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function idOf(address: string): Promise<string> {
  const engine = dockerEngine(parseEndpoint(address));
  try {
    return (await engine.info()).id;
  } finally {
    await engine.close();
  }
}

test("variables of the environment do not turn an address aside", async () => {
  const id = await idOf(host);
  vi.stubEnv("DOCKER_HOST", "tcp://127.0.0.1:1");
  vi.stubEnv("DOCKER_CERT_PATH", join(folder, "nothing"));
  vi.stubEnv("DOCKER_TLS_VERIFY", "1");
  vi.stubEnv("DOCKER_PATH_PREFIX", "/elsewhere");
  expect(await idOf(host)).toBe(id);
  expect(process.env.DOCKER_HOST).toBe("tcp://127.0.0.1:1");
  vi.stubEnv("DOCKER_HOST", "tcp://[not an address");
  expect(await idOf(host)).toBe(id);
});

test("DOCKER_HOST is found on this machine", () => {
  vi.stubEnv("DOCKER_HOST", host);
  expect(resolveEndpoint(localInputs())).toEqual(parseEndpoint(host));
});

test("nobody at the socket, and no socket, are Unreachable", async () => {
  await expect(idOf(`unix://${folder}/none.sock`)).rejects.toMatchObject({
    code: "Unreachable",
    message: `Cannot ask the engine for its version: there is no socket at unix://${folder}/none.sock.`,
    hint: expect.stringContaining("DOCKER_HOST"),
  });
  await expect(idOf("tcp://127.0.0.1:1")).rejects.toMatchObject({
    code: "Unreachable",
    message: "Cannot ask the engine for its version: nobody listens at tcp://127.0.0.1:1.",
  });
});

test.runIf(process.getuid?.() === 0)("a socket that this user may not use is Forbidden", async () => {
  const socket = join(folder, "closed.sock");
  const server = createServer().listen(socket);
  await once(server, "listening");
  await chmod(folder, 0o755);
  await chmod(socket, 0o600);
  process.seteuid?.(65_534);
  try {
    await expect(idOf(`unix://${socket}`)).rejects.toMatchObject({
      code: "Forbidden",
      message: `Cannot ask the engine for its version: this user may not use unix://${socket} (EACCES).`,
      hint: expect.stringContaining("docker"),
    });
  } finally {
    process.seteuid?.(0);
    await once(server.close(), "close");
  }
});

test("a server that is no engine is said to be none", async () => {
  const server = createServer((_, response) => response.end("<html>hello</html>")).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  await expect(idOf(`tcp://127.0.0.1:${port}`)).rejects.toMatchObject({
    code: "Unreachable",
    message: `Cannot ask the engine for its version: tcp://127.0.0.1:${port} does not answer as an engine does.`,
  });
  server.closeAllConnections();
  await once(server.close(), "close");
});

describe("TLS", () => {
  const openssl = (...words: string[]) => promisify(execFile)("openssl", words, { cwd: folder });

  /** An engine behind TLS that lets in only who shows a certificate of its authority. */
  async function tlsEngine(): Promise<{ port: number; close: () => Promise<void> }> {
    await openssl(
      ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=ca".split(" "),
      "-keyout",
      "ca-key.pem",
      "-out",
      "ca.pem",
    );
    await openssl(
      ..."req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout key.pem -out req.pem".split(
        " ",
      ),
    );
    await writeFile(join(folder, "names"), "subjectAltName=IP:127.0.0.1");
    await openssl(
      ..."x509 -req -in req.pem -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 -extfile names -out cert.pem".split(
        " ",
      ),
    );
    const pem = async (name: string) => readFile(join(folder, name), "utf8");
    const [ca, cert, key] = await Promise.all(["ca.pem", "cert.pem", "key.pem"].map(pem));
    const server = createTlsServer({ ca, cert, key, requestCert: true, rejectUnauthorized: true }, (incoming) => {
      incoming.pipe(connect(host.replace("unix://", ""))).pipe(incoming);
    }).listen(0, "127.0.0.1");
    server.on("tlsClientError", () => {});
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    return { port, close: async () => void (await once(server.close(), "close")) };
  }

  async function idOver(port: number, env: Record<string, string>): Promise<string> {
    const endpoint = resolveEndpoint({ ...localInputs(), env: { DOCKER_HOST: `tcp://127.0.0.1:${port}`, ...env } });
    const engine = dockerEngine(endpoint);
    try {
      return (await engine.info()).id;
    } finally {
      await engine.close();
    }
  }

  test("with certificates, without, and with an authority that does not know the engine", async () => {
    const { port, close } = await tlsEngine();
    const id = await idOf(host);
    const certificates = { DOCKER_CERT_PATH: folder };
    expect(await idOver(port, { ...certificates, DOCKER_TLS_VERIFY: "1" })).toBe(id);
    expect(await idOver(port, { ...certificates, DOCKER_TLS: "1" })).toBe(id);
    await expect(idOver(port, {})).rejects.toMatchObject({ code: "Unreachable" });
    await rm(join(folder, "ca.pem"));
    await expect(idOver(port, { ...certificates, DOCKER_TLS_VERIFY: "1" })).rejects.toMatchObject({
      code: "Unreachable",
      message: expect.stringContaining("no trusted TLS connection"),
      hint: expect.stringContaining("DOCKER_CERT_PATH"),
    });
    expect(await idOver(port, { ...certificates, DOCKER_TLS: "1" })).toBe(id);
    await close();
  });
});

describe("ssh", () => {
  /** An `ssh` on the PATH that runs the far side's command here, for the engine at `host`, and notes what it was asked. */
  async function fakeSsh(script: string): Promise<void> {
    await writeFile(join(folder, "ssh"), `#!/bin/sh\necho "$@" >> ${folder}/asked\n${script}\n`, { mode: 0o755 });
    vi.stubEnv("PATH", `${folder}${delimiter}${process.env.PATH}`);
  }

  test.each(engines)("engine $version through docker system dial-stdio", async (engine) => {
    const id = await idOf(engine.host);
    await fakeSsh(`while [ "$1" != -- ]; do shift; done; shift 2; export DOCKER_HOST=${engine.host}; exec "$@"`);
    const far = dockerEngine(parseEndpoint("ssh://me@box:2222"));
    expect((await far.info()).id).toBe(id);
    const found = await Promise.all(Array.from({ length: 20 }, () => far.inspectImage("fleet-test:1")));
    expect(new Set(found.map((image) => image?.tags.join())).size).toBe(1);
    await far.close();
  });

  test("a host that does not let this user in is Forbidden, with ssh's own words", async () => {
    await fakeSsh('echo "me@box: Permission denied (publickey)." >&2; exit 255');
    await expect(idOf("ssh://me@box")).rejects.toMatchObject({
      code: "Forbidden",
      message: expect.stringContaining("me@box: Permission denied (publickey)."),
      hint: expect.stringContaining("key"),
    });
  });

  test("a connection that breaks in the middle is Unreachable, at once", async () => {
    await fakeSsh("sleep 0.2; echo 'Connection to box closed by remote host.' >&2; exit 255");
    await expect(idOf("ssh://box")).rejects.toMatchObject({
      code: "Unreachable",
      message: expect.stringContaining("closed by remote host"),
    });
  });

  test("without an ssh program it is Unsupported", async () => {
    vi.stubEnv("PATH", join(folder, "empty"));
    await expect(idOf("ssh://box")).rejects.toMatchObject({ code: "Unsupported" });
  });
});
