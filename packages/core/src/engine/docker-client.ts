import type { IncomingMessage } from "node:http";
import { FleetError, isFleetError } from "../errors.ts";
import { answerError, faultError, type Question } from "./answer.ts";
import { type ApiRange, commonVersion, isBeyond } from "./api-version.ts";
import { withDeadline } from "./deadline.ts";
import type { Endpoint } from "./endpoint.ts";

/** One HTTP request to an engine, and what is known about its answers. */
export interface EngineRequest extends Question {
  readonly method: "GET" | "POST" | "DELETE";
  /** Without the API version. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Called once the engine has said yes, before the first chunk. */
  readonly onOpen?: () => void;
  /** Takes the place of a body in the result. */
  readonly onChunk?: (chunk: Buffer) => void;
  /** The engine may take its time: no other call waits for the connection. */
  readonly slow?: boolean;
}

/** Sends one request and resolves to the response as soon as its headers are there, whatever the status. */
export type Dial = (request: EngineRequest, signal: AbortSignal) => Promise<IncomingMessage>;

/** Milliseconds within which an engine says its version. */
const versionDeadline = 10_000;

/** Requests to one engine in a version that both speak; every failure is a `FleetError`. */
export class DockerClient {
  readonly #endpoint: Endpoint;
  readonly #dial: Dial;
  #version: Promise<string> | undefined;

  constructor(endpoint: Endpoint, dial: Dial) {
    this.#endpoint = endpoint;
    this.#dial = dial;
  }

  /** The API version in use, as `1.41`. Asked once, and again after the engine was away. */
  version(): Promise<string> {
    this.#version ??= this.#negotiate().catch((error: unknown) => {
      this.#version = undefined;
      throw error;
    });
    return this.#version;
  }

  /** What `read` makes of the answer's JSON. */
  async json<J, T>(request: EngineRequest, signal: AbortSignal, read: (json: J) => T): Promise<T> {
    return this.#parse(request, await this.text(request, signal), read);
  }

  text(request: EngineRequest, signal: AbortSignal): Promise<string> {
    return this.#inVersion(request, (versioned) => this.#exchange(versioned, signal));
  }

  /** An answer without an end of its own: one that ends is `Unreachable`, as one that breaks. */
  stream(request: EngineRequest, signal: AbortSignal): Promise<never> {
    return this.#inVersion(request, async (versioned) => {
      await this.#exchange(versioned, signal);
      throw new FleetError(
        "Unreachable",
        `Cannot ${request.what}: the stream from ${this.#endpoint.address} has ended.`,
      );
    });
  }

  async #inVersion<T>(request: EngineRequest, send: (versioned: EngineRequest) => Promise<T>): Promise<T> {
    try {
      return await send({ ...request, path: `/v${await this.version()}${request.path}` });
    } catch (error) {
      // It may come back as another version.
      if (isFleetError(error, "Unreachable", "Unsupported")) this.#version = undefined;
      throw error;
    }
  }

  async #negotiate(): Promise<string> {
    const what = "ask the engine for its version";
    const range = await withDeadline(`Cannot ${what}`, {}, versionDeadline, (signal) => this.#range(what, signal));
    return commonVersion(this.#endpoint.address, range);
  }

  /** A ping tells the newest version at once; for all that it can say, an engine runs other programs. */
  async #range(what: string, signal: AbortSignal): Promise<ApiRange> {
    const ping: EngineRequest = { what, method: "GET", path: "/_ping" };
    let newest: string | undefined;
    await this.#exchange(ping, signal, ({ headers }) => {
      newest = headers["api-version"]?.toString();
    });
    if (newest === undefined) throw this.#notAnEngine(what);
    if (!isBeyond(newest)) return { newest };
    const version: EngineRequest = { what, method: "GET", path: "/version" };
    return this.#parse(version, await this.#exchange(version, signal), readRange);
  }

  async #exchange(
    request: EngineRequest,
    signal: AbortSignal,
    onAnswer: (response: IncomingMessage) => void = () => {},
  ): Promise<string> {
    const chunks: Buffer[] = [];
    let status: number;
    try {
      const response = await this.#dial(request, signal);
      status = response.statusCode ?? 0;
      onAnswer(response);
      const { onOpen, onChunk } = status < 300 ? request : {};
      await readWhole(response, signal, onChunk ?? ((chunk) => chunks.push(chunk)), onOpen);
    } catch (fault) {
      throw isFleetError(fault) ? fault : faultError(request, this.#endpoint, fault);
    }
    const text = Buffer.concat(chunks).toString("utf8");
    // 304: what was asked for is already so.
    if (status >= 200 && (status < 300 || status === 304)) return text;
    throw answerError(request, status, reason(text));
  }

  #parse<J, T>({ what }: EngineRequest, text: string, read: (json: J) => T): T {
    try {
      return read(JSON.parse(text));
    } catch (cause) {
      throw this.#notAnEngine(what, cause);
    }
  }

  #notAnEngine(what: string, cause?: unknown): FleetError {
    return new FleetError(
      "Unreachable",
      `Cannot ${what}: ${this.#endpoint.address} does not answer as an engine does.`,
      {
        cause,
        hint: "Is it an engine, and is the answer whole? Something in between may have cut or replaced it.",
      },
    );
  }
}

/**
 * Reads a response to its end, and rejects when the connection breaks before it: an HTTP client says that only on the
 * response, after the request has long succeeded. Rejects with what a listener throws.
 */
function readWhole(
  response: IncomingMessage,
  signal: AbortSignal,
  onChunk: (chunk: Buffer) => void,
  onOpen: () => void = () => {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => void response.destroy();
    const tell = (listener: () => void): void => {
      try {
        listener();
      } catch (error) {
        reject(error);
        response.destroy();
      }
    };
    signal.addEventListener("abort", abort, { once: true });
    response.on("data", (chunk: Buffer) => tell(() => onChunk(chunk)));
    response.once("end", () => (response.complete ? resolve() : reject(new Error("the answer is cut off"))));
    response.once("error", reject);
    response.once("close", () => {
      signal.removeEventListener("abort", abort);
      reject(new Error("the answer is cut off"));
    });
    tell(onOpen);
  });
}

function readRange(json: { readonly ApiVersion: string; readonly MinAPIVersion?: string }): ApiRange {
  return { newest: json.ApiVersion.trim(), ...(json.MinAPIVersion ? { oldest: json.MinAPIVersion } : {}) };
}

/** An engine's own words: `{"message": …}`, or plain text from old ones and proxies. */
function reason(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === "string" ? message : text;
  } catch {
    return text
      .replace(/<[^>]*>/g, " ")
      .replace(/\s+/g, " ")
      .trim()
      .slice(0, 500);
  }
}
