import { decimal, type Kind, right, wrong } from "./kind.ts";

const powers: Readonly<Record<string, number>> = { "": 0, k: 1, m: 2, g: 3, t: 4 };

/**
 * A size in bytes: `512Mi`, `2g`, `1.5GiB`, or a bare number. Every unit is a power of 1024, as with Docker, whatever
 * its case and whether or not it has an `i` or a `b`.
 */
export const bytes: Kind<number> = {
  expected: "a size such as `512Mi`, `2g` or a number of bytes",
  read: (value) => {
    const found = /^(\d+(?:\.\d+)?|\.\d+)\s?(?:([kmgt]?)i?b?)$/i.exec(String(value));
    if (typeof value === "boolean" || found === null) return wrong();
    const number = decimal(found[1] ?? "");
    const size = (number ?? Number.NaN) * 1024 ** (powers[(found[2] ?? "").toLowerCase()] ?? 0);
    if (size > Number.MAX_SAFE_INTEGER) return wrong("it is more than any machine has");
    return Number.isSafeInteger(size) ? right(size) : wrong("it must come to a whole number of bytes");
  },
};

/** Memory and swap together: a size, or `unlimited`, which is -1. */
export const swapTotal: Kind<number> = {
  expected: "a size such as `4Gi` (memory and swap together), or `unlimited`",
  read: (value) => (value === "unlimited" || String(value) === "-1" ? right(-1) : bytes.read(value)),
};

/** As people write it, in the largest unit that divides it: `4Gi`, `1536Mi`, `1000`; -1 is `unlimited`. */
export function formatBytes(size: number): string {
  if (size === -1) return "unlimited";
  for (const [index, unit] of ["Ti", "Gi", "Mi", "Ki"].entries()) {
    const scale = 1024 ** (4 - index);
    if (size !== 0 && size % scale === 0) return `${size / scale}${unit}`;
  }
  return String(size);
}
