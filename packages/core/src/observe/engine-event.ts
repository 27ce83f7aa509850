/** Something that the engine says happened. It wakes whoever it concerns; what to do is decided from a look. */
export interface EngineEvent {
  /** Milliseconds since the epoch, by the engine's clock. */
  readonly at: number;
  readonly kind: "container" | "image" | "network" | "volume" | "daemon";
  /** Without what follows a colon: `start`, `die`, `exec_start`, `health_status`, `disconnect`. */
  readonly action: string;
  /** What follows the colon of `health_status`: `healthy`, `unhealthy`. Of an exec's command line nothing is kept. */
  readonly detail?: string;
  /** Of the container that it concerns, also for a network's connect and disconnect; otherwise of the object itself. */
  readonly id: string;
  /** Without a leading slash; for an image its reference. Empty when the engine gives none. */
  readonly name: string;
  /** Of the container; empty for everything else. */
  readonly labels: Readonly<Record<string, string>>;
  /** With `die`. */
  readonly exitCode?: number;
  /** With `kill`: the number as the engine gives it. */
  readonly signal?: string;
}
