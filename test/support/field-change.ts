import { type FlatSpec, isValid, meaningOf } from "./flat-spec.ts";

/** A spec that differs from another in one field. */
export interface FieldChange {
  readonly path: string;
  readonly kind: "set" | "removed";
  readonly spec: FlatSpec;
  /** Paths that a plan has to name, sorted; none where both specs mean the same. */
  readonly names: readonly string[];
}

/** Every valid change of one field of `base`: to the value that `values` has for it, and away. */
export function fieldChanges(base: FlatSpec, values: FlatSpec): readonly FieldChange[] {
  return Object.entries(values)
    .flatMap(([path, value]) => {
      const { [path]: removed, ...rest } = base;
      const set: FieldChange = change("set", path, base, { ...base, [path]: value });
      return removed === undefined ? [set] : [set, change("removed", path, base, rest)];
    })
    .filter(({ spec }) => isValid(spec));
}

function change(kind: FieldChange["kind"], path: string, base: FlatSpec, spec: FlatSpec): FieldChange {
  return { path, kind, spec, names: meaningOf(path, base) === meaningOf(path, spec) ? [] : named(path, base, spec) };
}

function named(path: string, base: FlatSpec, spec: FlatSpec): readonly string[] {
  // A container has to be somewhere: the first network takes the place of the default bridge, the last gives it back.
  const isOn = (flat: FlatSpec): boolean => Object.keys(flat).some((other) => other.startsWith("networks."));
  if (path.startsWith("networks.") && isOn(base) !== isOn(spec)) return [path, "networks.bridge"].sort();
  // What is never probed has no interval.
  const isProbed = (flat: FlatSpec): boolean => meaningOf("healthcheck.test", flat) !== '["NONE"]';
  if (/^healthcheck\.(?!test)/.test(path) && !isProbed(base) && !isProbed(spec)) return [];
  // An owner that nobody declares is anybody's.
  if (path.startsWith("ownership.") && spec[path] === undefined) return [];
  return [path];
}
