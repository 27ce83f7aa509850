import { randomBytes, randomInt } from "node:crypto";
import type {
  ContainerConfig,
  ContainerObservation,
  ContainerPhase,
  Engine,
  ErrorCode,
  ExecObservation,
} from "@fleet/core";
import { isFleetError } from "@fleet/core";
import { afterAll, afterEach, beforeAll, expect, vi } from "vitest";

/** An engine that holds the test images, and the hands of somebody who works on it past the port. */
export interface EngineUnderTest {
  readonly engine: Engine;
  pause(container: string): Promise<void>;
  /** By SIGKILL. */
  kill(container: string): Promise<void>;
  /** On the engine's host. */
  makeDirectory(path: string): Promise<void>;
  makeFile(path: string): Promise<void>;
  removePath(path: string): Promise<void>;
}

export type OpenEngine = () => Promise<EngineUnderTest>;

/** One engine for all tests of a `describe` block; what a test makes is gone after it. */
export class Bench {
  #open: EngineUnderTest | undefined;
  readonly #prefix = `contract-${randomBytes(3).toString("hex")}-`;
  readonly #paths: string[] = [];
  /** One that hardly anybody else publishes, below those that systems give out by themselves. */
  readonly port = 20_000 + randomInt(10_000);

  constructor(open: OpenEngine) {
    beforeAll(async () => {
      this.#open = await open();
    });
    afterEach(() => this.#clean());
    afterAll(() => this.engine.close());
  }

  get engine(): Engine {
    return this.hands.engine;
  }

  get hands(): EngineUnderTest {
    if (this.#open === undefined) throw new Error("the engine is open inside tests only");
    return this.#open;
  }

  /** A name for a container, a network or a volume that no other run has. */
  name(word: string): string {
    return this.#prefix + word;
  }

  /** An absolute path on the engine's host that is removed after the test. */
  path(word: string): string {
    const path = `/tmp/${this.name(word)}`;
    this.#paths.push(path);
    return path;
  }

  async directory(word: string): Promise<string> {
    const path = this.path(word);
    await this.hands.makeDirectory(path);
    return path;
  }

  async file(word: string): Promise<string> {
    const path = this.path(word);
    await this.hands.makeFile(path);
    return path;
  }

  create(word: string, config: Partial<ContainerConfig> = {}): Promise<string> {
    return this.engine.createContainer(this.name(word), { image: "fleet-test:1", ...config });
  }

  async run(word: string, config: Partial<ContainerConfig> = {}): Promise<string> {
    const id = await this.create(word, config);
    await this.engine.startContainer(id);
    return id;
  }

  inspect(idOrName: string): Promise<ContainerObservation> {
    return this.engine.inspectContainer(idOrName);
  }

  /** The configuration that an inspect reads after a create. */
  async roundTrip(config: Partial<ContainerConfig>): Promise<ContainerConfig> {
    return (await this.inspect(await this.create("trip", config))).config;
  }

  /** Inspects until `holds`, for ten seconds at most. */
  async eventually(id: string, holds: (found: ContainerObservation) => boolean): Promise<ContainerObservation> {
    return vi.waitUntil(
      async () => {
        const found = await this.inspect(id);
        return holds(found) && found;
      },
      { timeout: 10_000, interval: 20 },
    );
  }

  /** Lists the execs of a container until there are some. */
  begun(id: string): Promise<readonly ExecObservation[]> {
    const look = async () => {
      const execs = await this.engine.listExecs(id);
      return execs.length > 0 && execs;
    };
    return vi.waitUntil(look, { timeout: 10_000, interval: 20 });
  }

  /** Lists until the container is in `phase`: on newer engines the list can be a moment behind the inspect. */
  async listed(word: string, phase: ContainerPhase): Promise<void> {
    await vi.waitFor(async () => {
      const found = (await this.engine.listContainers()).find(({ name }) => name === this.name(word));
      expect(found?.phase).toBe(phase);
    }, 10_000);
  }

  /** Names of ours, without the prefix. */
  async containers(): Promise<string[]> {
    return this.#ours(await this.engine.listContainers()).map(({ name }) => name.slice(this.#prefix.length));
  }

  async #clean(): Promise<void> {
    const { engine } = this;
    const containers = this.#ours(await engine.listContainers());
    await Promise.all(containers.map(({ id }) => engine.removeContainer(id, { force: true })));
    const networks = this.#ours(await engine.listNetworks());
    await Promise.all(networks.map(({ name }) => engine.removeNetwork(name)));
    const volumes = this.#ours(await engine.listVolumes());
    await Promise.all(volumes.map(({ name }) => engine.removeVolume(name)));
    await Promise.all(this.#paths.splice(0).map((path) => this.hands.removePath(path)));
  }

  #ours<T extends { readonly name: string }>(items: readonly T[]): T[] {
    return items.filter(({ name }) => name.startsWith(this.#prefix));
  }
}

/** The code that a call rejects with; fails when it resolves or rejects with anything but a FleetError. */
export async function codeOf(call: Promise<unknown>): Promise<ErrorCode> {
  const error = await call.then(
    () => expect.fail("expected a rejection"),
    (rejected: unknown) => rejected,
  );
  if (isFleetError(error)) return error.code;
  throw error;
}

/** Ignores SIGTERM, as a first process without a handler does. */
export const stubborn = ["sleep", "infinity"];

/** Ends at SIGTERM with exit code 7. */
export const obedient = ["sh", "-c", "trap 'exit 7' TERM; while :; do sleep 0.05; done"];

export const MiB = 1024 ** 2;
