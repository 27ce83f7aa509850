import { type ContainerSummary, isOurs, labels } from "@fleet/core";

const nothing: readonly ContainerSummary[] = [];

/** What the last list said of a fleet's containers. */
export class Listing {
  readonly #fleet: string;
  #byInstance: Map<string, readonly ContainerSummary[]> | undefined;
  /** Instances by container id. */
  readonly #owners = new Map<string, string>();

  constructor(fleet: string) {
    this.#fleet = fleet;
  }

  /** Instances that have a container. */
  get present(): ReadonlyMap<string, readonly ContainerSummary[]> {
    return this.#byInstance ?? new Map();
  }

  /** The instance that a container belongs to. */
  ownerOf(id: string): string | undefined {
    return this.#owners.get(id);
  }

  /** Takes what somebody saw of one instance after the last list, so that the next one has nothing to tell of it. */
  learn(instance: string, containers: readonly ContainerSummary[]): void {
    this.#byInstance?.set(instance, containers);
    for (const { id } of containers) this.#owners.set(id, instance);
  }

  /** Takes a new list. Gives the instances whose containers are not as they were, sorted: none for the first list. */
  take(containers: readonly ContainerSummary[]): readonly string[] {
    const before = this.#byInstance;
    const found = new Map<string, ContainerSummary[]>();
    for (const container of containers) {
      if (!isOurs(this.#fleet, container.labels)) continue;
      const instance = container.labels[labels.instance] ?? "";
      const others = found.get(instance);
      if (others === undefined) found.set(instance, [container]);
      else others.push(container);
    }
    this.#byInstance = found;
    const changed = new Set<string>();
    for (const [instance, now] of found) {
      if (!isSame(before?.get(instance) ?? nothing, now)) changed.add(instance);
    }
    for (const instance of before?.keys() ?? []) {
      if (!found.has(instance)) changed.add(instance);
    }
    for (const instance of changed) for (const { id } of before?.get(instance) ?? nothing) this.#owners.delete(id);
    for (const instance of changed) for (const { id } of found.get(instance) ?? nothing) this.#owners.set(id, instance);
    return before === undefined ? [] : [...changed].sort();
  }
}

/** Lists are sorted by name. */
function isSame(before: readonly ContainerSummary[], now: readonly ContainerSummary[]): boolean {
  return (
    before.length === now.length &&
    now.every(({ id, name, phase }, index) => {
      const old = before[index];
      return old !== undefined && old.id === id && old.name === name && old.phase === phase;
    })
  );
}
