import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { eventually } from "../support/world.ts";

const root = join(import.meta.dirname, "../..");

/** The examples that embed fleet, and what runs each. */
export const dispatchers = [
  { runtime: "node", command: process.execPath, file: "embed-node/dispatcher.mjs" },
  // Not the wrapper in .bin, which passes no signal on.
  { runtime: "bun", command: join(root, "node_modules/bun/bin/bun.exe"), file: "embed-bun/dispatcher.ts" },
] as const;

/** A task as the examples show it. */
export interface TaskView {
  readonly id: string;
  readonly agent: string;
  readonly outcome: {
    readonly state: "queued" | "running" | "done" | "failed" | "refused" | "cut" | "postponed";
    readonly reason?: string;
    readonly container?: string;
    readonly output?: string;
  };
}

/** One of the examples, as a process of its own; gone after the test. */
export class Dispatcher {
  readonly #child: ChildProcess;
  readonly #address: string;
  readonly #ended: Promise<number | null>;
  readonly #reading = new AbortController();
  readonly #events: string[] = [];
  #output = "";

  static async start(
    { command, file }: (typeof dispatchers)[number],
    env: Readonly<Record<string, string>>,
  ): Promise<Dispatcher> {
    const dispatcher = new Dispatcher(command, file, await freePort(), env);
    await eventually(async () => {
      if (dispatcher.#child.exitCode !== null) throw new Error(dispatcher.#output);
      return dispatcher.#ask("GET", "/agents").catch(() => undefined);
    });
    void dispatcher.#listen().catch(() => undefined);
    return dispatcher;
  }

  private constructor(command: string, file: string, port: number, env: Readonly<Record<string, string>>) {
    const { PATH = "" } = process.env;
    this.#address = `http://127.0.0.1:${port}`;
    this.#child = spawn(command, [join(root, "examples", file)], {
      env: { PATH, PORT: String(port), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const keep = (chunk: Buffer): void => {
      this.#output += chunk;
    };
    this.#child.stdout?.on("data", keep);
    this.#child.stderr?.on("data", keep);
    this.#ended = new Promise((resolve) => this.#child.once("close", resolve));
    onTestFinished(async () => {
      this.#reading.abort();
      this.#child.kill("SIGKILL");
      await this.#ended;
    });
  }

  /** What it has printed. */
  get output(): string {
    return this.#output;
  }

  /** `container_missing dev-2`, in the order in which its dashboard would show them. */
  get events(): readonly string[] {
    return this.#events;
  }

  /** Resolves to the task's id, or to the status of a refusal. */
  async post(task: {
    readonly agent: string;
    readonly command: readonly string[];
    readonly workingDir?: string;
  }): Promise<string | number> {
    const { status, body } = await this.#ask("POST", "/tasks", task);
    return status === 202 ? (body as TaskView).id : status;
  }

  async tasks(): Promise<readonly TaskView[]> {
    return (await this.#ask("GET", "/tasks")).body as readonly TaskView[];
  }

  async agents(): Promise<
    readonly { readonly instance: string; readonly container: string; readonly phase: string }[]
  > {
    return (await this.#ask("GET", "/agents")).body as [];
  }

  async change(agent: string, change: Readonly<Record<string, string>>): Promise<void> {
    await this.#ask("PATCH", `/agents/${agent}`, change);
  }

  async reconcile(agent: string): Promise<void> {
    await this.#ask("POST", `/agents/${agent}`);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Its exit code. */
  ended(): Promise<number | null> {
    return this.#ended;
  }

  async #ask(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ readonly status: number; readonly body: unknown }> {
    const response = await fetch(`${this.#address}${path}`, {
      method,
      headers: { Connection: "close" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  }

  async #listen(): Promise<void> {
    const { body } = await fetch(`${this.#address}/events`, { signal: this.#reading.signal });
    let text = "";
    for await (const chunk of (body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
      const blocks = (text + chunk).split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) {
        const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
        if (data !== undefined) this.#events.push(`${name} ${JSON.parse(data).instance}`);
      }
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject).listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { readonly port: number };
      server.close(() => resolve(port));
    });
  });
}
