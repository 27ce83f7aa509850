import { EventEmitter } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { systemClock } from "@fleet/core";
import { memoryEngine, memoryHost } from "@fleet/core/testing";
import { openJournal } from "@fleet/runner";
import { runCli } from "../../packages/cli/src/run.ts";

/** How a command is run, beside its arguments. */
export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  /** Whether stdin, stdout and stderr are a terminal of 80 columns. Default false. */
  readonly terminal?: boolean;
  /** What is typed, or piped in; the end of it is the end of input. */
  readonly stdin?: string;
  /** Called with everything written to stdout so far, each time there is more; what it gives is typed. */
  readonly reply?: (stdout: string) => string | undefined;
  readonly signals?: EventEmitter;
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A directory with fleet files, and a memory engine whose state the commands that run there share. */
export class Workbench {
  readonly folder = mkdtempSync(join(tmpdir(), "fleet-cli-"));
  readonly state = join(this.folder, "state.json");
  readonly address = `memory:${this.state}`;
  /** The same world as the commands see, to break things in. */
  readonly engine = memoryEngine({ file: this.state, anyImage: true });
  readonly host = memoryHost({ file: this.state });

  write(name: string, text: string): this {
    writeFileSync(join(this.folder, name), text);
    return this;
  }

  /** Runs a command on this workbench's memory engine. */
  fleet(args: string, surroundings?: Surroundings): Promise<Outcome> {
    return this.run([...args.split(" "), "--host", this.address], surroundings);
  }

  /** Runs a command line as it is. */
  async run(argv: readonly string[], surroundings: Surroundings = {}): Promise<Outcome> {
    const { terminal = false, reply, signals = new EventEmitter() } = surroundings;
    const stdin = Object.assign(new PassThrough(), { isTTY: terminal });
    if (surroundings.stdin !== undefined) stdin.end(surroundings.stdin);
    const stdout = new Recorder(terminal, (text) => {
      const typed = reply?.(text);
      if (typed !== undefined) stdin.write(typed);
    });
    const stderr = new Recorder(terminal);
    const code = await runCli({
      argv,
      executable: ["/usr/bin/node", "/usr/lib/node_modules/@fleet/cli/dist/fleet.cjs"],
      pid: process.pid,
      version: "1.2.3",
      env: { HOME: this.folder, USER: "alice", ...surroundings.env },
      cwd: this.folder,
      uid: process.geteuid?.() ?? 1000,
      processors: 2,
      stdin,
      stdout,
      stderr,
      signals,
      clock: systemClock,
    });
    return { code, stdout: this.#steady(stdout.text), stderr: this.#steady(stderr.text) };
  }

  /**
   * Somebody has used an instance for three minutes: whoever keeps the fleet wrote that down in its state folder, by default that of the
   * fleet demo.
   */
  async lease(instance: string, holder: string, folder = join(`${this.state}.state`, "demo")): Promise<void> {
    const now = Date.now();
    const lease = { id: `${holder}-1`, instance, holder, since: now - 180_000, until: now + 900_000 };
    const journal = await openJournal({ folder: join(folder, "journal"), clock: systemClock });
    journal.append({ at: now, instance, kind: "lease", change: "taken", lease });
    await journal.close();
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  /** What differs from run to run takes a fixed form. */
  #steady(text: string): string {
    return text
      .replaceAll(this.folder, "/bench")
      .replaceAll(/basis [0-9a-f]{12}/g, "basis 000000000000")
      .replaceAll(/\b\d+\.\d+s/g, "0.00s")
      .replaceAll(/"duration": [\d.]+/g, '"duration": 0');
  }
}

class Recorder extends Writable {
  readonly isTTY: boolean;
  readonly columns = 80;
  readonly rows = 24;
  text = "";
  readonly #heard: (text: string) => void;

  constructor(isTTY: boolean, heard: (text: string) => void = () => undefined) {
    super();
    this.isTTY = isTTY;
    this.#heard = heard;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    this.#heard(this.text);
    done();
  }
}

export const note = "note: memory engine: no container is real, and all of it is kept in /bench/state.json\n";

export const twoInstances = `
apiVersion: fleet/v1
kind: Fleet
metadata: { name: demo }
spec:
  policy: { concurrency: 1 }
  templates:
    worker: { image: "app:1", command: [sleep, infinity] }
  instances:
    - { name: web, template: worker, dependsOn: [db] }
    - { name: db, template: worker }
`;
