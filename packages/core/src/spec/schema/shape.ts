import * as z from "zod/mini";

type Shape = Record<string, z.ZodMiniType>;

/**
 * A map with these keys and no others; an unknown key's issue names those that there are, one to a line. `hint` says what
 * to do about a value that is no map.
 */
export function map<S extends Shape>(shape: S, hint?: string) {
  return z.strictObject(shape, {
    error: ({ code, input }) => {
      if (code === "unrecognized_keys") return Object.keys(shape).join("\n");
      return hint === undefined || input === null ? "a map" : `a map\n${hint}`;
    },
  });
}

/**
 * A key that may be left out, or be null to take away what a template says. `make` is called when the key is there: few
 * files have all keys, and a schema of many parts takes longer to make than a file takes to check.
 */
export function field<T>(description: string, make: () => z.ZodMiniType<T, T>) {
  const value = z.lazy(make);
  // Nothing of ours has a default. Said here, since zod would call `make` to find out, of a key that is not there too.
  Object.assign(value._zod, { optin: undefined, optout: undefined });
  return z.optional(z.nullable(value)).register(z.globalRegistry, { description });
}

/** A key that may be left out. */
export function optional<T>(description: string, schema: z.ZodMiniType<T, T>) {
  return z.optional(schema).register(z.globalRegistry, { description });
}

export function required<T>(description: string, schema: z.ZodMiniType<T, T>) {
  return schema.check(z.describe(description));
}

export function list<T>(item: z.ZodMiniType<T, T>) {
  return z.array(item, { error: "a list" });
}

export function record<T>(key: z.ZodMiniType<string, string>, value: z.ZodMiniType<T, T>) {
  return z.record(key, value, { error: "a map" });
}

/** One of several forms; `expected` says them in words, and `hint` what to do about a value that is none of them. */
export function either<const O extends readonly [z.ZodMiniType, ...z.ZodMiniType[]]>(
  expected: string,
  options: O,
  hint: (input: unknown) => string | undefined = () => undefined,
) {
  return z.union(options, { error: ({ input }) => [expected, hint(input) ?? []].flat().join("\n") });
}
