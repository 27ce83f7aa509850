import type { InstanceSpec } from "../spec/instance.ts";

/** Dependencies before dependents, and by name among equals. The spec has no cycles. */
export function inOrder(instances: readonly InstanceSpec[]): readonly InstanceSpec[] {
  const byName = new Map(instances.map((instance) => [instance.name, instance]));
  const placed = new Set<string>();
  const ordered: InstanceSpec[] = [];
  const place = (instance: InstanceSpec): void => {
    if (placed.has(instance.name)) return;
    placed.add(instance.name);
    for (const { instance: name } of instance.dependsOn) {
      const dependency = byName.get(name);
      if (dependency !== undefined) place(dependency);
    }
    ordered.push(instance);
  };
  for (const instance of [...instances].sort((a, b) => (a.name < b.name ? -1 : 1))) place(instance);
  return ordered;
}
