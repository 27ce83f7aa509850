import type { Diagnostics } from "./diagnostic.ts";
import type { ContainerSpec, PolicySpec } from "./fleet-spec.ts";
import type { Path } from "./path.ts";

/** A value and the place where it is written, which for an inherited one is in the template. */
export interface Written {
  readonly value: unknown;
  readonly path: Path;
}

/**
 * What a template, an instance or the policy says, by field: `user`, `env.PATH`, `resources.memory`. Maps are taken apart
 * to the level at which they merge; everything else, lists included, is one value. Null is kept: it takes away.
 */
export type Fields = ReadonlyMap<string, Written>;

/** What a bare `KEY` in an env list stands for: the variable of that name in fleet's own environment. */
export interface PassedOn {
  readonly passOn: string;
}

/** Maps that may be written as lists, and how an item of such a list splits into key and value. */
const asLists: Readonly<Record<string, (item: string) => readonly [key: string, value: unknown]>> = {
  env: (item) => (item.includes("=") ? splitAt(item, "=") : [item, { passOn: item } satisfies PassedOn]),
  labels: (item) => splitAt(item, "="),
  extraHosts: (item) => splitAt(item, ":"),
  networks: (item) => [item, {}],
  dependsOn: (item) => [item, {}],
};

/** Maps with keys of their own below them, by where these stand. */
const nested: ReadonlySet<string> = new Set([
  "image",
  "resources",
  "resources.ulimits",
  "capabilities",
  "stop",
  "healthcheck",
  "logging",
  "logging.options",
  "heal",
  "backoff",
  "breaker",
  ...Object.keys(asLists),
]);

/** Short forms of a map: what the bare value means. */
const shorthands: Readonly<Record<string, string>> = { image: "image.ref", lifecycle: "lifecycle.kind" };

export function fieldsOf(spec: ContainerSpec | PolicySpec, path: Path, diagnostics: Diagnostics): Fields {
  const fields = new Map<string, Written>();
  for (const [key, value] of Object.entries(spec)) take(fields, key, { value, path: [...path, key] }, diagnostics);
  return fields;
}

function take(fields: Map<string, Written>, key: string, written: Written, diagnostics: Diagnostics): void {
  const { value, path } = written;
  const split = asLists[key];
  if (value === undefined) return;
  if (Array.isArray(value) && split !== undefined) {
    for (const [index, item] of value.entries()) {
      const [name, itemValue] = split(String(item));
      const field = `${key}.${name}`;
      const place = [...path, index];
      if (fields.has(field)) diagnostics.error("Duplicate", place, `\`${name}\` is in this list already`);
      fields.set(field, { value: itemValue, path: place });
    }
  } else if (isMap(value) && (nested.has(key) || shorthands[key] !== undefined)) {
    for (const [name, item] of Object.entries(value)) {
      take(fields, `${key}.${name}`, { value: item, path: [...path, name] }, diagnostics);
    }
  } else fields.set((value === null ? undefined : shorthands[key]) ?? key, written);
}

/** One of two that mean the same thing: what an instance says about either replaces what its template says about both. */
const rivals: Readonly<Record<string, string>> = {
  "healthcheck.test": "healthcheck.disable",
  "healthcheck.disable": "healthcheck.test",
};

/**
 * The instance's fields over the template's. A null takes away the field and all below it. In `networks` and
 * `dependsOn`, where an empty value looks like "with nothing special", one that takes nothing away is an error.
 */
export function mergeFields(template: Fields, instance: Fields, diagnostics: Diagnostics): Fields {
  const merged = new Map<string, Written>();
  for (const [key, written] of [...template, ...instance]) {
    if (written.value === null) {
      if (/^(networks|dependsOn)\./.test(key) && !merged.has(key)) {
        diagnostics.error(
          "InvalidValue",
          written.path,
          "an empty value takes away what the template says, which is nothing",
          {
            part: "key",
            hint: `write \`${key.slice(key.indexOf(".") + 1)}: {}\` to have it`,
          },
        );
      }
      removeField(merged, key);
    } else {
      const rival = rivals[key];
      if (rival !== undefined && instance.has(key)) merged.delete(rival);
      merged.set(key, written);
    }
  }
  return merged;
}

function removeField(fields: Map<string, Written>, key: string): void {
  for (const known of [...fields.keys()]) if (known === key || known.startsWith(`${key}.`)) fields.delete(known);
}

/** The fields below each key, by what follows it. */
export function fieldsByKey(fields: Fields): ReadonlyMap<string, Fields> {
  const byKey = new Map<string, Map<string, Written>>();
  for (const [field, written] of fields) {
    // A name may have dots of its own.
    for (let dot = field.indexOf("."); dot !== -1; dot = field.indexOf(".", dot + 1)) {
      const key = field.slice(0, dot);
      const below = byKey.get(key) ?? new Map<string, Written>();
      byKey.set(key, below.set(field.slice(dot + 1), written));
    }
  }
  return byKey;
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function splitAt(item: string, separator: string): readonly [string, string] {
  const at = item.indexOf(separator);
  return at === -1 ? [item, ""] : [item.slice(0, at), item.slice(at + 1)];
}
