import { ask } from "./ask.ts";

/** An inspect answer, as far as the scenarios read it. */
export interface ContainerJson {
  readonly Id: string;
  /** With a leading slash. */
  readonly Name: string;
  /** `sha256:…` */
  readonly Image: string;
  readonly State: {
    readonly Status: string;
    readonly Pid: number;
    readonly StartedAt: string;
    readonly FinishedAt: string;
    readonly ExitCode: number;
    readonly Health?: { readonly Status: string; readonly Log: readonly { readonly Start: string }[] };
  };
  readonly Config: {
    readonly Image: string;
    readonly Env: readonly string[];
    readonly Cmd: readonly string[] | null;
    readonly Labels: Readonly<Record<string, string>>;
  };
  readonly HostConfig: { readonly Memory: number };
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly MacAddress: string }>> };
}

/** What tells one run of one container from any other. */
export interface Identity {
  readonly id: string;
  readonly status: string;
  /** 0 when it does not run. */
  readonly pid: number;
  readonly startedAt: string;
}

interface ContainerRow {
  readonly Id: string;
  readonly Names: readonly string[];
}

/** The engine's own view of what is there, past every adapter of ours. */
export class World {
  readonly #host: string;

  constructor(host: string) {
    this.#host = host;
  }

  async container(name: string): Promise<ContainerJson> {
    return (await ask(this.#host, "GET", `/containers/${name}/json`)) as ContainerJson;
  }

  /** Every container whose name begins so, by the rest of its name. */
  async containers(prefix: string): Promise<Readonly<Record<string, Identity>>> {
    const rows = (await ask(this.#host, "GET", "/containers/json?all=1")) as readonly ContainerRow[];
    const names = rows.map(({ Names }) => (Names[0] ?? "").slice(1)).filter((name) => name.startsWith(prefix));
    const found = await Promise.all(names.sort().map(async (name) => [name, await this.container(name)] as const));
    return Object.fromEntries(found.map(([name, json]) => [name.slice(prefix.length), identityOf(json)]));
  }

  async imageId(ref: string): Promise<string> {
    return ((await ask(this.#host, "GET", `/images/${ref}/json`)) as { Id: string }).Id;
  }
}

function identityOf({ Id, State }: ContainerJson): Identity {
  return { id: Id, status: State.Status, pid: State.Pid, startedAt: State.StartedAt };
}

/** Polls until `look` gives something other than undefined; the test's own timeout is the limit. */
export async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
