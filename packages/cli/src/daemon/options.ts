import type { EngineOptions, FileOptions, StateOptions } from "../options.ts";

export interface RunOptions extends FileOptions, EngineOptions, StateOptions {
  readonly once?: true;
  /** Milliseconds. */
  readonly timeout: number;
  readonly listen?: string;
  readonly listenRemote?: true;
  readonly listenName: readonly string[];
  readonly notify?: string;
  readonly logLevel: string;
}
