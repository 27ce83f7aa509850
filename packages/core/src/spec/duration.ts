import { type Kind, right, wrong } from "./kind.ts";

const milliseconds: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A time in milliseconds: `5m`, `1m30s`, `500ms`, `1.5s`. */
export const duration: Kind<number> = {
  expected: "a duration such as `30s`, `1m30s` or `500ms`",
  read: (value) => {
    if (typeof value === "number" || /^\d+$/.test(String(value))) return wrong(`a unit is missing: \`${value}s\`?`);
    const terms = [...String(value).matchAll(/(\d+(?:\.\d+)?)(ms|[smh])/g)];
    if (terms.length === 0 || terms.map(([term]) => term).join("") !== value) return wrong();
    const units = terms.map(([, , unit]) => milliseconds[unit ?? ""] ?? 0);
    if (units.some((unit, index) => index > 0 && unit >= (units[index - 1] ?? 0))) return wrong("largest unit first");
    const total = terms.reduce((sum, [, number], index) => sum + Number(number) * (units[index] ?? 0), 0);
    const whole = Math.round(total);
    if (Math.abs(total - whole) > 1e-6 || !Number.isSafeInteger(whole))
      return wrong("it must come to whole milliseconds");
    return right(whole);
  },
};

/** Reads a duration such as `1m30s`, to milliseconds; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  const reading = duration.read(text);
  return reading.ok ? reading.value : undefined;
}

/** A duration that is not shorter than `least` milliseconds; `hint` says what to do about one that is. */
export function durationFrom(least: number, hint?: string): Kind<number> {
  return {
    expected: `a duration of at least \`${formatDuration(least)}\``,
    read: (value) => {
      const reading = duration.read(value);
      return reading.ok && reading.value < least ? wrong(hint) : reading;
    },
  };
}

/** Milliseconds; timers of more than some 24 days fire at once. */
const longest = 7 * 24 * 3_600_000;

/** A duration of at most 7 days. */
export const anyTime: Kind<number> = {
  expected: duration.expected,
  read: (value) => {
    const reading = duration.read(value);
    return reading.ok && reading.value > longest ? wrong(`it is more than \`${formatDuration(longest)}\``) : reading;
  },
};

/** A duration of at least `least` milliseconds and at most 7 days. */
export function timeFrom(least: number): Kind<number> {
  return durationBetween(least, longest);
}

/** A duration of at least `least` and at most `most` milliseconds. */
export function durationBetween(least: number, most: number): Kind<number> {
  return {
    expected: `a duration from \`${formatDuration(least)}\` to \`${formatDuration(most)}\``,
    read: (value) => {
      const reading = duration.read(value);
      return reading.ok && (reading.value < least || reading.value > most) ? wrong() : reading;
    },
  };
}

/** A check's time: the engine refuses less than a millisecond, and reads 0 as "the image's". */
export const checkTime = durationFrom(1, "leave it out to take the image's");

/** In whole seconds, as the engine keeps it. */
export const wholeSeconds: Kind<number> = {
  expected: "a duration in whole seconds such as `10s` or `1m30s`",
  read: (value) => {
    const reading = anyTime.read(value);
    return reading.ok && reading.value % 1000 !== 0 ? wrong("the engine counts whole seconds") : reading;
  },
};

/** `90000` milliseconds as `1m30s`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  const parts = [
    [Math.floor(ms / 3_600_000), "h"],
    [Math.floor(ms / 60_000) % 60, "m"],
    [Math.round((ms % 60_000) / 100) / 10, "s"],
  ] as const;
  return parts
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join("");
}
