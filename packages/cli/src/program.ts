import type { Clock } from "@fleet/core";

/** Everything the command takes from its surroundings, so that it runs in a test as it does in a shell. */
export interface Program {
  /** Without the interpreter and the script. */
  readonly argv: readonly string[];
  /** What starts this program, as absolute paths: the interpreter and the script. */
  readonly executable: readonly string[];
  readonly pid: number;
  /** Of this package. */
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  /** Effective user id. */
  readonly uid: number;
  /** That this process may use. */
  readonly processors: number;
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly signals: Signals;
  readonly clock: Clock;
}

export type InputStream = NodeJS.ReadableStream & { readonly isTTY?: boolean };

export type OutputStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  /** Of the terminal, in characters. */
  readonly columns?: number;
  readonly rows?: number;
};

/** Where signals are heard; Node's `process` is one. */
export interface Signals {
  on(signal: Signal, listener: () => void): unknown;
  off(signal: Signal, listener: () => void): unknown;
}

export type Signal = "SIGINT" | "SIGTERM" | "SIGHUP";
