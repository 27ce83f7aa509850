import { choice, count, decimal, type Kind, right, text, wrong } from "./kind.ts";
import { resourceName } from "./name.ts";
import { didYouMean } from "./suggest.ts";

export const user: Kind<string> = {
  expected: "a user, or `user:group`, by name or number",
  read: (value) => (/^[^\s:]+(:[^\s:]+)?$/.test(String(value)) ? right(String(value)) : wrong()),
};

export const hostname: Kind<string> = {
  expected: "a host name of at most 63 letters, digits, `-` and `.`",
  read: (value) =>
    /^(?=.{1,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i.test(String(value))
      ? right(String(value))
      : wrong(),
};

export const envKey: Kind<string> = {
  expected: "a variable name without `=`",
  read: (value) => (/^[^=\0]+$/.test(String(value)) ? right(String(value)) : wrong()),
};

export const labelKey: Kind<string> = {
  expected: "a label key",
  read: (value) => {
    const key = String(value);
    if (key.startsWith("fleet.")) return wrong("labels that begin with `fleet.` are fleet's own: take another prefix");
    return key === "" || key.includes("\0") ? wrong() : right(key);
  },
};

/** An item of a list of labels. */
export const labelItem: Kind<string> = {
  expected: "`KEY=value`",
  read: (value) => {
    const key = labelKey.read(String(value).split("=")[0] ?? "");
    return key.ok ? right(String(value)) : wrong(key.hint);
  },
};

/** An item of a list of hosts; the address may have colons of its own. */
export const hostItem: Kind<string> = {
  expected: "`host:address`",
  read: (value) => (/^[^:\s]+:[^\s]+$/.test(String(value)) ? right(String(value)) : wrong()),
};

const modes = choice("bridge", "host", "none");

export const networkMode: Kind<string> = {
  expected: "`bridge`, `host`, `none` or `container:NAME`",
  read: (value) => {
    const word = String(value);
    if (word.startsWith("container:")) {
      return resourceName.read(word.slice("container:".length)).ok
        ? right(word)
        : wrong("a container's name follows the colon");
    }
    return modes.read(word).ok ? right(word) : wrong(`a network of your own goes under \`networks: [${word}]\``);
  },
};

/** The engine's least is a hundredth of a core. */
export const cpus: Kind<number> = {
  expected: "a number of cores of at least 0.01 such as `1.5`",
  read: (value) => {
    const cores = decimal(value);
    return cores !== undefined && cores >= 0.01 ? right(cores) : wrong();
  },
};

/** No Linux counts further. */
export const pids = count(1, 4_194_304);

export const ulimit: Kind<number> = {
  expected: "a whole number, or -1 for unlimited",
  read: (value) => (value === "unlimited" ? right(-1) : count(-1).read(value)),
};

const limits = "core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack".split(
  " ",
);

export const ulimitName: Kind<string> = {
  expected: `one of ${limits.join(", ")}`,
  read: (value) => (limits.includes(String(value)) ? right(String(value)) : wrong(didYouMean(String(value), limits))),
};

export const logDriver: Kind<string> = {
  expected: "a logging driver such as `json-file`, `local` or `journald`",
  read: (value) => (/^[\w][\w.:/-]*$/.test(String(value)) ? text.read(value) : wrong()),
};
