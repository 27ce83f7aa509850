import { type ResolvedFleet, Secret } from "@fleet/core";

/** What a new spec of a fleet brings. Names in their order in the spec. */
export interface SpecChange {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly dropped: readonly string[];
  readonly policy: boolean;
}

/** Secrets are compared by value. Pure. */
export function compareSpecs(before: ResolvedFleet, after: ResolvedFleet): SpecChange {
  const old = new Map(before.instances.map((spec) => [spec.name, spec]));
  const kept = new Set(after.instances.map(({ name }) => name));
  const names = (specs: ResolvedFleet["instances"]): readonly string[] => specs.map(({ name }) => name);
  return {
    added: names(after.instances.filter(({ name }) => !old.has(name))),
    changed: names(after.instances.filter((spec) => old.has(spec.name) && !isSame(spec, old.get(spec.name)))),
    dropped: names(before.instances.filter(({ name }) => !kept.has(name))),
    policy: !isSame(before.policy, after.policy),
  };
}

export function isNoChange({ added, changed, dropped, policy }: SpecChange): boolean {
  return added.length + changed.length + dropped.length === 0 && !policy;
}

/** `1 added, 2 changed, another policy`: in a few words. */
export function describeChange({ added, changed, dropped, policy }: SpecChange): string {
  const counts = Object.entries({ added, changed, dropped });
  const words = [
    ...counts.flatMap(([what, { length }]) => (length === 0 ? [] : [`${length} ${what}`])),
    ...(policy ? ["another policy"] : []),
  ];
  return words.length === 0 ? "no instance changed" : words.join(", ");
}

/** Of plain data and secrets. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof Secret || b instanceof Secret) {
    return a instanceof Secret && b instanceof Secret && a.reveal() === b.reveal();
  }
  const [entries, others] = [Object.entries(a), Object.entries(b)];
  return (
    Array.isArray(a) === Array.isArray(b) &&
    entries.length === others.length &&
    entries.every(([key, value]) => Object.hasOwn(b, key) && isSame(value, (b as Record<string, unknown>)[key]))
  );
}
