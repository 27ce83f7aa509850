import type { Secret } from "./secret.ts";

/**
 * One container's configuration in Docker's concepts and our units: bytes, milliseconds, cpus as a fraction. The same
 * shape is what a spec compiles to, what a create request is made of and what an inspect is read into, so that
 * desired and observed compare field by field. An absent field is undeclared: the image's or the engine's default.
 */
export interface ContainerConfig {
  /** Image reference as text. */
  readonly image: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  /** By variable name. */
  readonly env?: Readonly<Record<string, string | Secret>>;
  readonly user?: string;
  readonly workingDir?: string;
  readonly hostname?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Sorted by target; targets are unique, absolute and without a trailing slash. */
  readonly mounts?: readonly Mount[];
  /** By network name. */
  readonly networks?: Readonly<Record<string, NetworkAttachment>>;
  /** `bridge`, `host`, `none` or `container:NAME`. */
  readonly networkMode?: string;
  readonly ports?: readonly PortBinding[];
  /** `host:address`, in the order given. */
  readonly extraHosts?: readonly string[];
  /** Bytes. */
  readonly memory?: number;
  /** Memory plus swap in bytes; -1 is unlimited. */
  readonly memorySwap?: number;
  /** Bytes. */
  readonly memoryReservation?: number;
  /** 1.5 is one and a half cores. */
  readonly cpus?: number;
  readonly pids?: number;
  /** Bytes. */
  readonly shmSize?: number;
  /** By name: `nofile`, `nproc`, … */
  readonly ulimits?: Readonly<Record<string, Ulimit>>;
  /** Upper case without `CAP_`, sorted, unique. */
  readonly capAdd?: readonly string[];
  /** As `capAdd`. */
  readonly capDrop?: readonly string[];
  readonly privileged?: boolean;
  /** The root filesystem is read-only. */
  readonly readOnly?: boolean;
  readonly securityOpt?: readonly string[];
  /** The engine's own init is the first process. */
  readonly init?: boolean;
  readonly tty?: boolean;
  /** Keep stdin open. */
  readonly stdin?: boolean;
  readonly stopSignal?: string;
  /** Milliseconds between the stop signal and SIGKILL; whole seconds on the wire. */
  readonly stopGracePeriod?: number;
  readonly restart?: RestartPolicy;
  readonly healthcheck?: Healthcheck;
  readonly logging?: Logging;
}

/** What stands at a path inside the container. */
export type Mount = BindMount | VolumeMount | TmpfsMount;

/** A path of the engine's host. */
export interface BindMount {
  readonly kind: "bind";
  /** Absolute path on the engine's host, normalised, not resolved. */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  readonly propagation?: Propagation;
}

/** A volume of the engine. */
export interface VolumeMount {
  readonly kind: "volume";
  /** Volume name. */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/** Memory, gone when the container stops. */
export interface TmpfsMount {
  readonly kind: "tmpfs";
  readonly target: string;
  readonly readOnly: boolean;
  /** Bytes. */
  readonly size?: number;
  /** Permission bits, 0 to 0o7777. */
  readonly mode?: number;
}

/** Whether mounts that are made later show on the other side. */
export type Propagation = "private" | "rprivate" | "shared" | "rshared" | "slave" | "rslave";

/** How a container is on a network. */
export interface NetworkAttachment {
  /** Sorted, unique, without the container's own short id and name. */
  readonly aliases: readonly string[];
}

/** A port that the engine's host passes on. */
export interface PortBinding {
  /** 1 to 65535. */
  readonly containerPort: number;
  readonly protocol: "tcp" | "udp" | "sctp";
  /** Absent: the engine picks a free one. */
  readonly hostPort?: number;
  /** `0.0.0.0` when it listens on every address. */
  readonly hostIp: string;
}

/** In the kernel's own unit for the limit; -1 is unlimited. */
export interface Ulimit {
  readonly soft: number;
  readonly hard: number;
}

/** What the engine itself does when the main program ends. */
export interface RestartPolicy {
  readonly policy: "no" | "always" | "unless-stopped" | "on-failure";
  /** With `on-failure` only; 0 is no limit. */
  readonly maxRetries?: number;
}

/** Each absent field is inherited from the image. `test: ["NONE"]` disables. Times in milliseconds. */
export interface Healthcheck {
  readonly test?: readonly string[];
  readonly interval?: number;
  readonly timeout?: number;
  readonly startPeriod?: number;
  readonly retries?: number;
}

/** Where the output goes. Each absent field is the engine's default. */
export interface Logging {
  readonly driver?: string;
  readonly options?: Readonly<Record<string, string>>;
}

/** What an engine can change on a living container. Absent fields stay as they are. */
export interface LiveUpdate {
  /** Bytes. The engine wants both when the swap limit would otherwise be lower. */
  readonly memory?: number;
  /** Memory plus swap in bytes; -1 is unlimited. */
  readonly memorySwap?: number;
  /** Bytes. */
  readonly memoryReservation?: number;
  /** 1.5 is one and a half cores. */
  readonly cpus?: number;
  /** 0 is unlimited. */
  readonly pids?: number;
  readonly restart?: RestartPolicy;
}
