import type { HealPolicy } from "./policy.ts";
import { heal } from "./policy-kinds.ts";
import { present } from "./present.ts";
import type { Reader } from "./reader.ts";

/** What `heal` says, over what holds where it says nothing. */
export function readHeal(reader: Reader, otherwise: HealPolicy): HealPolicy {
  return {
    ...otherwise,
    ...present({
      missing: reader.field("heal.missing", heal.missing),
      stopped: reader.field("heal.stopped", heal.stopped),
      paused: reader.field("heal.paused", heal.paused),
      unhealthy: reader.field("heal.unhealthy", heal.unhealthy),
      drift: reader.field("heal.drift", heal.drift),
      ownership: reader.field("heal.ownership", heal.ownership),
      staleMount: reader.field("heal.staleMount", heal.staleMount),
    }),
  };
}
