import { type Kind, right, wrong } from "./kind.ts";

/**
 * Permission bits: `"0755"`, `0755` and `0o755` as the text says, always octal. A bare `755` arrives as a decimal
 * number that may mean either, and is refused.
 */
export const mode: Kind<number> = {
  expected: "permission bits in octal such as `0755`",
  read: (value) => {
    if (typeof value === "number")
      return wrong(`write \`"0${value}"\` or \`0${value}\`: without the zero it is a decimal number`);
    const found = /^(?:0o?)?([0-7]{3,4})$/.exec(String(value));
    return found === null ? wrong() : right(Number.parseInt(found[1] ?? "", 8));
  },
};

/** `0755`. */
export function formatMode(bits: number): string {
  return bits.toString(8).padStart(4, "0");
}
