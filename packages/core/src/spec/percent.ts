import { decimal, type Kind, right, wrong } from "./kind.ts";

/** A share of a hundred: `50%` is 50. */
export const percent: Kind<number> = {
  expected: "a percentage from `0%` to `100%`",
  read: (value) => {
    const share = decimal(String(value).replace(/%$/, ""));
    if (share === undefined || share < 0 || share > 100) return wrong();
    return String(value).endsWith("%") ? right(share) : wrong(`the sign is missing: \`${share}%\`?`);
  },
};
