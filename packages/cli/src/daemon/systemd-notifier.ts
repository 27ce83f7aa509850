import { spawn } from "node:child_process";
import type { Clock } from "@fleet/core";

export interface NotifierOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly clock: Clock;
  /** Asked before each sign of life; what throws gives none. */
  readonly checkLife: () => void;
}

/** Tells systemd how it goes, when systemd is there to hear it. Nothing here throws or rejects. */
export interface SystemdNotifier {
  ready(): void;
  /** One line for `systemctl status`. */
  status(text: string): void;
  reloading(): void;
  stopping(): void;
  /** No sign of life any more; resolves when everything was told. */
  close(): Promise<void>;
}

/** Milliseconds that telling may take: systemd is there or it is not. */
const deadline = 5_000;

export function systemdNotifier(options: NotifierOptions): SystemdNotifier {
  return options.env.NOTIFY_SOCKET ? new Notifier(options) : silent;
}

const silent: SystemdNotifier = {
  ready: () => undefined,
  status: () => undefined,
  reloading: () => undefined,
  stopping: () => undefined,
  close: async () => undefined,
};

/** Through the `systemd-notify` program, since neither Node nor Bun speaks datagrams over unix sockets. */
class Notifier implements SystemdNotifier {
  readonly #options: NotifierOptions;
  readonly #queue: string[] = [];
  #sending: Promise<void> | undefined;
  #status = "";
  #timer: unknown;

  constructor(options: NotifierOptions) {
    this.#options = options;
    const interval = watchdogInterval(options);
    if (interval !== undefined) this.#beat(interval);
  }

  ready(): void {
    this.#tell("READY=1");
  }

  status(text: string): void {
    if (text === this.#status) return;
    this.#status = text;
    // One that was not told yet is out of date.
    const waiting = this.#queue.findIndex((one) => one.startsWith("STATUS="));
    if (waiting >= 0) this.#queue.splice(waiting, 1);
    this.#tell(`STATUS=${text.replaceAll("\n", " ")}`);
  }

  reloading(): void {
    this.#tell("RELOADING=1");
  }

  stopping(): void {
    this.#tell("STOPPING=1");
  }

  async close(): Promise<void> {
    this.#options.clock.clearTimeout(this.#timer);
    await this.#sending;
  }

  #beat(interval: number): void {
    const { clock, checkLife } = this.#options;
    this.#timer = clock.setTimeout(() => this.#beat(interval), interval);
    try {
      checkLife();
    } catch {
      // systemd notices that no sign of life came.
      return;
    }
    this.#tell("WATCHDOG=1");
  }

  #tell(assignment: string): void {
    this.#queue.push(assignment);
    this.#sending ??= this.#send();
  }

  async #send(): Promise<void> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) await this.#run(next);
    this.#sending = undefined;
  }

  #run(assignment: string): Promise<void> {
    const { PATH, NOTIFY_SOCKET } = this.#options.env;
    return new Promise((resolve) => {
      const child = spawn("systemd-notify", [assignment], {
        env: { PATH, NOTIFY_SOCKET },
        stdio: "ignore",
        timeout: deadline,
        killSignal: "SIGKILL",
      });
      child.once("error", () => resolve());
      child.once("close", () => resolve());
    });
  }
}

/** Milliseconds between two signs of life; undefined when systemd waits for none from this process. */
function watchdogInterval({ env, pid }: NotifierOptions): number | undefined {
  const microseconds = Number(env.WATCHDOG_USEC);
  const meant = env.WATCHDOG_PID === undefined || env.WATCHDOG_PID === String(pid);
  return meant && microseconds > 0 ? microseconds / 1000 / 2 : undefined;
}
