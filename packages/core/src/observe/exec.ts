/** A process that somebody runs in a container beside its main program. Its command line is not kept: it may hold secrets. */
export interface ExecObservation {
  /** 64 hex digits. */
  readonly id: string;
  /** On the engine's host. */
  readonly pid: number;
  /** As it was asked for; absent when it was not: the container's own. */
  readonly user?: string;
}
