import { choice, type Kind, right, wrong } from "./kind.ts";

export const pull = choice("missing", "always", "never");
export const track = choice("id", "ref");

const part = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const domain = "(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\\[[a-fA-F0-9:]+\\])(?::\\d+)?";
const reference = new RegExp(
  `^(?:${domain}/)?${part}(?:/${part})*(?::[\\w][\\w.-]{0,127})?(?:@[a-z0-9+._-]+:[a-f0-9]{32,})?$`,
);

/** `name`, `name:tag`, `host:5000/name:tag@sha256:…`, or an image id. */
export const imageRef: Kind<string> = {
  expected: "an image reference such as `nginx:1.27` or `registry:5000/team/app@sha256:…`",
  read: (value) => {
    const ref = String(value);
    if (/^sha256:[a-f0-9]{64}$/.test(ref) || reference.test(ref)) return right(ref);
    return wrong(/[A-Z]/.test(ref.split(":")[0] ?? "") ? "repository names are lower case" : undefined);
  },
};
