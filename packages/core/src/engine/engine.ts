import type { ContainerObservation, ContainerSummary } from "../observe/container.ts";
import type { EngineInfo, NetworkObservation, VolumeObservation } from "../observe/engine.ts";
import type { EngineEvent } from "../observe/engine-event.ts";
import type { ExecObservation } from "../observe/exec.ts";
import type { ImageObservation } from "../observe/image.ts";
import type { ContainerConfig, LiveUpdate } from "../spec/config.ts";

/** Limits of one call. */
export interface CallOptions {
  /** Rejects with `Cancelled` when it aborts. */
  readonly signal?: AbortSignal;
  /** Milliseconds until the call rejects with `Timeout`, whatever the engine does. Each verb has its own default. */
  readonly deadline?: number;
}

/** Hears what an engine says. What it throws ends the subscription. */
export interface EventWatcher {
  /** Called once, before any event. */
  readonly onOpen?: () => void;
  /** Called for each event, in the engine's order. */
  readonly onEvent: (event: EngineEvent) => void;
}

/** A command to run beside a container's main program. Without a shell, a terminal or an input. */
export interface ExecRequest {
  readonly command: readonly string[];
  /** `user`, `uid`, `user:group`, `uid:gid`. Default: the container's own. */
  readonly user?: string;
  /** Absolute. Default: the container's own. */
  readonly workingDir?: string;
  /** Over the container's own, by variable name. In no error. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What became of a command. */
export interface ExecResult {
  /** 137 as well when its container ended under it. */
  readonly exitCode: number;
  /**
   * On the engine's host. 0: it never began, for want of its working directory, binary or user; then `exitCode` is 126
   * or 127 and `output` the engine's own words.
   */
  readonly pid: number;
  /** stdout and stderr in the order of arrival, at most the last 64 KiB. */
  readonly output: string;
}

/**
 * The reading half of the port to one Docker-compatible engine. Every method rejects with a `FleetError` and nothing
 * else, within its deadline, and changes nothing on the engine: the Docker adapter sends only GET and HEAD for these.
 */
export interface EngineReader {
  /** Where it is, for messages: `unix:///var/run/docker.sock`, `memory:`. */
  readonly address: string;
  /** Who answers. */
  info(options?: CallOptions): Promise<EngineInfo>;
  /** Every container, running or not, sorted by name. */
  listContainers(options?: CallOptions): Promise<readonly ContainerSummary[]>;
  /** By id or name. `NotFound` when there is none. */
  inspectContainer(idOrName: string, options?: CallOptions): Promise<ContainerObservation>;
  /** By tag, digest or id; null when the engine does not hold it. */
  inspectImage(ref: string, options?: CallOptions): Promise<ImageObservation | null>;
  /** Sorted by name. */
  listVolumes(options?: CallOptions): Promise<readonly VolumeObservation[]>;
  /** Sorted by name. */
  listNetworks(options?: CallOptions): Promise<readonly NetworkObservation[]>;
  /** Combined stdout and stderr, at most the last 64 KiB. */
  containerLogs(id: string, options?: CallOptions): Promise<string>;
  /**
   * The execs that run in a container at this moment, health probes left out, sorted by id. None when it does not run;
   * `NotFound` when there is no such container.
   */
  listExecs(id: string, options?: CallOptions): Promise<readonly ExecObservation[]>;
  /**
   * Subscribes to what happens to containers, images, networks and volumes. `onOpen` is called once the engine has
   * accepted the subscription: whatever happens after that reaches `onEvent`, in the engine's order. Never resolves:
   * rejects with `Unreachable` when the stream ends or breaks, with `Cancelled` when the signal aborts, and with what
   * the watcher throws. The deadline is for the opening alone (default 10 s); an open stream may be silent for ever.
   */
  watchEvents(watcher: EventWatcher, options?: CallOptions): Promise<never>;
  /** Frees sockets; later calls may reject. */
  close(): Promise<void>;
}

/**
 * The whole port. A verb that finds its work already done (start of a running one, stop of a stopped one) resolves.
 * `NotFound`, `Conflict` and the rest are per {@link FleetError}; after `Timeout` the outcome is unknown: look again.
 */
export interface Engine extends EngineReader {
  /** Resolves once the image is complete on the engine. `onProgress` gets a short line now and then. */
  pullImage(ref: string, options?: CallOptions & { onProgress?: (line: string) => void }): Promise<void>;
  /** Resolves to the new id. `Conflict` when the name is taken, `NotFound` when image, network or bind source is missing. */
  createContainer(name: string, config: ContainerConfig, options?: CallOptions): Promise<string>;
  /**
   * `Refused` when its main program cannot be started or a port is taken, `Conflict` when it is paused, `NotFound` when it,
   * its network or a bind source is missing.
   */
  startContainer(id: string, options?: CallOptions): Promise<void>;
  /** Sends the stop signal, and SIGKILL after `gracePeriod` milliseconds (default: the container's own). */
  stopContainer(id: string, options?: CallOptions & { gracePeriod?: number }): Promise<void>;
  /** `NotFound` when there is none. */
  unpauseContainer(id: string, options?: CallOptions): Promise<void>;
  /** While it runs too. `Conflict` when the name is taken, `NotFound` when there is no such container. */
  renameContainer(id: string, name: string, options?: CallOptions): Promise<void>;
  /**
   * While it runs too. What the engine does not take (`Invalid`, `Conflict`, `Refused`) changes nothing; `NotFound` when there
   * is no such container.
   */
  updateContainer(id: string, update: LiveUpdate, options?: CallOptions): Promise<void>;
  /** Removes its anonymous volumes too, never a named one. `Conflict` when it runs and `force` is not set. */
  removeContainer(id: string, options?: CallOptions & { force?: boolean }): Promise<void>;
  /** Resolves to the exit code once it has stopped. */
  waitContainer(id: string, options?: CallOptions): Promise<number>;
  /**
   * Runs a short command to its end (default deadline 10 s). After `Timeout` and `Cancelled` it may run on: an engine
   * ends no exec. `Refused` when the container does not run, is paused, restarting, or ended before the engine said how
   * the command did; `NotFound` when there is no such container; `Invalid` without a command.
   */
  exec(id: string, request: ExecRequest, options?: CallOptions): Promise<ExecResult>;
  /**
   * `Conflict` when it runs and is connected already, `Invalid` when it is on the host's network, `NotFound` when one of the
   * two is missing.
   */
  connectNetwork(network: string, id: string, aliases: readonly string[], options?: CallOptions): Promise<void>;
  /** `NotFound` when one of the two is missing. */
  disconnectNetwork(network: string, id: string, options?: CallOptions): Promise<void>;
  /** One that exists is left as it is, labels included. `Invalid` for what is no name. */
  createVolume(name: string, labels: Readonly<Record<string, string>>, options?: CallOptions): Promise<void>;
  /** A bridge network. `Conflict` when the name exists. */
  createNetwork(name: string, labels: Readonly<Record<string, string>>, options?: CallOptions): Promise<void>;
  /** With all that is in it. `Conflict` while a container names it, `NotFound` when there is none. */
  removeVolume(name: string, options?: CallOptions): Promise<void>;
  /** `Conflict` while a running container is on it, `Forbidden` for one of the engine's own, `NotFound` when there is none. */
  removeNetwork(name: string, options?: CallOptions): Promise<void>;
}
