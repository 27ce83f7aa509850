import { setTimeout as sleep } from "node:timers/promises";
import { FleetError, isFleetError } from "../errors.ts";
import type { ContainerObservation, ContainerSummary } from "../observe/container.ts";
import type { EngineInfo, NetworkObservation, VolumeObservation } from "../observe/engine.ts";
import type { ExecObservation } from "../observe/exec.ts";
import type { ImageObservation } from "../observe/image.ts";
import type { ContainerConfig, LiveUpdate } from "../spec/config.ts";
import { shortIds } from "./answer.ts";
import { withDeadline } from "./deadline.ts";
import type { DockerClient, EngineRequest } from "./docker-client.ts";
import type { CallOptions, Engine, EventWatcher, ExecRequest, ExecResult } from "./engine.ts";
import { EventLines } from "./event-lines.ts";
import { LogTail } from "./log-tail.ts";
import { PullProgress, pullQuery } from "./pull.ts";
import { type ContainerJson, type ContainerRowJson, readContainer, readSummary } from "./translate-container.ts";
import { createRequest } from "./translate-create.ts";
import {
  type InfoJson,
  type NetworkJson,
  readInfo,
  readNetwork,
  readVolume,
  type VolumeJson,
} from "./translate-engine.ts";
import { eventQuery } from "./translate-event.ts";
import { checkEnv, type ExecJson, type ExecListJson, execRequest, readExec } from "./translate-exec.ts";
import { type ImageJson, readImage } from "./translate-image.ts";
import { updateRequest } from "./translate-update.ts";

/** Milliseconds that a call may take when its caller does not say. */
const deadlines = {
  read: 30_000,
  write: 60_000,
  stop: 300_000,
  wait: 600_000,
  exec: 10_000,
  pull: 900_000,
  open: 10_000,
  tidy: 10_000,
};

const logLimit = 64 * 1024;

/** Each verb of the port as requests of the Docker API. */
export class DockerEngine implements Engine {
  readonly address: string;
  readonly #client: DockerClient;
  readonly #hangUp: () => void;

  constructor(address: string, client: DockerClient, hangUp: () => void) {
    this.address = address;
    this.#client = client;
    this.#hangUp = hangUp;
  }

  info(options: CallOptions = {}): Promise<EngineInfo> {
    return this.#within("ask about the engine", options, deadlines.read, async (what, signal) => {
      const version = await this.#client.version();
      return this.#get(what, "/info", signal, (json: InfoJson) => readInfo(json, version));
    });
  }

  listContainers(options: CallOptions = {}): Promise<readonly ContainerSummary[]> {
    return this.#within("list containers", options, deadlines.read, (what, signal) => {
      const read = (rows: readonly ContainerRowJson[]) => rows.map(readSummary).sort(byName);
      return this.#get(what, "/containers/json", signal, read, { all: "1" });
    });
  }

  inspectContainer(idOrName: string, options: CallOptions = {}): Promise<ContainerObservation> {
    return this.#within(`inspect container ${idOrName}`, options, deadlines.read, (what, signal) =>
      this.#get(what, container(idOrName, "json"), signal, (json: ContainerJson) => readContainer(json)),
    );
  }

  async inspectImage(ref: string, options: CallOptions = {}): Promise<ImageObservation | null> {
    try {
      return await this.#within(`inspect image ${ref}`, options, deadlines.read, (what, signal) =>
        this.#get(what, `/images/${encode(ref)}/json`, signal, (json: ImageJson) => readImage(json)),
      );
    } catch (error) {
      if (isFleetError(error, "NotFound")) return null;
      throw error;
    }
  }

  listVolumes(options: CallOptions = {}): Promise<readonly VolumeObservation[]> {
    return this.#within("list volumes", options, deadlines.read, (what, signal) => {
      const read = (json: { Volumes?: readonly VolumeJson[] | null }) =>
        (json.Volumes ?? []).map(readVolume).sort(byName);
      return this.#get(what, "/volumes", signal, read);
    });
  }

  listNetworks(options: CallOptions = {}): Promise<readonly NetworkObservation[]> {
    return this.#within("list networks", options, deadlines.read, (what, signal) => {
      const read = (rows: readonly NetworkJson[]) => rows.map(readNetwork).sort(byName);
      return this.#get(what, "/networks", signal, read);
    });
  }

  containerLogs(id: string, options: CallOptions = {}): Promise<string> {
    return this.#within(`read the log of container ${id}`, options, deadlines.read, async (what, signal) => {
      const tail = new LogTail(logLimit);
      const query = { stdout: "1", stderr: "1", tail: "1000" };
      const onChunk = (chunk: Buffer) => tail.push(chunk);
      await this.#client.text({ what, method: "GET", path: container(id, "logs"), query, onChunk }, signal);
      return tail.text();
    });
  }

  listExecs(id: string, options: CallOptions = {}): Promise<readonly ExecObservation[]> {
    return this.#within(`list the execs of container ${id}`, options, deadlines.read, async (what, signal) => {
      const list = await this.#get(what, container(id, "json"), signal, (json: ExecListJson) => json);
      const look = async (exec: string): Promise<readonly ExecObservation[]> => {
        try {
          const found = await this.#get(what, `/exec/${encode(exec)}/json`, signal, (json: ExecJson) => json);
          return [readExec(found, list)].filter((running) => running !== undefined);
        } catch (error) {
          // It has ended meanwhile.
          if (isFleetError(error, "NotFound")) return [];
          throw error;
        }
      };
      return (await Promise.all((list.ExecIDs ?? []).toSorted().map(look))).flat();
    });
  }

  async watchEvents(watcher: EventWatcher, options: CallOptions = {}): Promise<never> {
    // To the client whatever goes wrong with an answer is the connection's fault.
    let thrown: { readonly error: unknown } | undefined;
    const tell = (listener: () => void): void => {
      try {
        listener();
      } catch (error) {
        thrown = { error };
        throw error;
      }
    };
    const watch = (what: string, signal: AbortSignal, lift: () => void): Promise<never> => {
      const onOpen = (): void => {
        lift();
        tell(() => watcher.onOpen?.());
      };
      const lines = new EventLines((event) => {
        // The watcher may have cancelled at an event of the same chunk.
        if (!signal.aborted) tell(() => watcher.onEvent(event));
      });
      const onChunk = (chunk: Buffer): void => lines.push(chunk);
      const request = { what, method: "GET", path: "/events", query: eventQuery, slow: true } as const;
      return this.#client.stream({ ...request, onOpen, onChunk }, signal);
    };
    try {
      return await this.#within("watch events", options, deadlines.open, watch);
    } catch (error) {
      throw thrown === undefined ? error : thrown.error;
    }
  }

  pullImage(ref: string, options: CallOptions & { onProgress?: (line: string) => void } = {}): Promise<void> {
    return this.#within(`pull image ${ref}`, options, deadlines.pull, async (what, signal) => {
      const progress = new PullProgress({ what, kind: "pull" }, options.onProgress);
      const onChunk = (chunk: Buffer) => progress.push(chunk);
      const request = { what, kind: "pull", method: "POST", path: "/images/create", slow: true } as const;
      await this.#client.text({ ...request, query: pullQuery(ref), onChunk }, signal);
    });
  }

  createContainer(name: string, config: ContainerConfig, options: CallOptions = {}): Promise<string> {
    return this.#within(`create container ${name}`, options, deadlines.write, async (what, signal) => {
      // An engine would take a network that does not exist, and fail the start.
      for (const network of Object.keys(config.networks ?? {}).sort()) {
        await this.#client.text({ what, method: "GET", path: `/networks/${encode(network)}` }, signal);
      }
      const { body, connectAfter } = createRequest(config, await this.#client.version());
      const request = {
        what,
        kind: "create",
        method: "POST",
        path: "/containers/create",
        query: { name },
        body,
      } as const;
      const id = await this.#client.json(request, signal, ({ Id }: { Id: string }) => Id);
      try {
        for (const { network, aliases } of connectAfter) await this.#connect(what, network, id, aliases, signal);
      } catch (error) {
        // Should this fail too, what went wrong first is still what the caller has to know.
        await this.removeContainer(id, { force: true, deadline: deadlines.tidy }).catch(() => {});
        throw error;
      }
      return id;
    });
  }

  startContainer(id: string, options: CallOptions = {}): Promise<void> {
    return this.#within(`start container ${id}`, options, deadlines.write, (what, signal) =>
      this.#send({ what, kind: "start", method: "POST", path: container(id, "start") }, signal),
    );
  }

  stopContainer(id: string, options: CallOptions & { gracePeriod?: number } = {}): Promise<void> {
    const { gracePeriod } = options;
    const query = gracePeriod === undefined ? {} : { t: String(Math.ceil(gracePeriod / 1000)) };
    const deadline = gracePeriod === undefined ? deadlines.stop : gracePeriod + deadlines.read;
    return this.#within(`stop container ${id}`, options, deadline, (what, signal) =>
      this.#send({ what, method: "POST", path: container(id, "stop"), query, slow: true }, signal),
    );
  }

  unpauseContainer(id: string, options: CallOptions = {}): Promise<void> {
    return this.#within(`unpause container ${id}`, options, deadlines.write, (what, signal) =>
      this.#send({ what, method: "POST", path: container(id, "unpause"), done: /is not paused/i }, signal),
    );
  }

  renameContainer(id: string, name: string, options: CallOptions = {}): Promise<void> {
    const request = { method: "POST", path: container(id, "rename"), query: { name }, done: /same name/i } as const;
    return this.#within(`rename container ${id} to ${name}`, options, deadlines.write, (what, signal) =>
      this.#send({ what, kind: "create", ...request }, signal),
    );
  }

  updateContainer(id: string, update: LiveUpdate, options: CallOptions = {}): Promise<void> {
    return this.#within(`update container ${id}`, options, deadlines.write, (what, signal) =>
      this.#send({ what, method: "POST", path: container(id, "update"), body: updateRequest(update) }, signal),
    );
  }

  removeContainer(id: string, options: CallOptions & { force?: boolean } = {}): Promise<void> {
    const query = { v: "1", ...(options.force ? { force: "1" } : {}) };
    return this.#within(`remove container ${id}`, options, deadlines.write, (what, signal) =>
      this.#send({ what, method: "DELETE", path: `/containers/${encode(id)}`, query, slow: true }, signal),
    );
  }

  waitContainer(id: string, options: CallOptions = {}): Promise<number> {
    return this.#within(`wait for container ${id}`, options, deadlines.wait, (what, signal) => {
      const request = { what, method: "POST", path: container(id, "wait"), slow: true } as const;
      return this.#client.json(request, signal, ({ StatusCode }: { StatusCode: number }) => StatusCode);
    });
  }

  exec(id: string, request: ExecRequest, options: CallOptions = {}): Promise<ExecResult> {
    return this.#within(`run a command in container ${id}`, options, deadlines.exec, async (what, signal) => {
      checkEnv(request);
      const make = { what, kind: "exec", method: "POST", path: container(id, "exec") } as const;
      const body = execRequest(request);
      const made = await this.#client
        .json({ ...make, body }, signal, ({ Id }: { Id: string }) => Id)
        .catch((error: unknown) => unbegun(error));
      if (typeof made !== "string") return made;
      const exec = `/exec/${encode(made)}`;
      const tail = new LogTail(logLimit);
      const onChunk = (chunk: Buffer) => tail.push(chunk);
      const attached = { Detach: false, Tty: false };
      // Asked without an upgrade of the connection, an engine answers with the output and ends it with the command.
      const start = { what, kind: "exec", method: "POST", path: `${exec}/start`, body: attached, slow: true } as const;
      await this.#client.text({ ...start, onChunk }, signal);
      return { ...(await this.#ended(what, exec, signal)), output: tail.text() };
    });
  }

  connectNetwork(network: string, id: string, aliases: readonly string[], options: CallOptions = {}): Promise<void> {
    return this.#within(`connect container ${id} to network ${network}`, options, deadlines.write, (what, signal) =>
      this.#connect(what, network, id, aliases, signal),
    );
  }

  disconnectNetwork(network: string, id: string, options: CallOptions = {}): Promise<void> {
    const path = `/networks/${encode(network)}/disconnect`;
    return this.#within(
      `disconnect container ${id} from network ${network}`,
      options,
      deadlines.write,
      (what, signal) =>
        this.#send({ what, method: "POST", path, body: { Container: id }, done: /is not connected to/i }, signal),
    );
  }

  createVolume(name: string, labels: Readonly<Record<string, string>>, options: CallOptions = {}): Promise<void> {
    return this.#within(`create volume ${name}`, options, deadlines.write, (what, signal) =>
      this.#send({ what, method: "POST", path: "/volumes/create", body: { Name: name, Labels: labels } }, signal),
    );
  }

  createNetwork(name: string, labels: Readonly<Record<string, string>>, options: CallOptions = {}): Promise<void> {
    // Older engines make a second network of the same name without a word unless told to look.
    const body = { Name: name, Driver: "bridge", CheckDuplicate: true, Labels: labels };
    return this.#within(`create network ${name}`, options, deadlines.write, (what, signal) =>
      this.#send({ what, method: "POST", path: "/networks/create", body }, signal),
    );
  }

  removeVolume(name: string, options: CallOptions = {}): Promise<void> {
    return this.#within(`remove volume ${name}`, options, deadlines.write, (what, signal) =>
      this.#send({ what, method: "DELETE", path: `/volumes/${encode(name)}` }, signal),
    );
  }

  removeNetwork(name: string, options: CallOptions = {}): Promise<void> {
    return this.#within(`remove network ${name}`, options, deadlines.write, (what, signal) =>
      this.#send({ what, method: "DELETE", path: `/networks/${encode(name)}` }, signal),
    );
  }

  async close(): Promise<void> {
    this.#hangUp();
  }

  #within<T>(
    task: string,
    options: CallOptions,
    fallback: number,
    calls: (what: string, signal: AbortSignal, lift: () => void) => Promise<T>,
  ): Promise<T> {
    const what = shortIds(task);
    return withDeadline(`Cannot ${what}`, options, fallback, (signal, lift) => calls(what, signal, lift));
  }

  #get<J, T>(
    what: string,
    path: string,
    signal: AbortSignal,
    read: (json: J) => T,
    query: Readonly<Record<string, string>> = {},
  ): Promise<T> {
    return this.#client.json({ what, method: "GET", path, query }, signal, read);
  }

  /** `done`: an error with such a message means that what was asked for is already so. */
  async #send({ done, ...request }: EngineRequest & { readonly done?: RegExp }, signal: AbortSignal): Promise<void> {
    try {
      await this.#client.text(request, signal);
    } catch (error) {
      if (!(isFleetError(error, "Refused", "Invalid", "NotFound") && done?.test(error.message))) throw error;
    }
  }

  /** The output can end before the engine has taken note of the end, and when a connection breaks. */
  async #ended(what: string, exec: string, signal: AbortSignal): Promise<Pick<ExecResult, "exitCode" | "pid">> {
    const request = { what, kind: "exec", method: "GET", path: `${exec}/json` } as const;
    for (let pause = 10; ; pause = Math.min(pause * 2, 500)) {
      const { Running, ExitCode, Pid } = await this.#client.json(request, signal, (json: ExecJson) => json);
      if (!Running && typeof ExitCode === "number") return { exitCode: ExitCode, pid: Pid ?? 0 };
      await sleep(pause, undefined, { signal });
    }
  }

  #connect(what: string, network: string, id: string, aliases: readonly string[], signal: AbortSignal): Promise<void> {
    const body = { Container: id, EndpointConfig: { Aliases: aliases } };
    return this.#send({ what, method: "POST", path: `/networks/${encode(network)}/connect`, body }, signal);
  }
}

function container(id: string, rest: string): string {
  return `/containers/${encode(id)}/${rest}`;
}

/** References keep their slashes, colons and at signs, as the API's paths have them. */
function encode(name: string): string {
  // Would make another path of it.
  if (/^\.{0,2}$/.test(name)) throw new FleetError("Invalid", `"${name}" is not a name that an engine could hold.`);
  return encodeURIComponent(name).replace(/%2F/g, "/").replace(/%3A/g, ":").replace(/%40/g, "@");
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** From 28 on an engine looks for the user before it makes an exec; older ones say so in place of the output. */
function unbegun(error: unknown): ExecResult {
  const [words] = /unable to find (user|group) .*/.exec(isFleetError(error) ? error.message : "") ?? [];
  if (words === undefined) throw error;
  return { exitCode: 126, pid: 0, output: `${words}\r\n` };
}
