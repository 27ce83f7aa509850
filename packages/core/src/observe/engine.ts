/** Who answered: one engine's identity and the few facts that decisions rest on. */
export interface EngineInfo {
  /** Stable over restarts of the same data root. */
  readonly id: string;
  readonly version: string;
  readonly apiVersion: string;
  /** The engine host's own name. */
  readonly hostname: string;
  readonly operatingSystem: string;
  /** `userns` and `rootless` map container ids to other host ids. */
  readonly idMapping: "none" | "userns" | "rootless";
  /** Whether its kernel accounts for swap; where not, it ignores what is asked for and reports unlimited. */
  readonly swapLimit: boolean;
  /** The daemon's default log driver. */
  readonly loggingDriver: string;
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
}

/** One row of a network list. */
export interface NetworkObservation {
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** One row of a volume list. */
export interface VolumeObservation {
  readonly name: string;
  readonly driver: string;
  readonly labels: Readonly<Record<string, string>>;
}
