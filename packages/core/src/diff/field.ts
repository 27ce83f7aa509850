import type { EngineInfo } from "../observe/engine.ts";
import type { ImageDefaults } from "../observe/image.ts";
import type { ContainerConfig } from "../spec/config.ts";

/** A normalised value that compares by its JSON text. Objects have sorted keys; `undefined` is "nothing". */
export type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };

/** What a default may depend on. */
export interface Facts {
  readonly image: ImageDefaults;
  readonly engine: EngineInfo;
  readonly desired: ContainerConfig;
  readonly observed: ContainerConfig;
  readonly containerId: string;
  /** Ids of the engine's containers by name, for fields that name one and read back as an id. */
  readonly idsByName: Readonly<Record<string, string>>;
}

/**
 * One row of the field table. A row is one field (`user`) or a family of them, one for each key (`env.PATH`): `parts`
 * gives the key `""` for a single field. Values from the spec and from an inspect go through the same `parts`, so both
 * sides are normalised alike.
 */
export interface Field {
  /** As the spec writes it. */
  readonly path: string;
  readonly parts: (config: ContainerConfig, facts: Facts) => Readonly<Record<string, Value | undefined>>;
  /** What the image or the engine gives when nobody declares it; `undefined` is nothing. */
  readonly fallback: (key: string, facts: Facts) => Value | undefined;
  /** What changing it to `desired` takes. */
  readonly remedy: (desired: Value | undefined, facts: Facts) => "update" | "replace";
  /**
   * Ours even when neither the spec nor the last apply declares it. True for what can be changed on a living
   * container, since its labels, and with them the record of what was declared, cannot.
   */
  readonly always: boolean;
  readonly show: (value: Value, key: string) => string;
}

const replace = (): "replace" => "replace";

interface ScalarRow {
  readonly path: string;
  readonly read: (config: ContainerConfig, facts: Facts) => Value | undefined;
  readonly fallback?: (facts: Facts) => Value | undefined;
  readonly remedy?: Field["remedy"];
  readonly always?: boolean;
  readonly show?: (value: Value) => string;
}

export function scalar(row: ScalarRow): Field {
  return {
    path: row.path,
    parts: (config, facts) => ({ "": row.read(config, facts) }),
    fallback: (_key, facts) => row.fallback?.(facts),
    remedy: row.remedy ?? replace,
    always: row.always ?? false,
    show: row.show ?? showValue,
  };
}

interface KeyedRow extends Pick<Field, "path" | "parts"> {
  readonly fallback?: Field["fallback"];
  readonly remedy?: Field["remedy"];
  readonly always?: boolean;
  readonly show?: Field["show"];
}

export function keyed(row: KeyedRow): Field {
  return {
    path: row.path,
    parts: row.parts,
    fallback: row.fallback ?? (() => undefined),
    remedy: row.remedy ?? replace,
    always: row.always ?? false,
    show: row.show ?? showValue,
  };
}

/** Applies `normalise` to every entry. */
export function mapParts<T>(
  entries: Readonly<Record<string, T>> | undefined,
  normalise: (value: T) => Value | undefined,
): Record<string, Value | undefined> {
  return Object.fromEntries(Object.entries(entries ?? {}).map(([key, value]) => [key, normalise(value)]));
}

/** Keys come from people, who may call one `constructor`. */
export function ownEntry<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

export function showValue(value: Value): string {
  if (typeof value === "string") return value === "" || /\s/.test(value) ? JSON.stringify(value) : value;
  return JSON.stringify(value);
}

export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  if (typeof a !== "object" || typeof b !== "object") return a === b;
  return canonical(a) === canonical(b);
}

/** A stable text of a value: equal values, equal texts. */
export function canonical(value: Value | undefined): string {
  return JSON.stringify(value, sortKeys) ?? "";
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const record = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.keys(record)
      .sort()
      .map((key) => [key, record[key]]),
  );
}
