import { Agent as HttpAgent, type IncomingMessage } from "node:http";
import { DockerClient, type EngineRequest } from "./docker-client.ts";
import { DockerEngine } from "./docker-engine.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Engine } from "./engine.ts";

/**
 * The engine at `endpoint`, spoken to in the newest API version that both know (1.41 to 1.51). Nothing is connected
 * until the first call. Deadlines by default: 30 s for a look, 1 min for a change, 5 min for a stop without a grace
 * period, 10 min to wait, 15 min to pull, 10 s for a command in a container and until events are heard.
 */
export function dockerEngine(endpoint: Endpoint): Engine {
  const line = new Line(endpoint);
  const client = new DockerClient(endpoint, (request, signal) => line.dial(request, signal));
  return new DockerEngine(endpoint.address, client, () => line.close());
}

/** dockerode as the carrier of requests. Its own methods never settle when an answer breaks off, so the client reads. */
class Line {
  readonly #endpoint: Endpoint;
  #modems: Promise<Modems> | undefined;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  async dial({ method, path, query, body, slow }: EngineRequest, signal: AbortSignal): Promise<IncomingMessage> {
    this.#modems ??= this.#open();
    const { modem } = (await this.#modems)[slow ? "slow" : "quick"];
    // To the modem a question mark means that a query follows.
    const address = Object.keys(query ?? {}).length === 0 ? path : `${path}?`;
    return new Promise((resolve, reject) => {
      const options = { _query: query ?? {}, _body: body ?? {} };
      modem.dial(
        { method, path: address, options, isStream: true, statusCodes: everyStatus, abortSignal: signal },
        (error, response) => (error === null ? resolve(response as IncomingMessage) : reject(error)),
      );
    });
  }

  async close(): Promise<void> {
    const modems = await this.#modems;
    modems?.quick.agent.destroy();
    modems?.slow.agent.destroy();
  }

  async #open(): Promise<Modems> {
    // Loads ssh and grpc too, which nobody should pay for who does not talk to an engine.
    const { default: Docker } = await import("dockerode");
    const open = async (limited: boolean) => {
      const agent = closed(await agentFor(this.#endpoint, limited));
      return { agent, modem: modemFor(Docker, this.#endpoint, agent) };
    };
    return { quick: await open(true), slow: await open(false) };
  }
}

/** Calls that may take their time do not wait in one queue with the others. */
type Modems = Readonly<Record<"quick" | "slow", { readonly agent: HttpAgent; readonly modem: Modem }>>;

type DockerConstructor = typeof import("dockerode");
type DockerOptions = ConstructorParameters<DockerConstructor>[0];
type Modem = InstanceType<DockerConstructor>["modem"];

/** So that every answer arrives as it is. */
const everyStatus = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [100 + index, true]));

function modemFor(Docker: DockerConstructor, endpoint: Endpoint, agent: HttpAgent): Modem {
  // The constructor lets DOCKER_HOST win over its arguments, and reads certificates for it. It is not asynchronous, so
  // nobody else sees the variable missing.
  const { DOCKER_HOST } = process.env;
  delete process.env.DOCKER_HOST;
  try {
    const target = endpoint.kind === "unix" ? { socketPath: endpoint.path } : hostOf(endpoint);
    const options: DockerOptions & { readonly agent: HttpAgent } = { ...target, agent, timeout: 0 };
    return new Docker(options).modem;
  } finally {
    if (DOCKER_HOST !== undefined) process.env.DOCKER_HOST = DOCKER_HOST;
  }
}

function hostOf(endpoint: Exclude<Endpoint, { kind: "unix" }>): NonNullable<DockerOptions> {
  // The agent makes the connection: the host is for the request's head only.
  if (endpoint.kind === "ssh") return { host: "ssh", protocol: "http" };
  const { host, port, tls } = endpoint;
  return { host, port, protocol: tls === undefined ? "http" : "https", ca: tls?.ca, cert: tls?.cert, key: tls?.key };
}

/**
 * docker-modem prints each request for a debug log that nobody reads: the agent with all its sockets, and what is on its
 * way through them. That takes more time than the request, and no secret may be printed.
 */
function closed(agent: HttpAgent): HttpAgent {
  return Object.assign(agent, { [Symbol.for("nodejs.util.inspect.custom")]: () => "[agent]" });
}

/** Few enough to be cheap: a connection costs more than a look takes. Enough that some calls which hang hold up no others. */
const quickConnections = 8;

/** `limited` for short calls: they share connections. */
async function agentFor(endpoint: Endpoint, limited: boolean): Promise<HttpAgent> {
  if (endpoint.kind === "ssh") return (await import("./ssh.ts")).sshAgent(endpoint, { limited });
  const options = { keepAlive: true, ...(limited && { maxSockets: quickConnections }) };
  // Without a name to show, Node does not work one out for each request.
  if (endpoint.kind === "unix" || endpoint.tls === undefined) return new HttpAgent({ ...options, ...nameless });
  const { ca, cert, key, verify } = endpoint.tls;
  // TLS takes long to load, and few engines speak it.
  const { Agent } = await import("node:https");
  return new Agent({ ...options, ca, cert, key, rejectUnauthorized: verify });
}

/** An option of the socket, and so of the agent, which Node's types leave out. */
const nameless: object = { servername: "" };
