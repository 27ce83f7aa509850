import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { FleetStatus } from "@fleet/core";

export interface RunnerOptions {
  readonly address: string;
  readonly file: string;
  readonly folder: string;
  readonly state: string;
}

/** The program that keeps the fleet, in a process of its own. */
export class Runner {
  /** How often it was started. */
  starts = 0;
  readonly #options: RunnerOptions;
  #child: ChildProcess | undefined;
  #asked = 0;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Resolves once its loop has begun. */
  async start(): Promise<void> {
    this.starts += 1;
    this.#child = fork(join(import.meta.dirname, "daemon.mjs"), [JSON.stringify(this.#options)], { execArgv: [] });
    await this.#answer(0);
  }

  /** As a crash would: nothing is said, nothing is written any more. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** As asked for; resolves to its exit code. */
  stop(): Promise<number | null> {
    return this.#end("SIGTERM");
  }

  ask(what: "reload" | "status" | "confirm"): Promise<FleetStatus> {
    this.#asked += 1;
    const id = this.#asked;
    const answer = this.#answer(id);
    this.#child?.send({ id, ask: what });
    return answer;
  }

  async #end(signal: "SIGTERM" | "SIGKILL"): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const ended = once(child, "exit");
    child.kill(signal);
    return (await ended)[0];
  }

  #answer(id: number): Promise<FleetStatus> {
    const child = this.#child;
    if (child === undefined) throw new Error("the runner was not started");
    return new Promise((resolve, reject) => {
      const ended = (code: number | null): void => reject(new Error(`the runner ended with ${code}`));
      const take = (message: unknown): void => {
        const answer = message as { readonly id: number; readonly reply: FleetStatus };
        if (answer.id !== id) return;
        child.off("message", take).off("exit", ended);
        resolve(answer.reply);
      };
      child.on("message", take).on("exit", ended);
    });
  }
}
