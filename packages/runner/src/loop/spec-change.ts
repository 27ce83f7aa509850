import type { InstanceSpec, ResolvedFleet } from "@fleet/core";

/** `1 added, 2 changed`: what a new spec brings, in a few words. Of a secret only that it is one is compared. Pure. */
export function describeChange(before: ResolvedFleet, after: ResolvedFleet): string {
  const old = new Map(before.instances.map((spec) => [spec.name, spec]));
  const kept = new Set(after.instances.map(({ name }) => name));
  const counts = {
    added: after.instances.filter(({ name }) => !old.has(name)).length,
    changed: after.instances.filter((spec) => old.has(spec.name) && !isSame(spec, old.get(spec.name))).length,
    dropped: before.instances.filter(({ name }) => !kept.has(name)).length,
  };
  const words = Object.entries(counts).flatMap(([what, count]) => (count === 0 ? [] : [`${count} ${what}`]));
  return words.length === 0 ? "no instance changed" : words.join(", ");
}

function isSame(a: InstanceSpec, b: InstanceSpec | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
