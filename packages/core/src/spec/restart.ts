import type { RestartPolicy } from "./config.ts";
import { count, type Kind, right, wrong } from "./kind.ts";
import { didYouMean } from "./suggest.ts";

const policies = ["no", "always", "unless-stopped", "on-failure"] as const;

/** `no`, `always`, `unless-stopped`, `on-failure`, `on-failure:3`; undefined for the empty text. */
export const restart: Kind<RestartPolicy | undefined> = {
  expected: "`no`, `always`, `unless-stopped`, `on-failure` or `on-failure:3`",
  read: (value) => {
    if (value === "") return right(undefined);
    if (value === false) return wrong('write `restart: "no"`');
    const [word = "", retries, ...more] = String(value).split(":");
    const policy = policies.find((known) => known === word);
    if (policy === undefined || more.length > 0) return wrong(didYouMean(word, policies));
    if (retries === undefined) return right({ policy });
    const maxRetries = count(0).read(retries);
    if (!maxRetries.ok) return wrong("a whole number follows the colon");
    if (policy !== "on-failure") return wrong("only `on-failure` takes a number of retries");
    return right(maxRetries.value === 0 ? { policy } : { policy, maxRetries: maxRetries.value });
  },
};
