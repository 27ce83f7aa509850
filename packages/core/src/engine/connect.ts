import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { FleetError } from "../errors.ts";
import { currentContext, type DockerFiles, readContext, readTls } from "./docker-context.ts";
import { defaultSocket, type Endpoint, parseEndpoint, type TlsFiles } from "./endpoint.ts";

/** What the choice of an engine rests on: what the user said, and the machine. */
export interface EndpointInputs extends Omit<DockerFiles, "folder"> {
  /** As given to `--host`. */
  readonly host?: string;
  /** As given to `--context`. */
  readonly context?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly uid: number;
}

/** The environment and files of this process; `host` and `context` are the caller's to add. */
export function localInputs(): EndpointInputs {
  return {
    env: process.env,
    home: homedir(),
    uid: process.getuid?.() ?? 0,
    readFile: (path) => readFileSync(path, "utf8"),
    exists: existsSync,
    readDir: (path) => (existsSync(path) ? readdirSync(path) : []),
  };
}

/**
 * Where the engine is, chosen as the docker CLI does: `host`, `context`, DOCKER_HOST, DOCKER_CONTEXT, the context that
 * is in use; then the first socket that exists, Docker's, rootless Docker's, Podman's. Opens no connection. `Invalid`
 * when something that was said does not hold, `Unreachable` when nothing was said and nothing is found.
 */
export function resolveEndpoint(inputs: EndpointInputs): Endpoint {
  const { host, context, env } = inputs;
  const files: DockerFiles = { ...inputs, folder: env.DOCKER_CONFIG || join(inputs.home, ".docker") };
  if (host !== undefined && context !== undefined) {
    throw new FleetError("Invalid", "Both a host and a docker context are given.", { hint: "Leave one of them out." });
  }
  if (host !== undefined) return parseEndpoint(host, () => tlsFromEnv(files, env));
  if (context !== undefined && context !== "default") return fromContext(files, context);
  if (env.DOCKER_HOST) return parseEndpoint(env.DOCKER_HOST, () => tlsFromEnv(files, env));
  const chosen = context ?? (env.DOCKER_CONTEXT || currentContext(files));
  if (chosen !== undefined && chosen !== "default") return fromContext(files, chosen);
  const sockets = likelySockets(inputs);
  const found = sockets.find((path) => inputs.exists(path));
  if (found !== undefined) return parseEndpoint(found);
  throw new FleetError(
    "Unreachable",
    `No engine found: no host is given, DOCKER_HOST is not set, no docker context is in use, and there is no socket at ${sockets.join(", ")}.`,
    { hint: "Start Docker (sudo systemctl start docker), or say where it is with --host or DOCKER_HOST." },
  );
}

function fromContext(files: DockerFiles, name: string): Endpoint {
  const { host, tls } = readContext(files, name);
  return parseEndpoint(host, () => tls);
}

/** DOCKER_TLS_VERIFY switches TLS on whatever its value is, even 0; DOCKER_TLS does without a look at the certificate. */
function tlsFromEnv(files: DockerFiles, env: EndpointInputs["env"]): TlsFiles | undefined {
  const verify = Boolean(env.DOCKER_TLS_VERIFY);
  if (!verify && !env.DOCKER_TLS) return undefined;
  const folder = env.DOCKER_CERT_PATH || files.folder;
  if (env.DOCKER_CERT_PATH && !files.exists(folder)) {
    throw new FleetError("Invalid", `DOCKER_CERT_PATH is ${folder}, and there is no such folder.`, {
      hint: "It must hold ca.pem, cert.pem and key.pem.",
    });
  }
  return readTls(files, folder, verify);
}

function likelySockets({ env, home, uid }: EndpointInputs): readonly string[] {
  const runtime = env.XDG_RUNTIME_DIR || `/run/user/${uid}`;
  return [
    defaultSocket,
    join(runtime, "docker.sock"),
    join(home, ".docker/run/docker.sock"),
    join(runtime, "podman/podman.sock"),
    "/run/podman/podman.sock",
  ];
}
