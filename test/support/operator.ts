import { ask } from "./ask.ts";

/** What somebody else does on the engine by hand, with the docker CLI's words. */
export class Operator {
  readonly #host: string;

  constructor(host: string) {
    this.#host = host;
  }

  /** `docker run -d`; resolves to the id. */
  async run(name: string, config: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const body = { Image: "fleet-test:1", ...config };
    const { Id } = (await ask(this.#host, "POST", `/containers/create?name=${name}`, body)) as { Id: string };
    await ask(this.#host, "POST", `/containers/${Id}/start`);
    return Id;
  }

  async remove(name: string): Promise<void> {
    await ask(this.#host, "DELETE", `/containers/${name}?force=1&v=1`);
  }

  async start(name: string): Promise<void> {
    await ask(this.#host, "POST", `/containers/${name}/start`);
  }

  async stop(name: string): Promise<void> {
    await ask(this.#host, "POST", `/containers/${name}/stop`);
  }

  async restart(name: string): Promise<void> {
    await ask(this.#host, "POST", `/containers/${name}/restart?t=0`);
  }

  async kill(name: string): Promise<void> {
    await ask(this.#host, "POST", `/containers/${name}/kill`);
  }

  async pause(name: string): Promise<void> {
    await ask(this.#host, "POST", `/containers/${name}/pause`);
  }

  async rename(name: string, to: string): Promise<void> {
    await ask(this.#host, "POST", `/containers/${name}/rename?name=${to}`);
  }

  async update(name: string, update: Readonly<Record<string, unknown>>): Promise<void> {
    await ask(this.#host, "POST", `/containers/${name}/update`, update);
  }

  async connect(network: string, name: string): Promise<void> {
    await ask(this.#host, "POST", `/networks/${network}/connect`, { Container: name });
  }

  async disconnect(network: string, name: string): Promise<void> {
    await ask(this.#host, "POST", `/networks/${network}/disconnect`, { Container: name });
  }

  async tag(image: string, as: string): Promise<void> {
    const [repository = "", tag = ""] = splitTag(as);
    await ask(this.#host, "POST", `/images/${image}/tag?repo=${repository}&tag=${tag}`);
  }

  /** An image made from another by running one command in it. */
  async makeImage(from: string, as: string, command: readonly string[]): Promise<void> {
    const [repository = "", tag = ""] = splitTag(as);
    const id = await this.run(`${repository.replaceAll("/", "-")}-build`, { Image: from, Cmd: command });
    try {
      await ask(this.#host, "POST", `/containers/${id}/wait`);
      const { Config } = (await ask(this.#host, "GET", `/images/${from}/json`)) as { Config: unknown };
      await ask(this.#host, "POST", `/commit?container=${id}&repo=${repository}&tag=${tag}`, Config);
    } finally {
      await this.remove(id);
    }
  }

  async untag(ref: string): Promise<void> {
    await ask(this.#host, "DELETE", `/images/${ref}`);
  }

  /** Runs a command in a container to its end; resolves to its exit code. */
  async exec(name: string, command: readonly string[]): Promise<number> {
    const { Id } = (await ask(this.#host, "POST", `/containers/${name}/exec`, { Cmd: command })) as { Id: string };
    await ask(this.#host, "POST", `/exec/${Id}/start`, { Detach: true });
    for (;;) {
      const { Running, ExitCode } = (await ask(this.#host, "GET", `/exec/${Id}/json`)) as {
        Running: boolean;
        ExitCode: number | null;
      };
      if (!Running && ExitCode !== null) return ExitCode;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Everything whose name begins so is gone afterwards: containers, networks, volumes, tags. */
  async clean(prefix: string): Promise<void> {
    const begins = (name: string): boolean => name.startsWith(prefix);
    const rows = (await ask(this.#host, "GET", "/containers/json?all=1")) as readonly { Id: string; Names: string[] }[];
    for (const { Id } of rows.filter(({ Names }) => Names.some((name) => begins(name.slice(1))))) await this.remove(Id);
    const networks = (await ask(this.#host, "GET", "/networks")) as readonly { Id: string; Name: string }[];
    for (const { Id } of networks.filter(({ Name }) => begins(Name)))
      await ask(this.#host, "DELETE", `/networks/${Id}`);
    const { Volumes } = (await ask(this.#host, "GET", "/volumes")) as { Volumes: readonly { Name: string }[] | null };
    for (const { Name } of (Volumes ?? []).filter(({ Name }) => begins(Name))) {
      await ask(this.#host, "DELETE", `/volumes/${Name}`);
    }
    const images = (await ask(this.#host, "GET", "/images/json")) as readonly { RepoTags: string[] | null }[];
    for (const tag of images.flatMap(({ RepoTags }) => RepoTags ?? []).filter(begins)) await this.untag(tag);
  }
}

function splitTag(ref: string): readonly string[] {
  const at = ref.lastIndexOf(":");
  return [ref.slice(0, at), ref.slice(at + 1)];
}
