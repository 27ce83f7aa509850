import { type ClientRequest, request } from "node:http";

/** What the engine says happened to a container. */
export interface EngineRecord {
  readonly action: string;
  readonly id: string;
  /** By its label. */
  readonly instance: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

interface EventJson {
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
  readonly timeNano: number;
}

/** Keeps what the engine says of a fleet's containers, past every adapter of ours, over restarts of the engine. */
export class EngineLog {
  readonly records: EngineRecord[] = [];
  readonly #path: string;
  readonly #socketPath: string;
  #asked: ClientRequest | undefined;
  #ended = false;

  constructor(host: string, fleet: string) {
    const filters = { type: ["container"], label: [`fleet.name=${fleet}`] };
    this.#path = `/events?filters=${encodeURIComponent(JSON.stringify(filters))}`;
    this.#socketPath = host.replace("unix://", "");
  }

  /** Resolves once the engine tells what happens from now on. */
  open(): Promise<void> {
    return new Promise((resolve) => {
      let rest = "";
      const again = (): void => {
        if (!this.#ended) setTimeout(() => void this.open().then(resolve), 20);
      };
      let answered = false;
      this.#asked = request({ socketPath: this.#socketPath, path: this.#path, agent: false }, (response) => {
        answered = true;
        resolve();
        response.setEncoding("utf8").on("data", (text: string) => {
          const lines = (rest + text).split("\n");
          rest = lines.pop() ?? "";
          for (const line of lines) this.#take(JSON.parse(line) as EventJson);
        });
        response.on("error", () => undefined).on("close", again);
      });
      this.#asked.on("error", () => {
        if (!answered) again();
      });
      this.#asked.end();
    });
  }

  close(): void {
    this.#ended = true;
    this.#asked?.destroy();
  }

  #take({ Action, Actor, timeNano }: EventJson): void {
    const instance = Actor.Attributes["fleet.instance"];
    if (instance === undefined) return;
    this.records.push({ action: Action, id: Actor.ID, instance, at: timeNano / 1e6 });
  }
}
