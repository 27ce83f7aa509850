import type { FleetError } from "../errors.ts";
import type { ContainerState } from "../observe/container.ts";
import type { ImageDefaults } from "../observe/image.ts";
import type { ContainerConfig } from "../spec/config.ts";
import type { CallDesk, EngineCall, EngineVerb } from "./memory-call.ts";
import { create, type Surroundings } from "./memory-create.ts";
import { startExec } from "./memory-exec.ts";
import type { FaultOptions, FaultScope, Faults } from "./memory-fault.ts";
import { happen } from "./memory-happen.ts";
import { findImage, normalRef, removeImage, tagImage } from "./memory-image.ts";
import { begin, end, kill, setHealth, stop } from "./memory-life.ts";
import { Refusal, toFleetError } from "./memory-refusal.ts";
import { remove } from "./memory-remove.ts";
import {
  digest,
  findContainer,
  type MemoryContainer,
  type MemoryPath,
  type MemoryState,
  nextId,
} from "./memory-state.ts";
import type { MemoryStore } from "./memory-store.ts";
import type { EventStreams } from "./memory-streams.ts";

/**
 * What a test or an embedder does to a memory engine behind the port's back. None of it is recorded in `calls`; event
 * streams tell of it.
 * Containers are named by name or id; `NotFound` is thrown when there is none.
 */
export interface MemoryControls {
  /** Every call since the beginning, in order. */
  readonly calls: readonly EngineCall[];
  /** Hears each call as it arrives; what comes back takes the listener off again. */
  onCall(listener: (call: EngineCall) => void): () => void;

  /** Makes a container as somebody else would, running unless said otherwise, and gives its id. */
  addContainer(name: string, config: ContainerConfig, phase?: "created" | "running"): string;
  /** The main program ends by itself: the restart policy acts. */
  exit(name: string, code: number, options?: { readonly oomKilled?: boolean }): void;
  /** `docker kill`: exit code 137, and no policy restarts it. */
  kill(name: string): void;
  /** `docker stop`. */
  stop(name: string): void;
  /** `docker rm -f`. */
  remove(name: string): void;
  /** `docker pause`. */
  pause(name: string): void;
  /** Puts a container where only a broken engine puts one. */
  setPhase(name: string, phase: "dead" | "removing"): void;
  /** `docker exec -d` of something that goes on until `endExec`, or until its container ends. Gives its id. */
  startExec(name: string, options?: { readonly user?: string }): string;
  /** What `startExec` began ends by itself. */
  endExec(name: string, id: string): void;
  /**
   * What the commands of `exec` find at an absolute path in a container: a file, a directory, or nothing, there and
   * below. By themselves there are `/`, `/tmp`, the working directory and the targets of mounts.
   */
  setPath(name: string, path: string, found: MemoryPath | null): void;
  /** Stays until the next start. */
  setHealth(name: string, health: NonNullable<ContainerState["health"]>): void;

  /** Makes a new image under `ref`; an image that had the tag keeps existing without it. Gives its id. */
  addImage(ref: string, defaults?: Partial<ImageDefaults>): string;
  /** `docker tag`: `ref` now names the image `to`. */
  moveTag(ref: string, to: string): void;
  /** `docker rmi -f`; nothing when there is none. */
  removeImage(ref: string): void;
  /** What a pull of `ref` will get: the same image each time until it is set anew. */
  makePullable(ref: string, defaults?: Partial<ImageDefaults>): void;

  /** Lets calls of one verb fail: the next `scope` of them, or those it picks. */
  fail(verb: EngineVerb | "*", scope: FaultScope, error: FleetError, options?: FaultOptions): void;
  /** Calls that are never answered; their own deadline ends them. Default: all. */
  hang(verb: EngineVerb | "*", scope?: FaultScope, options?: FaultOptions): void;
  /** Calls that take `milliseconds` of the clock. */
  delay(verb: EngineVerb | "*", milliseconds: number): void;
  /** Ends every `fail`, `hang` and `delay`. */
  clearFaults(): void;
  /** While it holds every call is `Unreachable`. Ends every open event stream. */
  setUnreachable(unreachable: boolean): void;
  /** Ends every open event stream with `Unreachable`; a new one can be opened. */
  cutEvents(): void;
  /** Lets every open event stream fall silent without an end, as behind a proxy that stalls. A new one speaks. */
  muteEvents(): void;
  /** Another engine answers at the address from now on; it has the same containers. Ends every open event stream. */
  replaceEngineId(): void;
}

export function memoryControls(
  store: MemoryStore,
  desk: CallDesk,
  faults: Faults,
  streams: EventStreams,
  surroundings: (state: MemoryState) => Surroundings,
): MemoryControls {
  const change = <T>(what: string, act: (state: MemoryState, now: number) => T): T => {
    try {
      return store.change(act);
    } catch (refused) {
      throw toFleetError({ what }, refused);
    }
  };
  const touch = (
    what: string,
    name: string,
    act: (state: MemoryState, container: MemoryContainer, now: number) => void,
  ): void => change(`${what} container ${name}`, (state, now) => act(state, findContainer(state, name), now));
  return {
    calls: desk.calls,
    onCall: (listener) => desk.listen(listener),

    addContainer: (name, config, phase = "running") =>
      change(`add container ${name}`, (state, now) => {
        const id = create(state, name, config, surroundings(state), now);
        if (phase === "running") begin(state, findContainer(state, id), now, surroundings(state).host);
        return id;
      }),
    exit: (name, code, options) =>
      touch("end", name, (state, container, now) => end(state, container, code, now, options?.oomKilled)),
    kill: (name) => touch("kill", name, kill),
    stop: (name) => touch("stop", name, stop),
    remove: (name) => touch("remove", name, (state, container, now) => remove(state, container, true, now)),
    pause: (name) =>
      touch("pause", name, (state, container, now) => {
        container.phase = "paused";
        happen(state, container, "pause", now);
      }),
    setPhase: (name, phase) =>
      touch("change", name, (_state, container) => {
        container.phase = phase;
        container.due = {};
        container.execs = [];
        container.state = { ...container.state, pid: 0 };
      }),
    startExec: (name, options) =>
      change(`run a command in container ${name}`, (state) => startExec(state, findContainer(state, name), options).id),
    endExec: (name, id) =>
      touch("change", name, (_state, container) => {
        container.execs = container.execs.filter((exec) => exec.id !== id);
      }),
    setPath: (name, path, found) =>
      touch("change", name, (_state, container) => {
        container.paths[path] = found;
      }),
    setHealth: (name, health) =>
      touch("change", name, (state, container, now) => {
        setHealth(state, container, health, now);
        delete container.due.health;
      }),

    addImage: (ref, defaults) =>
      change(`add image ${ref}`, (state, now) => tagImage(state, ref, `sha256:${nextId(state)}`, now, defaults).id),
    moveTag: (ref, to) =>
      change(`tag image ${to}`, (state, now) => {
        const image = findImage(state, to);
        if (image === null) throw new Refusal(404, `No such image: ${to}`);
        tagImage(state, ref, image.id, now);
      }),
    removeImage: (ref) =>
      change(`remove image ${ref}`, (state, now) => {
        const image = findImage(state, ref);
        if (image !== null) removeImage(state, image, now);
      }),
    makePullable: (ref, defaults = {}) =>
      change(`offer image ${ref}`, (state) => {
        const id = `sha256:${digest(`${normalRef(ref)} ${JSON.stringify(defaults)}`)}`;
        state.registry[normalRef(ref)] = { id, defaults };
      }),

    fail: (verb, scope, error, options) => faults.inject(verb, scope, { kind: "fail", error }, options),
    hang: (verb, scope = () => true, options) => faults.inject(verb, scope, { kind: "hang" }, options),
    delay: (verb, milliseconds) => faults.inject(verb, () => true, { kind: "delay", milliseconds }),
    clearFaults: () => faults.clear(),
    setUnreachable: (unreachable) => {
      faults.unreachable = unreachable;
      if (unreachable) streams.cut();
    },
    cutEvents: () => streams.cut(),
    muteEvents: () => streams.mute(),
    replaceEngineId: () => {
      change("change the engine", (state) => {
        state.engineId = nextId(state);
      });
      streams.cut();
    },
  };
}
