import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { FleetEvent } from "@fleet/core";
import { eventually } from "../support/world.ts";

const executable = join(import.meta.dirname, "../../packages/cli/dist/fleet.cjs");

/** `fleet run` as a process of its own, with `-o json`. */
export class Daemon {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  #stdout = "";
  #stderr = "";

  constructor(argv: readonly string[], cwd: string, env: Readonly<Record<string, string>>) {
    const { PATH = "" } = process.env;
    this.#child = spawn(process.execPath, [executable, "run", "-o", "json", ...argv], {
      cwd,
      env: { PATH, HOME: cwd, XDG_STATE_HOME: join(cwd, "state"), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout?.on("data", (chunk) => {
      this.#stdout += chunk;
    });
    this.#child.stderr?.on("data", (chunk) => {
      this.#stderr += chunk;
    });
    this.#ended = new Promise((resolve) => this.#child.once("close", (code) => resolve(code)));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** What it has said on stdout so far. */
  get documents(): readonly FleetEvent[] {
    return this.#stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** At once, and without a trace of a last word. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.#ended;
  }

  /** Its exit code. */
  ended(): Promise<number | null> {
    return this.#ended;
  }

  /** Resolves with the first event for which `fits` holds; an end of the process is an error. */
  event(fits: (event: FleetEvent) => boolean): Promise<FleetEvent> {
    return this.#until(() => this.documents.find(fits));
  }

  /** Resolves with the first record of its log with this message. */
  logged(message: string): Promise<Readonly<Record<string, unknown>>> {
    return this.#until(() => this.log.find(({ msg }) => msg === message));
  }

  get log(): readonly Readonly<Record<string, unknown>>[] {
    return this.#stderr
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  }

  #until<T>(look: () => T | undefined): Promise<T> {
    return eventually(async () => {
      const found = look();
      if (found === undefined && this.#child.exitCode !== null) {
        throw new Error(`fleet run ended with ${this.#child.exitCode}: ${this.#stderr}`);
      }
      return found;
    });
  }
}
