import { createHash } from "node:crypto";
import type { ContainerPhase, ContainerState } from "../observe/container.ts";
import type { NetworkObservation, VolumeObservation } from "../observe/engine.ts";
import type { EngineEvent } from "../observe/engine-event.ts";
import type { ExecObservation } from "../observe/exec.ts";
import type { ImageDefaults, ImageObservation } from "../observe/image.ts";
import type { NetworkAttachment } from "../spec/config.ts";
import type { StoredConfig } from "./memory-defaults.ts";
import { indexOf } from "./memory-index.ts";
import type { Probe, Program } from "./memory-program.ts";
import { Refusal } from "./memory-refusal.ts";

/** All that a memory engine knows. Plain JSON, so that it can be kept in a file. */
export interface MemoryState {
  engineId: string;
  /** Ids are made from it, so that the same calls give the same ids. */
  serial: number;
  /** By id. */
  readonly images: Record<string, ImageObservation>;
  /** What a pull can get, by normalised reference. */
  readonly registry: Record<string, { readonly id: string; readonly defaults: Partial<ImageDefaults> }>;
  /** By id. */
  readonly containers: Record<string, MemoryContainer>;
  /** By name. */
  readonly networks: Record<string, NetworkObservation>;
  /** By name. */
  readonly volumes: Record<string, VolumeObservation>;
  /** What happened and nobody has been told yet. Empty between two changes, and not kept in a file. */
  readonly happened: EngineEvent[];
}

export interface MemoryContainer {
  readonly id: string;
  name: string;
  readonly imageId: string;
  readonly createdAt: number;
  config: StoredConfig;
  readonly network: MemoryNetwork;
  phase: ContainerPhase;
  state: Omit<ContainerState, "phase">;
  readonly program: Program;
  readonly probe?: Probe;
  /** Names. */
  readonly anonymousVolumes: readonly string[];
  logs: string;
  /** Milliseconds since the epoch at which something happens by itself. */
  due: { exit?: number; restart?: number; health?: number };
  /** Milliseconds before the next restart by policy. */
  restartDelay: number;
  /** Those that run; a run's end takes them along. */
  execs: readonly MemoryExec[];
  /** What was put there or taken away, by absolute path; null: it is not there. */
  readonly paths: Record<string, MemoryPath | null>;
}

export interface MemoryExec extends ExecObservation {
  /** Milliseconds since the epoch; absent: it runs until its container ends. */
  readonly endsAt?: number;
}

/** Something in a container's filesystem. */
export interface MemoryPath {
  readonly type: "directory" | "file";
  /** For whoever asks. */
  readonly writable: boolean;
}

export interface MemoryNetwork {
  /** `default`, `bridge`, `host`, `none`, `container:ID`, or the first network's name. */
  readonly mode: string;
  /** By network name. */
  readonly attached: Record<string, NetworkAttachment>;
}

export function initialState(): MemoryState {
  const state: MemoryState = {
    engineId: "",
    serial: 0,
    images: {},
    registry: {},
    containers: {},
    networks: {},
    volumes: {},
    happened: [],
  };
  state.engineId = nextId(state);
  for (const name of ["bridge", "host", "none"]) {
    state.networks[name] = { id: nextId(state), name, driver: name === "none" ? "null" : name, labels: {} };
  }
  return state;
}

/** 64 hex digits, different at each call, the same for the same history. */
export function nextId(state: MemoryState): string {
  state.serial += 1;
  return digest(`${state.engineId}/${state.serial}`);
}

export function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** By name, id, or an unambiguous beginning of the id. */
export function findContainer(state: MemoryState, idOrName: string): MemoryContainer {
  const found = state.containers[idOrName] ?? indexOf(state).byName.get(idOrName) ?? findByPrefix(state, idOrName);
  if (found === undefined) throw new Refusal(404, `No such container: ${idOrName}`);
  return found;
}

function findByPrefix({ containers }: MemoryState, prefix: string): MemoryContainer | undefined {
  if (!/^[0-9a-f]{1,64}$/.test(prefix)) return undefined;
  const begins = Object.values(containers).filter((container) => container.id.startsWith(prefix));
  return begins.length === 1 ? begins[0] : undefined;
}
