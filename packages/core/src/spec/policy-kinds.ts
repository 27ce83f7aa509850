import { timeFrom } from "./duration.ts";
import { choice, count, decimal, type Kind, right, wrong } from "./kind.ts";
import { percent } from "./percent.ts";

export const orphans = choice("report", "remove");
export const adopt = choice("never", "byName");
export const concurrency = count(1, 64);
export const mode = choice("converge", "observe");
export const maxUnavailable = count(1, 64);
export const whenBusy = choice("defer", "force");
export const replicas = count(0, 1000);

export const resync = timeFrom(1_000);
export const deepResync = timeFrom(10_000);

/** Each time that the backoff and the breaker count. */
export const shortTime = timeFrom(10);

export const backoffFactor: Kind<number> = {
  expected: "a number of at least 1 such as `1.5`",
  read: (value) => {
    const factor = decimal(value);
    return factor !== undefined && factor >= 1 ? right(factor) : wrong();
  },
};

export const breakerMissing: Kind<number> = {
  expected: `${percent.expected}, or \`off\``,
  read: (value) => {
    if (value === "off") return right(100);
    return value === false ? wrong("write `off`") : percent.read(value);
  },
};

/** What may be done about each kind of trouble. */
export const heal = {
  missing: choice("create", "report"),
  stopped: choice("start", "report"),
  paused: choice("unpause", "report"),
  unhealthy: choice("restart", "report"),
  drift: choice("mend", "report"),
  ownership: choice("mend", "report"),
  staleMount: choice("restart", "report"),
};

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
