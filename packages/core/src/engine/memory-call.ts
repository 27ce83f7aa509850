import type { Clock } from "../clock.ts";
import { type ErrorCode, FleetError, isFleetError } from "../errors.ts";
import type { Question } from "./answer.ts";
import type { CallOptions, Engine, EngineReader } from "./engine.ts";
import type { Faults } from "./memory-fault.ts";
import { toFleetError } from "./memory-refusal.ts";

/** A method of the engine port. */
export type EngineVerb = Exclude<keyof Engine, "address" | "close">;

const readingVerbs: ReadonlySet<string> = new Set<keyof EngineReader>([
  "info",
  "listContainers",
  "inspectContainer",
  "inspectImage",
  "listVolumes",
  "listNetworks",
  "containerLogs",
  "listExecs",
  "watchEvents",
]);

/** One call as a memory engine received it. */
export interface EngineCall {
  readonly verb: EngineVerb;
  readonly mutating: boolean;
  /** The container, image, network or volume that it names; empty when none. */
  readonly target: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Absent while the call is under way, as that of an open event stream is. */
  outcome?: "done" | ErrorCode;
}

interface VerbInWords {
  /** As the Docker adapter's messages begin. */
  readonly words: string;
  readonly kind?: Question["kind"];
}

const inWords: Readonly<Record<EngineVerb, VerbInWords>> = {
  info: { words: "ask about the engine" },
  listContainers: { words: "list containers" },
  inspectContainer: { words: "inspect container" },
  inspectImage: { words: "inspect image" },
  listVolumes: { words: "list volumes" },
  listNetworks: { words: "list networks" },
  containerLogs: { words: "read the log of container" },
  listExecs: { words: "list the execs of container" },
  watchEvents: { words: "watch events" },
  pullImage: { words: "pull image", kind: "pull" },
  createContainer: { words: "create container", kind: "create" },
  startContainer: { words: "start container", kind: "start" },
  stopContainer: { words: "stop container" },
  unpauseContainer: { words: "unpause container" },
  renameContainer: { words: "rename container", kind: "create" },
  updateContainer: { words: "update container" },
  removeContainer: { words: "remove container" },
  waitContainer: { words: "wait for container" },
  exec: { words: "run a command in container", kind: "exec" },
  connectNetwork: { words: "connect to network" },
  disconnectNetwork: { words: "disconnect from network" },
  createVolume: { words: "create volume" },
  createNetwork: { words: "create network" },
  removeVolume: { words: "remove volume" },
  removeNetwork: { words: "remove network" },
};

/** Milliseconds, the same as the Docker adapter's. */
const deadlines: Partial<Readonly<Record<EngineVerb, number>>> = {
  stopContainer: 300_000,
  waitContainer: 600_000,
  pullImage: 900_000,
  exec: 10_000,
  watchEvents: 10_000,
};

/** Takes every call of a memory engine: records it, keeps its deadline and signal, lets faults happen. */
export class CallDesk {
  readonly calls: EngineCall[] = [];
  readonly #clock: Clock;
  readonly #address: string;
  readonly #faults: Faults;
  readonly #listeners = new Set<(call: EngineCall) => void>();

  constructor(clock: Clock, address: string, faults: Faults) {
    this.#clock = clock;
    this.#address = address;
    this.#faults = faults;
  }

  listen(listener: (call: EngineCall) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Runs `work` as one call; the signal that `work` gets aborts when the call has ended, however it did. Work that goes
   * on for as long as it lasts lifts its deadline.
   */
  async take<T>(
    verb: EngineVerb,
    target: string,
    options: CallOptions = {},
    work: (ended: AbortSignal, lift: () => void) => T | Promise<T>,
  ): Promise<T> {
    const call: EngineCall = { verb, target, mutating: !readingVerbs.has(verb), at: this.#clock.now() };
    const { words, kind } = inWords[verb];
    const question: Question = {
      what: target === "" ? words : `${words} ${target}`,
      ...(kind === undefined ? {} : { kind }),
    };
    this.calls.push(call);
    for (const listener of this.#listeners) listener(call);
    const ended = new AbortController();
    try {
      const result = await this.#within(call, question.what, options, ended, (lift) =>
        this.#faults.pass(call, question.what, ended.signal, (signal) => work(signal, lift)),
      );
      call.outcome = "done";
      return result;
    } catch (refused) {
      const error = toFleetError(question, refused);
      call.outcome = isFleetError(error) ? error.code : "Invalid";
      throw error;
    } finally {
      ended.abort();
    }
  }

  #within<T>(
    call: EngineCall,
    what: string,
    options: CallOptions,
    ended: AbortController,
    work: (lift: () => void) => Promise<T>,
  ): Promise<T> {
    const deadline = options.deadline ?? deadlines[call.verb] ?? (call.mutating ? 60_000 : 30_000);
    return new Promise<T>((resolve, reject) => {
      const end = (error: FleetError): void => {
        reject(error);
        ended.abort();
      };
      const cancel = (): void => end(new FleetError("Cancelled", `${what}: cancelled by the caller.`));
      if (options.signal?.aborted) return cancel();
      options.signal?.addEventListener("abort", cancel, { once: true, signal: ended.signal });
      const timer = this.#clock.setTimeout(() => {
        const message = `${what}: no answer from ${this.#address} within ${deadline} ms; whether it will be done is unknown.`;
        end(new FleetError("Timeout", message));
      }, deadline);
      const lift = (): void => this.#clock.clearTimeout(timer);
      ended.signal.addEventListener("abort", lift);
      work(lift).then(resolve, reject);
    });
  }
}
