import type { InstanceSpec } from "@fleet/core";

/** A fleet's instances by name, and who has to do with whom. */
export class SpecIndex implements Iterable<InstanceSpec> {
  readonly byName: ReadonlyMap<string, InstanceSpec>;
  readonly #byContainer: ReadonlyMap<string, InstanceSpec>;
  readonly #dependents = new Map<string, string[]>();

  constructor(instances: readonly InstanceSpec[]) {
    this.byName = new Map(instances.map((spec) => [spec.name, spec]));
    this.#byContainer = new Map(instances.map((spec) => [spec.container, spec]));
    for (const { name, dependsOn } of instances) {
      for (const { instance } of dependsOn) this.#dependents.set(instance, [...this.dependentsOf(instance), name]);
    }
  }

  [Symbol.iterator](): Iterator<InstanceSpec> {
    return this.byName.values();
  }

  /** Instances that `spec` depends on, and the one whose network it shares: that is known by its id. */
  relatedTo({ dependsOn, config }: InstanceSpec): readonly string[] {
    const [, container] = /^container:(.+)$/.exec(config.networkMode ?? "") ?? [];
    const shared = container === undefined ? undefined : this.#byContainer.get(container);
    return [...dependsOn.map(({ instance }) => instance), ...(shared === undefined ? [] : [shared.name])];
  }

  /** Instances that depend on this one. */
  dependentsOf(name: string): readonly string[] {
    return this.#dependents.get(name) ?? [];
  }
}
