import { type Kind, right, wrong } from "./kind.ts";

/** As the engine's API takes it, which is narrower than the docker command: that one reads profiles from files itself. */
export const securityOption: Kind<string> = {
  expected: "`no-new-privileges`, `apparmor=…`, `label=…`, `seccomp=unconfined` or `seccomp={…}`",
  read: (value) => {
    const option = String(value);
    if (option === "no-new-privileges") return right(option);
    const [, key, setting = ""] = /^([a-z-]+)[=:](.+)$/s.exec(option) ?? [];
    if (key === "no-new-privileges") return ["true", "false"].includes(setting) ? right(option) : wrong();
    if (key === "label" || key === "apparmor") return right(option);
    if (key !== "seccomp") return wrong();
    const known = setting === "unconfined" || setting === "builtin" || setting.startsWith("{");
    return known ? right(option) : wrong("the engine takes a profile's text, not its path");
  },
};
