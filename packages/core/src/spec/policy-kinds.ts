import { choice, count, type Kind, right, wrong } from "./kind.ts";

export const orphans = choice("report", "remove");
export const adopt = choice("never", "byName");
export const concurrency = count(1, 64);
export const replicas = count(0, 1000);

/** Placeholders that every instance has. */
const builtinPlaceholders = ["name", "fleet", "replica", "container"] as const;

export const varName: Kind<string> = {
  expected: "a name of letters, digits, `_` or `-` that begins with a letter",
  read: (value) => {
    const name = String(value);
    if (builtinPlaceholders.some((builtin) => builtin === name)) return wrong(`{${name}} has a meaning of its own`);
    return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(name) ? right(name) : wrong();
  },
};
