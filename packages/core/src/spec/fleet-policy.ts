import { anyTime, formatDuration } from "./duration.ts";
import type { FleetPolicy } from "./policy.ts";
import { defaultPolicy } from "./policy-defaults.ts";
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
} from "./policy-kinds.ts";
import { present } from "./present.ts";
import type { Reader } from "./reader.ts";

/** What `spec.policy` says, over the defaults. What it says under `heal` becomes part of each instance. */
export function readPolicy(reader: Reader): FleetPolicy {
  const backoff = present({
    base: reader.field("backoff.base", shortTime),
    factor: reader.field("backoff.factor", backoffFactor),
    cap: reader.field("backoff.cap", shortTime),
    reset: reader.field("backoff.reset", shortTime),
  });
  const breaker = present({
    missing: reader.field("breaker.missing", breakerMissing),
    window: reader.field("breaker.window", shortTime),
  });
  const fields = present({
    orphans: reader.field("orphans", orphans),
    adopt: reader.field("adopt", adopt),
    concurrency: reader.field("concurrency", concurrency),
    mode: reader.field("mode", mode),
    maxUnavailable: reader.field("maxUnavailable", maxUnavailable),
    resync: reader.field("resync", resync),
    deepResync: reader.field("deepResync", deepResync),
    stopGrace: reader.field("stopGrace", anyTime),
    whenBusy: reader.field("whenBusy", whenBusy),
    drainTimeout: reader.field("drainTimeout", anyTime),
  });
  checkOrder(
    reader,
    { field: "backoff.base", value: backoff.base, fallback: defaultPolicy.backoff.base },
    { field: "backoff.cap", value: backoff.cap, fallback: defaultPolicy.backoff.cap },
  );
  checkOrder(
    reader,
    { field: "resync", value: fields.resync, fallback: defaultPolicy.resync },
    { field: "deepResync", value: fields.deepResync, fallback: defaultPolicy.deepResync },
  );
  return {
    ...defaultPolicy,
    ...fields,
    backoff: { ...defaultPolicy.backoff, ...backoff },
    breaker: { ...defaultPolicy.breaker, ...breaker },
  };
}

interface Time {
  readonly field: string;
  readonly value: number | undefined;
  readonly fallback: number;
}

/** Says so when `longer` is not; a time that was refused already is not compared. */
function checkOrder(reader: Reader, shorter: Time, longer: Time): void {
  const silent = [shorter, longer].find(({ field }) => reader.written(field) === undefined);
  const [short, long] = [shorter, longer].map((time) => (time === silent ? time.fallback : time.value));
  if (short === undefined || long === undefined || short <= long) return;
  const place = reader.written(longer.field) ?? reader.written(shorter.field);
  reader.diagnostics.error("Conflict", place?.path ?? [], `\`${shorter.field}\` is longer than \`${longer.field}\``, {
    hint: silent && `\`${silent.field}\` is ${formatDuration(silent.fallback)} by default`,
  });
}
