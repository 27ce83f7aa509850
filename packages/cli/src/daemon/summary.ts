import type { FleetStatus } from "@fleet/core";

/** A fleet's state in one line: `3 instances: 3 ready, 2 in sync`. */
export function summaryOf({ engine, hold, instances }: FleetStatus): string {
  if (!engine.reachable) return `the engine at ${engine.address} does not answer`;
  const count = (type: "Ready" | "Synced"): number =>
    instances.filter(({ conditions }) => conditions.some((one) => one.type === type && one.status === "true")).length;
  const text = `${instances.length} ${instances.length === 1 ? "instance" : "instances"}: ${count("Ready")} ready, ${count("Synced")} in sync`;
  return hold === undefined ? text : `${text}; held: ${hold.message}`;
}
