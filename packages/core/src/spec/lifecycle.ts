import { durationBetween } from "./duration.ts";
import type { Lifecycle } from "./instance.ts";
import { choice } from "./kind.ts";
import type { Reader } from "./reader.ts";

export const lifecycleKind = choice("hot", "lazy", "oneshot");

/** Less would stop it between two tasks that follow each other; one that may idle for a day is as good as always on. */
export const idleStop = durationBetween(10_000, 24 * 3_600_000);

const defaultIdleStop = 300_000;

export function readLifecycle(reader: Reader): Lifecycle {
  const kind = reader.field("lifecycle.kind", lifecycleKind) ?? "hot";
  if (kind === "lazy") return { kind, idleStop: reader.field("lifecycle.idleStop", idleStop) ?? defaultIdleStop };
  const stray = reader.written("lifecycle.idleStop");
  if (stray !== undefined) {
    reader.diagnostics.error(
      "Conflict",
      stray.path,
      `only a lazy instance is stopped when idle, and this one is ${kind}`,
      {
        hint: "write `kind: lazy`, or `idleStop: null` to drop the template's",
      },
    );
  }
  return { kind };
}
