import { anyTime } from "../duration.ts";
import {
  adopt,
  backoffFactor,
  breakerMissing,
  concurrency,
  deepResync,
  maxUnavailable,
  mode,
  orphans,
  resync,
  shortTime,
  whenBusy,
} from "../policy-kinds.ts";
import { healSchema } from "./heal.ts";
import { scalar, word } from "./scalar.ts";
import { field, map, optional } from "./shape.ts";

export function policySchema() {
  return map({
    orphans: optional(
      "What becomes of a container whose instance is no longer here: report (default) or remove.",
      word(orphans),
    ),
    adopt: optional(
      "byName: a container without our labels that has an instance's name is replaced. Default never.",
      word(adopt),
    ),
    concurrency: optional("How many instances may act at once. Default 16.", scalar(concurrency, "number")),
    mode: optional("converge (default): the loop mends. observe: it only reports.", word(mode)),
    maxUnavailable: optional(
      "How many running instances the loop may restart or replace at once. Default 1.",
      scalar(maxUnavailable, "number"),
    ),
    resync: optional("Between two lists that find what no event told. Default 10s.", scalar(resync, "number")),
    deepResync: optional("Between two looks at everything. Default 10m.", scalar(deepResync, "number")),
    stopGrace: optional(
      "How long a container that somebody stopped stays stopped. Default 10s.",
      scalar(anyTime, "number"),
    ),
    whenBusy: optional(
      "defer (default): a container with work inside is left alone. force: only until drainTimeout has passed.",
      word(whenBusy),
    ),
    drainTimeout: optional(
      "How long work inside may go on once a container is to be disrupted. Default 10m.",
      scalar(anyTime, "number"),
    ),
    backoff: optional("Waits between tries at a container that does not stay up.", backoffSchema()),
    breaker: optional("When so much vanishes at once that nothing is done until a person confirms.", breakerSchema()),
    heal: field("What the loop does about each kind of trouble, where an instance does not say.", healSchema),
  });
}

function backoffSchema() {
  return map(
    {
      base: optional("The first wait. Default 1s.", scalar(shortTime, "number")),
      factor: optional("Each wait is so many times the one before. Default 2.", scalar(backoffFactor, "number")),
      cap: optional("No wait is longer. Default 5m.", scalar(shortTime, "number")),
      reset: optional(
        "After so long a run the next wait is the first again. Default 10m.",
        scalar(shortTime, "number"),
      ),
    },
    "write a map such as `{ base: 1s, cap: 5m }`",
  );
}

function breakerSchema() {
  return map(
    {
      missing: optional(
        "Most of the instances that may go missing at once, as a percentage, or off. Default 50%.",
        scalar(breakerMissing, "number"),
      ),
      window: optional("The time that counts as at once. Default 10s.", scalar(shortTime, "number")),
    },
    "write `{ missing: 50% }`, or `{ missing: off }` for none",
  );
}
