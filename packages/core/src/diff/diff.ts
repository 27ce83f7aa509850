import type { ContainerObservation } from "../observe/container.ts";
import { labels, type Owned, readOwned } from "../observe/labels.ts";
import type { ContainerConfig } from "../spec/config.ts";
import { redacted, Secret } from "../spec/secret.ts";
import type { Drift, DriftCause } from "./drift.ts";
import { type Facts, type Field, ownEntry, sameValue, type Value } from "./field.ts";
import { fields } from "./fields.ts";

/**
 * Every field of `facts.desired` that the observed container does not have, sorted by path. Three-way: a field that
 * neither the spec declares nor the last apply declared is not ours and never differs.
 */
export function diffFields(observed: ContainerObservation, facts: Facts): readonly Drift[] {
  const owned = readOwned(observed.config.labels?.[labels.owned]);
  const masked = maskedPaths(facts.desired, owned, observed);
  const keys = keysByField(owned);
  return fields
    .flatMap((field) => diffField(field, facts, keys.get(field.path) ?? none, masked))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

const none: ReadonlySet<string> = new Set();

/** Key names that a config declares, for the record that the next diff reads. */
export function ownedBy(facts: Facts): Owned {
  // What is declared does not hang on what is there now.
  const alone: Facts = { ...facts, observed: facts.desired };
  const declared = fields.flatMap((field) => {
    const parts = field.parts(facts.desired, alone);
    return Object.keys(parts)
      .filter((key) => parts[key] !== undefined)
      .map((key) => pathOf(field, key));
  });
  return { fields: declared.sort(), secrets: secretPaths(facts.desired) };
}

/** `owned` has the keys of this field that the last apply declared. */
function diffField(
  field: Field,
  facts: Facts,
  owned: ReadonlySet<string>,
  masked: (path: string) => boolean,
): readonly Drift[] {
  const wanted = field.parts(facts.desired, facts);
  // Most fields of most containers are nobody's.
  if (!field.always && owned.size === 0 && !declaresAny(wanted)) return [];
  const found = field.parts(facts.observed, facts);
  const drifts: Drift[] = [];
  for (const key of new Set([...Object.keys(wanted), ...Object.keys(found), ...owned])) {
    const path = pathOf(field, key);
    const wasOwned = owned.has(key);
    const declared = ownEntry(wanted, key) !== undefined;
    if (!declared && !wasOwned && !field.always) continue;
    const fallback = field.fallback(key, facts);
    const desired = ownEntry(wanted, key) ?? fallback;
    const observed = ownEntry(found, key) ?? fallback;
    if (sameValue(desired, observed)) continue;
    const show = (value: Value | undefined): string | null => {
      if (value === undefined) return null;
      return masked(path) ? redacted : field.show(value, key);
    };
    drifts.push({
      path,
      desired: show(desired),
      observed: show(observed),
      cause: causeOf(field, declared, wasOwned),
      remedy: field.remedy(desired, facts),
    });
  }
  return drifts;
}

function declaresAny(wanted: Readonly<Record<string, unknown>>): boolean {
  for (const key in wanted) if (wanted[key] !== undefined) return true;
  return false;
}

function causeOf(field: Field, declared: boolean, wasOwned: boolean): DriftCause {
  if (!declared) return wasOwned ? "removed" : "byHand";
  return wasOwned || field.always ? "changed" : "added";
}

function pathOf(field: Field, key: string): string {
  return key === "" ? field.path : `${field.path}.${key}`;
}

/** The keys of what was declared by the field that they may belong to; a field by itself has the key `""`. */
function keysByField({ fields: paths }: Owned): ReadonlyMap<string, ReadonlySet<string>> {
  const byField = new Map<string, Set<string>>();
  const add = (field: string, key: string): void => {
    const keys = byField.get(field);
    if (keys === undefined) byField.set(field, new Set([key]));
    else keys.add(key);
  };
  for (const path of paths) {
    add(path, "");
    // A key may have dots of its own.
    for (let dot = path.indexOf("."); dot !== -1; dot = path.indexOf(".", dot + 1)) {
      add(path.slice(0, dot), path.slice(dot + 1));
    }
  }
  return byField;
}

/**
 * Which values must not be shown: secrets of the spec, what was a secret at the last apply, and the whole environment
 * of a container that is not ours.
 */
function maskedPaths(
  desired: ContainerConfig,
  owned: Owned,
  observed: ContainerObservation,
): (path: string) => boolean {
  const secrets = new Set([...secretPaths(desired), ...owned.secrets]);
  const foreign = observed.labels[labels.fleet] === undefined;
  return (path) => secrets.has(path) || (foreign && path.startsWith("env."));
}

function secretPaths(config: ContainerConfig): string[] {
  return Object.keys(config.env ?? {})
    .filter((key) => config.env?.[key] instanceof Secret)
    .map((key) => `env.${key}`)
    .sort();
}
