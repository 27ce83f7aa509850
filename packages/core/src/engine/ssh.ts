import { type ChildProcess, spawn } from "node:child_process";
import { Agent } from "node:http";
import { Duplex } from "node:stream";
import { shellQuote } from "../diff/command.ts";
import type { SshEndpoint } from "./endpoint.ts";

/** Sshd turns away more than this many connections that have not logged in yet. */
const defaultMaxStartups = 10;

/**
 * An HTTP agent whose connections are `docker system dial-stdio` on the far side, each through an `ssh` program of its
 * own. It never asks for a password: that would wait for ever in a loop.
 */
export function sshAgent(endpoint: SshEndpoint, options: { readonly limited: boolean }): Agent {
  const agent = new Agent({ keepAlive: true, ...(options.limited ? { maxSockets: defaultMaxStartups - 2 } : {}) });
  return Object.assign(agent, { createConnection: () => new SshConnection(endpoint) });
}

/** The command that an ssh endpoint stands for, without the program's own name. */
export function sshArguments({ host, port, user, path }: SshEndpoint): readonly string[] {
  // The far side's shell takes the words apart again.
  const remote = path === undefined ? [] : ["--host", shellQuote(`unix://${path}`)];
  return [
    ...["-o", "BatchMode=yes", "-o", "ConnectTimeout=30", "-T"],
    ...(user === undefined ? [] : ["-l", user]),
    ...(port === undefined ? [] : ["-p", String(port)]),
    ...["--", host, "docker", ...remote, "system", "dial-stdio"],
  ];
}

/** The standard streams of one `ssh` as a socket, as far as an HTTP client uses one. */
class SshConnection extends Duplex {
  readonly #child: ChildProcess;
  readonly #input;
  readonly #output;
  #stderr = "";

  constructor(endpoint: SshEndpoint) {
    super();
    const child = spawn("ssh", sshArguments(endpoint), { stdio: ["pipe", "pipe", "pipe"] });
    this.#child = child;
    this.#input = child.stdin;
    this.#output = child.stdout;
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-2000);
    });
    child.stdout.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) child.stdout.pause();
    });
    child.stdin.on("error", () => {});
    child.once("error", (error) => this.destroy(error));
    child.once("close", (code) => {
      if (code === 0) this.push(null);
      else this.destroy(Object.assign(new Error(this.#stderr.trim() || `ssh ended with ${code}`), { code: "ESSH" }));
    });
  }

  override _read(): void {
    this.#output.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    // That it cannot be written is not the reason: what ssh says when it ends is.
    this.#input.write(chunk, () => done());
  }

  override _final(done: () => void): void {
    this.#input.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#child.kill();
    done(error);
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }

  /** Idle connections must not keep the program from ending. */
  ref(): this {
    for (const part of this.#parts()) part.ref?.();
    return this;
  }

  unref(): this {
    for (const part of this.#parts()) part.unref?.();
    return this;
  }

  #parts(): readonly { ref?(): void; unref?(): void }[] {
    return [this.#child, this.#input, this.#output, this.#child.stderr] as { ref?(): void; unref?(): void }[];
  }
}
